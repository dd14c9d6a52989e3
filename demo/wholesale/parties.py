"""Who is in the shop's database: the company, its people, and customers of every profile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

from demo.wholesale.draws import mixed, picked
from demo.wholesale.groups import PROFESSIONAL, SHAREHOLDER
from demo.wholesale.pricelists import PROFILES, PUBLIC
from demo.wholesale.reference import country_ids
from demo.wholesale.trade import Partner, User
from demo.wholesale.world import Company

COMPANY_NAME: Final = "Vetwholesale Belux SA"
COMPANY_PARTNER, _SYSTEM, _ADMIN, PUBLIC_PARTNER, _SERVICE, _STAFF = 1, 2, 3, 4, 5, 6
_FIRST_CUSTOMER: Final = 10
_COMPANIES_PER_PROFILE: Final = 3

SYSTEM_PARTNER: Final = _SYSTEM

_NAMES: Final = (
    "Clinique Vétérinaire des Érables",
    "Dierenkliniek De Linde",
    "Tierarztpraxis Am Grünen Bühl",
    "Cabinet « Œil & Patte »",
    "Dierenarts Peeters & Zn",
    "Centre équin de l'Ourthe",
    "Veeartsenpraktijk 't Hof",
    "Κτηνιατρείο Αθηνά",
    "Pharmacie Saint-Éloi",
    "Élevage du Moulin Brûlé",
)
_CONTACTS: Final = (
    "Dr Zoë Janssens",
    "Dr François Lefèvre",
    "Dr Anaïs O'Brien",
    "Dr Jürgen Groß",
    "Mevr. Ineke d'Hondt",
)
_TOWNS: Final = (
    ("1000", "Bruxelles", "BE", "fr_FR"),
    ("4000", "Liège", "BE", "fr_FR"),
    ("9000", "Gent", "BE", "nl_NL"),
    ("2000", "Antwerpen", "BE", "nl_NL"),
    ("L-1009", "Luxembourg", "LU", "fr_FR"),
    ("5611 CB", "Eindhoven", "NL", "nl_NL"),
    ("5000", "Namur", "BE", "fr_FR"),
)
#: groups of the portal users, by the place of their profile; the shareholders' makes a professional of them too
_GROUPS: Final = {3: (PROFESSIONAL,), 7: (PROFESSIONAL,), 9: (SHAREHOLDER,)}
_STREETS: Final = ("Rue de l'Église 12", "Molenstraat 7", "Chaussée de Tirlemont 101 bte 3", "Op den Dries 1A")


def company(currency_id: int) -> Company:
    return Company(1, COMPANY_NAME, COMPANY_PARTNER, currency_id, country_ids()["BE"])


def staff() -> tuple[Partner, ...]:
    """The company's own partner and those of its users (and of the public user)."""
    belgium = country_ids()["BE"]
    return (
        Partner(
            COMPANY_PARTNER,
            COMPANY_NAME,
            commercial_id=COMPANY_PARTNER,
            is_company=True,
            email="info@vetwholesale.example",
            phone="+32 2 555 01 00",
            street="Avenue des Vétérinaires 45",
            zip_code="1070",
            city="Anderlecht",
            country_id=belgium,
            vat="BE0477472701",
            lang="fr_FR",
        ),
        Partner(
            _SYSTEM, "OdooBot", commercial_id=_SYSTEM, email="odoobot@vetwholesale.example", active=False, shared=False
        ),
        _employee(_ADMIN, "Mitchell Admin", "admin@vetwholesale.example"),
        Partner(PUBLIC_PARTNER, "Public user", commercial_id=PUBLIC_PARTNER, active=False),
        _employee(_SERVICE, "Web shop service", "bff@vetwholesale.example"),
        _employee(_STAFF, "Sofie Wouters", "staff@vetwholesale.example"),
    )


def _employee(number: int, name: str, email: str) -> Partner:
    return Partner(
        number,
        name,
        parent_id=COMPANY_PARTNER,
        parent_name=COMPANY_NAME,
        commercial_id=COMPANY_PARTNER,
        email=email,
        country_id=country_ids()["BE"],
        shared=False,
    )


def customers(seed: int, pricelists: int) -> Iterator[Partner]:
    """Companies of every profile, each followed by its contact, invoice and delivery addresses."""
    numbers = count(_FIRST_CUSTOMER)
    for place in range(_COMPANIES_PER_PROFILE * len(PROFILES)):
        yield from _customer(seed, place, numbers, pricelists)


def _customer(seed: int, place: int, numbers: Iterator[int], pricelists: int) -> Iterator[Partner]:
    number = next(numbers)
    profile = place % len(PROFILES)
    zip_code, city, country, lang = picked(_TOWNS, seed, place, 61)
    name = f"{_NAMES[(place * 7 + place // len(_NAMES)) % len(_NAMES)]} {city}"
    # The pricelists of a profile are those with the same place in a round of the profiles.
    choices = range(2 + profile, pricelists + 1, len(PROFILES)) or (PUBLIC,)
    head = Partner(
        number,
        name,
        commercial_id=number,
        is_company=True,
        email=f"info{place + 1}@customer.example",
        phone=f"+32 4 555 {place // 10:02d} {place:02d}",
        street=picked(_STREETS, seed, place, 62),
        zip_code=zip_code,
        city=city,
        country_id=country_ids()[country],
        vat=_belgian_vat(200000000 + mixed(seed, place, 63) % 700000000) if country == "BE" else "",
        lang=lang,
        ref=f"C{10000 + place}",
        category_ids=(PROFILES[profile].id,),
        pricelist_id=choices[place // len(PROFILES) % len(choices)],
        payment_term_id=2 + place % 3,
        customer=True,
    )
    yield head
    yield _child(head, next(numbers), picked(_CONTACTS, place, 64), "contact", f"vet{place + 1}@customer.example")
    yield _child(head, next(numbers), "Comptabilité / Boekhouding", "invoice", f"invoices{place + 1}@customer.example")
    yield _child(head, next(numbers), "Réception / Ontvangst", "delivery", "")


def _child(head: Partner, number: int, name: str, kind: str, email: str) -> Partner:
    return Partner(
        number,
        name,
        kind="invoice" if kind == "invoice" else "delivery" if kind == "delivery" else "contact",
        parent_id=head.id,
        parent_name=head.name,
        commercial_id=head.id,
        email=email,
        phone=head.phone,
        street=head.street if kind != "delivery" else f"{head.street} (dépôt)",
        zip_code=head.zip_code,
        city=head.city,
        country_id=head.country_id,
        vat=head.vat,
        lang=head.lang,
        pricelist_id=head.pricelist_id,
        payment_term_id=head.payment_term_id,
        customer=True,
    )


def _belgian_vat(base: int) -> str:
    """A Belgian VAT number with a valid check (97 minus the remainder of the first eight digits)."""
    digits = base // 10
    return f"BE{digits:08d}{97 - digits % 97:02d}"


def users(partners: tuple[Partner, ...]) -> tuple[User, ...]:
    """Administrator, public user, the service the web shop logs in as, an employee, and a portal user per profile."""
    contacts = [partner for partner in partners if partner.email.startswith("vet")][: len(PROFILES)]
    portal = (
        User(10 + place, contact.email, f"Secret-{place + 1}", contact.id, "portal", _GROUPS.get(place, ()))
        for place, contact in enumerate(contacts)
    )
    return (
        User(None, "admin", "admin", _ADMIN, "admin"),
        User(None, "public", "", PUBLIC_PARTNER, "public"),
        User(8, "staff@vetwholesale.example", "Secret-staff", _STAFF, "staff"),
        User(9, "bff", "bff-secret", _SERVICE, "service"),
        *portal,
    )
