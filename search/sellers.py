"""Who sells at a pricelist's prices: of which company they are, and whether they are shown with tax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from adapters.records import Website
from adapters.records.pricing import Pricelist
from search.inputs import Tables


class Seller(NamedTuple):
    """``include_tax``: prices are shown with tax."""

    company_id: int
    include_tax: bool


def sellers_of(tables: Tables, mostly: Seller, *, fixed: bool) -> Mapping[int, Seller]:
    """The seller of each pricelist: the first website that has it; else ``mostly``, if it is of no other company.

    ``fixed``: all are shown as ``mostly`` are. A pricelist of another company that has no website is nobody's.
    """
    found: dict[int, Seller] = {}
    for one in tables.pricelists.values():
        website = next((site for site in tables.websites if _has(site, one, mostly)), None)
        company_id = website.company_id if website is not None else mostly.company_id
        if company_id not in tables.rates or one.company_id not in {None, company_id}:
            continue
        include = mostly.include_tax if fixed or website is None else website.prices_include_tax
        found[one.id] = Seller(company_id, include)
    return found


def _has(website: Website, pricelist: Pricelist, mostly: Seller) -> bool:
    """May the website's customers have the pricelist? What all companies have is shown as most of the shop is."""
    if pricelist.website_id is not None:
        return pricelist.website_id == website.id and pricelist.company_id in {None, website.company_id}
    if pricelist.company_id is None:
        return website.company_id == mostly.company_id
    return pricelist.company_id == website.company_id
