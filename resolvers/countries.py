"""Countries and their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ariadne import InterfaceType, ObjectType

from adapters.records import Country
from resolvers.arguments import given, page, page_bounds, words
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.query import query

country_type = ObjectType("Country")
countries_type = InterfaceType("Countries", lambda *_: "CountryList")


@dataclass(frozen=True, slots=True)
class CountryPage:
    """A page of countries, and how many there are in all."""

    countries: list[Country]
    total: int


async def _countries(info: Info, language: str | None) -> Mapping[int, Country]:
    view = await info.context.view(language)
    return await view.reference.countries(view.lang, view.dependencies)


@query.field("countries")
async def resolve_countries(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    search: str | None = None,
    sort: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> CountryPage:
    bounds, wanted, only = page_bounds(currentPage, pageSize), words(search, "search"), given(filter).get("id")
    found = [
        country
        for country in (await _countries(info, language)).values()
        if (only is None or country.id == only) and all(word.casefold() in country.name.casefold() for word in wanted)
    ]
    found.sort(key=lambda country: country.id, reverse=given(sort).get("id") == "DESC")
    return CountryPage(page(found, bounds), len(found))


@query.field("country")
async def resolve_country(
    _: None,
    info: Info,
    *,
    code: str | None = None,
    id: int | None = None,  # noqa: A002
    language: str | None = None,
) -> Country:
    countries = await _countries(info, language)
    if id is not None:
        country = countries.get(id)
    else:
        country = next((c for c in countries.values() if code and c.code == code.upper()), None)
    if country is None:
        raise NotFoundError("Country does not exist.")
    return country


country_type.set_field("states", lambda country, _: country.states or None)

_list_type = ObjectType("CountryList")
_list_type.set_field("totalCount", lambda found, _: found.total)

BINDABLES = [country_type, countries_type, _list_type]
