"""Typed, frozen records: what an adapter answers, in the shop's words and never as raw Odoo rows.

Money amounts are Decimal, in the currency named beside them, tax included or not as Odoo stores them
(`list_price`). Moments are aware UTC datetimes. Texts are in the language asked for; None means empty.
"""

from adapters.records.catalogue import (
    Attribute,
    AttributeValue,
    CreateVariant,
    Product,
    ProductImage,
    ProductLinks,
    ProductMatch,
    ProductOrder,
    ProductQuery,
    ProductTag,
    ProductType,
    PublicCategory,
    Ribbon,
    Seo,
    StockLevel,
    TemplateValue,
    Variant,
)
from adapters.records.changes import Change, Changes
from adapters.records.customers import (
    Account,
    Customer,
    CustomerChange,
    CustomerKind,
    Group,
    PartnerCategory,
)
from adapters.records.shop import (
    Company,
    Country,
    CountryState,
    Currency,
    ImageContent,
    Language,
    Picture,
    Warehouse,
    Website,
)

__all__ = [
    "Account",
    "Attribute",
    "AttributeValue",
    "Change",
    "Changes",
    "Company",
    "Country",
    "CountryState",
    "CreateVariant",
    "Currency",
    "Customer",
    "CustomerChange",
    "CustomerKind",
    "Group",
    "ImageContent",
    "Language",
    "PartnerCategory",
    "Picture",
    "Product",
    "ProductImage",
    "ProductLinks",
    "ProductMatch",
    "ProductOrder",
    "ProductQuery",
    "ProductTag",
    "ProductType",
    "PublicCategory",
    "Ribbon",
    "Seo",
    "StockLevel",
    "TemplateValue",
    "Variant",
    "Warehouse",
    "Website",
]
