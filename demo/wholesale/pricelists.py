"""The pricelists: one public, the others of a customer profile and a price group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from demo.wholesale.draws import mixed
from demo.wholesale.reference import currency_ids
from demo.wholesale.trade import PartnerCategory, Pricelist
from demo.wholesale.world import Text

PUBLIC: Final = 1

#: What veterinary practices are together.
PRACTICES: Final = PartnerCategory(11, Text("Practices", "Cabinets", "Praktijken"))
PROFILES: Final = (
    PartnerCategory(
        1, Text("Small animal practice", "Cabinet petits animaux", "Kleine huisdierenpraktijk"), PRACTICES.id
    ),
    PartnerCategory(2, Text("Rural practice", "Cabinet rural", "Landelijke praktijk"), PRACTICES.id),
    PartnerCategory(3, Text("Equine clinic", "Clinique équine", "Paardenkliniek"), PRACTICES.id),
    PartnerCategory(4, Text("Animal hospital", "Hôpital vétérinaire", "Dierenhospitaal")),
    PartnerCategory(5, Text("Pharmacy", "Pharmacie", "Apotheek")),
    PartnerCategory(6, Text("Breeder", "Éleveur", "Fokker")),
    PartnerCategory(7, Text("Shelter", "Refuge", "Asiel")),
    PartnerCategory(8, Text("University", "Université", "Universiteit")),
    PartnerCategory(9, Text("Export", "Export", "Export")),
    PartnerCategory(10, Text("Shareholder", "Coopérateur", "Aandeelhouder")),
)

#: Pricelists in a foreign currency, where there are that many.
_FOREIGN: Final = {6: "USD", 9: "GBP"}


@dataclass(frozen=True, slots=True)
class Terms:
    """How a pricelist prices, beyond its head.

    ``kind``: "public" (list price and promotions), "priced" (a price for nearly every product), "cost" (the same, and
    cost plus a markup for the rest), "chained" (another pricelist less a discount). ``level``: its prices in
    ten-thousandths of the list price. ``currency``: code.
    """

    pricelist_id: int
    kind: Literal["public", "priced", "cost", "chained"]
    currency: str
    level: int
    written: str


def terms(seed: int, count: int) -> tuple[Terms, ...]:
    """Terms of the pricelists 1 to ``count``."""
    return tuple(_terms(seed, number) for number in range(1, count + 1))


def _terms(seed: int, number: int) -> Terms:
    level = 6600 + mixed(seed, number, 21) % 3200
    day, second = mixed(seed, number, 22) % 28 + 1, mixed(seed, number, 23) % 60
    return Terms(
        number,
        _kind(number),
        _FOREIGN.get(number, "EUR"),
        level,
        f"2026-{number % 10 + 1:02d}-{day:02d} 03:15:{second:02d}",
    )


def _kind(number: int) -> Literal["public", "priced", "cost", "chained"]:
    if number == PUBLIC:
        return "public"
    if number in _FOREIGN:
        return "priced"
    if number % 11 == 0:
        return "chained"
    return "cost" if number % 13 == 5 else "priced"


def pricelists(known: tuple[Terms, ...]) -> tuple[Pricelist, ...]:
    return tuple(
        Pricelist(
            id=entry.pricelist_id,
            name=_name(entry.pricelist_id),
            currency_id=currency_ids()[entry.currency],
            sequence=entry.pricelist_id,
            selectable=entry.kind == "public",
        )
        for entry in known
    )


def _name(number: int) -> Text:
    if number == PUBLIC:
        return Text("Public prices", "Prix publics", "Publieke prijzen")
    profile = profile_of(number).name
    group = (number - 2) // len(PROFILES) + 1
    return Text(f"{profile.en} – group {group}", f"{profile.fr} – groupe {group}", f"{profile.nl} – groep {group}")


def profile_of(pricelist_id: int) -> PartnerCategory:
    """The customer profile that a pricelist (not the public one) is for."""
    return PROFILES[(pricelist_id - 2) % len(PROFILES)]
