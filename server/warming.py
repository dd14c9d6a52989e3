"""What is read when Odoo is reached: the shop's small tables, so that pages do without Odoo from then on."""

from __future__ import annotations

from contextlib import suppress

from adapters.errors import OdooError
from cache.reference import Reference
from search.reading import languages


async def read_tables(reference: Reference) -> None:
    """Read the tables in every language, those first that every page needs. Raises OdooError when one of these fails.

    Without the others (countries, delivery methods, best sellers, what is bought together) some pages lack something;
    there may be no right to read them.
    """
    langs = languages(await reference.shop())
    for lang in langs:
        await reference.labels(lang)
    with suppress(OdooError):
        await reference.units_sold()
    for lang in langs:
        for read in (reference.countries, reference.checkout):
            with suppress(OdooError):
                await read(lang)
    with suppress(OdooError):
        await reference.bought_together()
