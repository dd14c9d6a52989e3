"""Puts the shop together."""

from __future__ import annotations

from demo.wholesale import orders, parties, pricelists, reference, stock, trees
from demo.wholesale.attributes import ATTRIBUTES, attribute_values
from demo.wholesale.catalogue import DELIVERIES, RIBBONS, TAGS, Catalogue
from demo.wholesale.goods import Template
from demo.wholesale.plans import plans
from demo.wholesale.promotions import single_rules
from demo.wholesale.rules import Grid, RuleBook
from demo.wholesale.shop import Shop
from demo.wholesale.world import Carrier


def build(products: int, price_lists: int, seed: int) -> tuple[Shop, RuleBook]:
    """The shop with ``products`` templates and ``price_lists`` pricelists, and its rules."""
    if products < 1 or price_lists < 1:
        raise ValueError("a shop has at least one product and one pricelist")
    templates = tuple(Catalogue(plans(seed, products)).templates())
    terms = pricelists.terms(seed, price_lists)
    lists = pricelists.pricelists(terms)
    partners = (*parties.staff(), *parties.customers(seed, price_lists))
    shop = Shop(
        company=parties.company(reference.currency_ids()["EUR"]),
        languages=reference.LANGUAGES,
        currencies=reference.currencies(),
        rates=reference.rates(),
        countries=reference.countries(),
        states=reference.states(),
        country_groups=reference.country_groups(),
        precisions=reference.PRECISIONS,
        taxes=reference.TAXES,
        payment_terms=reference.PAYMENT_TERMS,
        carriers=_carriers(templates[products:]),
        categories=trees.categories(),
        public_categories=trees.public_categories(),
        uom_categories=reference.UOM_CATEGORIES,
        uoms=reference.UOMS,
        attributes=ATTRIBUTES,
        attribute_values=attribute_values(),
        templates=templates,
        ribbons=RIBBONS,
        tags=TAGS,
        warehouses=stock.WAREHOUSES,
        locations=stock.locations(),
        quants=tuple(stock.quants(seed, templates)),
        pricelists=lists,
        partner_categories=(*pricelists.PROFILES, pricelists.PRACTICES),
        partners=partners,
        users=parties.users(partners),
        orders=tuple(orders.orders(seed, templates[:products], partners, lists, reference.TAXES)),
        api_keys=(("demo-service-key", "bff"), ("demo-admin-key", "admin")),
    )
    return shop, RuleBook(single_rules(seed, terms, templates[:products]), Grid(seed, terms, templates, products))


def _carriers(services: tuple[Template, ...]) -> tuple[Carrier, ...]:
    free_over = (25000, None, None, None)
    countries = (("BE",), ("BE", "LU", "NL"), (), ())
    return tuple(
        Carrier(
            number,
            service.name,
            service.variants[0].id,
            service.price,
            free_over[number - 1],
            countries[number - 1],
            by_rule=number == len(DELIVERIES),
        )
        for number, service in enumerate(services[: len(DELIVERIES)], start=1)
    )
