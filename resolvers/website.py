"""The website itself: its home page's SEO, company and languages."""

from __future__ import annotations

from typing import Any

from ariadne import InterfaceType, ObjectType

from adapters.records import Company, Country, Currency, Language
from resolvers.context import languages_of
from resolvers.info import Info
from resolvers.jsonld import absolute, as_text
from resolvers.query import query
from resolvers.slugs import slugify
from resolvers.view import ShopView

homepage_type = ObjectType("HomepageList")
homepage_interface = InterfaceType("Homepage", lambda *_: "HomepageList")
website_type = ObjectType("Website")
company_type = ObjectType("Company")


def currency_answer(currency: Currency) -> dict[str, Any]:
    """A `Currency` of the schema."""
    return {"id": currency.id, "name": currency.code, "symbol": currency.symbol}


@query.field("websiteHomepage")
async def resolve_homepage(_: None, info: Info, language: str | None = None) -> ShopView:
    return await info.context.view(language)


@query.field("website")
async def resolve_website(_: None, info: Info) -> ShopView:
    return await info.context.view()


@homepage_type.field("jsonLd")
async def resolve_json_ld(view: ShopView, _: Info) -> str:
    company = view.company
    country = (await view.reference.countries(view.lang, view.dependencies)).get(company.country_id or 0)
    address = {
        "@type": "PostalAddress",
        "streetAddress": " ".join(filter(None, (company.street, company.street2))),
        "postalCode": company.zip,
        "addressLocality": company.city,
        "addressCountry": country.code if country else None,
    }
    contact = {"@type": "ContactPoint", "telephone": company.phone, "email": company.email}
    return as_text(
        "Organization",
        {
            "name": company.name,
            "url": absolute(view, "") or company.website_url,
            "sameAs": list(view.website.social_urls),
            "contactPoint": {name: value for name, value in contact.items() if value},
            "address": {name: value for name, value in address.items() if value},
        },
    )


@homepage_type.field("metaImageFilename")
def resolve_meta_image_filename(view: ShopView, _: Info) -> str:
    moment = int(view.website.updated_at.timestamp())
    return f"{moment:x}_{slugify(view.website.seo.title or view.website.name)}"


@company_type.field("country")
async def resolve_company_country(company: Company, info: Info) -> Country | None:
    view = await info.context.view()
    return (await view.reference.countries(view.lang, view.dependencies)).get(company.country_id or 0)


@website_type.field("languages")
def resolve_languages(view: ShopView, _: Info) -> list[Language]:
    return languages_of(view.tables, view.website)


homepage_type.set_field("metaTitle", lambda view, _: view.website.seo.title or view.website.name)
homepage_type.set_field("metaDescription", lambda view, _: view.website.seo.description)
homepage_type.set_field("metaKeyword", lambda view, _: view.website.seo.keywords)
homepage_type.set_field("metaImage", lambda view, _: view.website.seo.image_url)
website_type.set_field("id", lambda view, _: view.website.id)
website_type.set_field("name", lambda view, _: view.website.name)
website_type.set_field("domain", lambda view, _: view.website.domain)
website_type.set_field("company", lambda view, _: view.company)
website_type.set_field("defaultLanguage", lambda view, _: view.website.default_language)
website_type.set_field("currency", lambda view, _: currency_answer(view.tables.currencies[view.pricer.currency]))

_language_type = ObjectType("Language")
_language_type.set_field("isoCode", lambda language, _: language.iso_code)

BINDABLES = [homepage_type, homepage_interface, website_type, company_type, _language_type]
