"""What a shop takes from the world: languages, currencies, countries, taxes, units, terms.

Countries, their states and their currencies come from one recorded database (19.0), so that they have the same ids,
names and codes whatever version the shop is laid out for.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from demo.wholesale.world import (
    Country,
    CountryGroup,
    Currency,
    CurrencyRate,
    Language,
    PaymentTerm,
    Precision,
    State,
    Tax,
    Text,
    Uom,
    UomCategory,
)

_RECORDS: Final = Path(__file__).parent.parent / "data" / "odoo" / "19.0" / "records"

LANGUAGES: Final = (
    Language(1, "en_US", "en", "English (US)", "%m/%d/%Y", ".", ","),
    Language(19, "nl_NL", "nl", "Dutch / Nederlands", "%d-%m-%Y", ",", "."),
    Language(30, "fr_FR", "fr", "French / Français", "%d/%m/%Y", ",", "\N{NO-BREAK SPACE}"),
)

_KNOWN_CURRENCIES: Final = {
    "EUR": ("€", "Euro", "after"),
    "USD": ("$", "United States dollar", "before"),
    "GBP": ("£", "Pound sterling", "before"),
    "CHF": ("CHF", "Swiss franc", "after"),
}

#: Units of the currency for 1 EUR, from these days on. With six decimals and an odd last digit (not 5), a price below
#: 5,000.00 converted at such a rate never ends on half a cent: it rounds equally however a version gets there.
_RATES: Final = {
    "EUR": ((date(2019, 1, 1), 1.0),),
    "USD": ((date(2019, 1, 1), 1.145713), (date(2024, 1, 1), 1.103937), (date(2026, 1, 1), 1.083717)),
    "GBP": ((date(2019, 1, 1), 0.898931), (date(2024, 1, 1), 0.867141), (date(2026, 1, 1), 0.853719)),
    "CHF": ((date(2019, 1, 1), 1.122743), (date(2024, 1, 1), 0.930317), (date(2026, 1, 1), 0.941329)),
}

PRECISIONS: Final = (
    Precision(1, "Product Price", 2),
    Precision(2, "Discount", 2),
    Precision(3, "Stock Weight", 2),
    Precision(4, "Volume", 2),
    Precision(5, "Product Unit of Measure", 3),
)

TAXES: Final = (
    Tax(1, "21%", "21%", 21.0),
    Tax(2, "12%", "12%", 12.0),
    Tax(3, "6%", "6%", 6.0),
    Tax(4, "0%", "0%", 0.0),
)

PAYMENT_TERMS: Final = (
    PaymentTerm(1, Text("Immediate Payment", "Paiement immédiat", "Onmiddellijke betaling"), 0, False),
    PaymentTerm(2, Text("15 Days", "15 jours", "15 dagen"), 15, False),
    PaymentTerm(3, Text("30 Days", "30 jours", "30 dagen"), 30, False),
    PaymentTerm(4, Text("30 Days End of Month", "30 jours fin de mois", "30 dagen einde maand"), 30, True),
)

KILOGRAM: Final = 5
UNITS: Final = 1
WEIGHTS: Final = 2
UOM_CATEGORIES: Final = (
    UomCategory(UNITS, Text("Unit", "Unité", "Eenheid")),
    UomCategory(WEIGHTS, Text("Weight", "Poids", "Gewicht")),
)

UOMS: Final = (
    Uom(1, Text("Units", "Unités", "Stuks"), UNITS, 1, 1.0, 0.01),
    Uom(2, Text("Dozens", "Douzaines", "Dozijnen"), UNITS, 1, 12.0, 0.01),
    Uom(3, Text("Box of 10", "Boîte de 10", "Doos van 10"), UNITS, 1, 10.0, 0.01),
    Uom(4, Text("Box of 50", "Boîte de 50", "Doos van 50"), UNITS, 1, 50.0, 0.01),
    Uom(KILOGRAM, Text("kg", "kg", "kg"), WEIGHTS, KILOGRAM, 1.0, 0.001),
    Uom(6, Text("Bag of 15 kg", "Sac de 15 kg", "Zak van 15 kg"), WEIGHTS, KILOGRAM, 15.0, 0.001),
)

_BENELUX: Final = ("BE", "LU", "NL")
_EUROPE: Final = tuple(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)


@cache
def _recorded(model: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_RECORDS / f"{model}.json").read_text("utf-8"))
    return content


def _translations(model: str, record: dict[str, Any], name: str) -> Text:
    languages = _recorded(model)["translations"]
    key = str(record["id"])
    return Text(
        record[name] or "", *(languages.get(code, {}).get(key, {}).get(name) or "" for code in ("fr_FR", "nl_NL"))
    )


def countries() -> tuple[Country, ...]:
    """All countries, as a real Odoo has them."""
    return tuple(
        Country(
            id=record["id"],
            code=record["code"],
            name=_translations("res.country", record, "name"),
            currency_id=record["currency_id"][0] if record["currency_id"] else None,
            phone_code=record["phone_code"],
            vat_label=_translations("res.country", record, "vat_label"),
            name_position=record["name_position"],
            state_required=record["state_required"],
            zip_required=record["zip_required"],
        )
        for record in sorted(_recorded("res.country")["records"], key=lambda record: int(record["id"]))
    )


def states() -> tuple[State, ...]:
    return tuple(
        State(record["id"], record["country_id"][0], record["code"], record["name"])
        for record in sorted(_recorded("res.country.state")["records"], key=lambda record: int(record["id"]))
    )


def country_groups() -> tuple[CountryGroup, ...]:
    ids = country_ids()
    return (
        CountryGroup(1, "Benelux", tuple(ids[code] for code in _BENELUX)),
        CountryGroup(2, "European Union", tuple(ids[code] for code in _EUROPE)),
    )


@cache
def country_ids() -> dict[str, int]:
    """Country ids by ISO code."""
    return {record["code"]: record["id"] for record in _recorded("res.country")["records"]}


@cache
def currency_ids() -> dict[str, int]:
    """Currency ids by ISO code: those of the recorded countries."""
    named = (record["currency_id"] for record in _recorded("res.country")["records"] if record["currency_id"])
    return dict(sorted(((name, currency_id) for currency_id, name in named), key=lambda pair: pair[1]))


def currencies() -> tuple[Currency, ...]:
    return tuple(_currency(currency_id, name) for name, currency_id in currency_ids().items())


def _currency(currency_id: int, name: str) -> Currency:
    symbol, full_name, position = _KNOWN_CURRENCIES.get(name, (name, name, "after"))
    placed: Literal["before", "after"] = "before" if position == "before" else "after"
    return Currency(currency_id, name, symbol, full_name, placed, name in _KNOWN_CURRENCIES)


def rates() -> tuple[CurrencyRate, ...]:
    ids = currency_ids()
    dated = [(ids[name], day, rate) for name, changes in _RATES.items() for day, rate in changes]
    return tuple(CurrencyRate(number, *entry) for number, entry in enumerate(dated, start=1))


def current_rate(name: str) -> float:
    """The latest rate of a currency, in units for 1 EUR."""
    return _RATES[name][-1][1]
