"""The two category trees of the shop: the internal one (accounting, price rules) and that of the web shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from demo.wholesale.goods import Category, PublicCategory
from demo.wholesale.world import Text

# A node is (text, children); the internal tree has untranslated names, as later versions of Odoo want.
_Internal = dict[str, tuple[str, ...]]
_Node = tuple[Text, tuple["_Node", ...]]

_INTERNAL: Final[_Internal] = {
    "Medicines": (
        "Anaesthetics",
        "Antibiotics",
        "Anti-inflammatories",
        "Antiparasitics",
        "Ears & eyes",
        "Hormones",
        "Skin",
        "Vaccines",
    ),
    "Nutrition": ("Cat food", "Dog food", "Horse feed", "Supplements"),
    "Consumables": ("Bandages", "Gloves", "Needles", "Sampling", "Sutures", "Syringes"),
    "Equipment": ("Dentistry", "Diagnostics", "Identification", "Surgery"),
    "Hygiene": ("Hands", "Surfaces"),
    "Workwear": ("Accessories", "Clothing"),
    "Services": ("Delivery", "Training"),
}


def _node(en: str, fr: str = "", nl: str = "", *children: _Node) -> _Node:
    return (Text(en, fr, nl), children)


_PUBLIC: Final[tuple[_Node, ...]] = (
    _node(
        "Pharmacy",
        "Pharmacie",
        "Farmacie",
        _node(
            "Antibiotics",
            "Antibiotiques",
            "Antibiotica",
            _node("Antibiotic tablets", "Comprimés antibiotiques", "Antibiotische tabletten"),
            _node("Antibiotic injectables", "Antibiotiques injectables", "Injecteerbare antibiotica"),
        ),
        _node(
            "Antiparasitics",
            "Antiparasitaires",
            "Antiparasitaire middelen",
            _node("Spot-on", "Pipettes", "Pipetten"),
            _node("Collars", "Colliers", "Halsbanden"),
            _node("Dewormers", "Vermifuges", "Ontwormers"),
        ),
        _node(
            "Vaccines",
            "Vaccins",
            "Vaccins",
            _node("Dogs", "Chiens", "Honden"),
            _node("Cats", "Chats", "Katten"),
            _node("Cattle", "Bovins", "Runderen"),
            _node("Horses", "Chevaux", "Paarden"),
        ),
        _node("Pain & inflammation", "Douleur & inflammation", "Pijn & ontsteking"),
        _node("Anaesthesia & sedation", "Anesthésie & sédation", "Anesthesie & sedatie"),
        _node("Eyes & ears", "Yeux & oreilles", "Ogen & oren"),
        _node("Skin & coat", "Peau & pelage", "Huid & vacht"),
        _node("Hormones & reproduction", "Hormones & reproduction", "Hormonen & voortplanting"),
    ),
    _node(
        "Nutrition",
        "Nutrition",
        "Voeding",
        _node(
            "Dog food",
            "Aliments pour chiens",
            "Hondenvoeding",
            _node("Puppy", "Chiot", "Puppy"),
            _node("Adult dog", "Chien adulte", "Volwassen hond"),
            _node(
                "Dog diets",
                "Régimes pour chiens",
                "Hondendieet",
                _node("Renal", "Rénal", "Nier"),
                _node("Gastrointestinal", "Gastro-intestinal", "Maag-darm"),
                _node("Hypoallergenic", "Hypoallergénique", "Hypoallergeen"),
            ),
        ),
        _node(
            "Cat food",
            "Aliments pour chats",
            "Kattenvoeding",
            _node("Kitten", "Chaton", "Kitten"),
            _node("Adult cat", "Chat adulte", "Volwassen kat"),
            _node(
                "Cat diets",
                "Régimes pour chats",
                "Kattendieet",
                _node("Urinary", "Urinaire", "Urinair"),
                _node("Renal cat", "Rénal chat", "Nier kat"),
            ),
        ),
        _node("Horse feed", "Aliments pour chevaux", "Paardenvoeder"),
        _node(
            "Supplements",
            "Compléments alimentaires",
            "Supplementen",
            _node("Joints", "Articulations", "Gewrichten"),
            _node("Digestion", "Digestion", "Spijsvertering"),
        ),
    ),
    _node(
        "Consumables",
        "Consommables",
        "Verbruiksartikelen",
        _node(
            "Syringes & needles",
            "Seringues & aiguilles",
            "Spuiten & naalden",
            _node("Syringes", "Seringues", "Spuiten"),
            _node("Needles", "Aiguilles", "Naalden"),
        ),
        _node("Dressings & bandages", "Pansements & bandages", "Verbanden"),
        _node("Sutures", "Sutures", "Hechtmateriaal"),
        _node("Gloves & protection", "Gants & protection", "Handschoenen & bescherming"),
        _node(
            "Sampling & tests",
            "Prélèvement & tests",
            "Staalname & tests",
            _node("Rapid tests", "Tests rapides", "Sneltests"),
            _node("Tubes", "Tubes", "Buisjes"),
        ),
    ),
    _node(
        "Equipment",
        "Équipement",
        "Apparatuur",
        _node(
            "Diagnostics",
            "Diagnostic",
            "Diagnostiek",
            _node("Stethoscopes", "Stéthoscopes", "Stethoscopen"),
            _node("Thermometers", "Thermomètres", "Thermometers"),
        ),
        _node("Surgery", "Chirurgie", "Chirurgie", _node("Instruments", "Instruments", "Instrumenten")),
        _node("Dentistry", "Dentisterie", "Tandheelkunde"),
        _node("Identification", "Identification", "Identificatie"),
    ),
    _node(
        "Hygiene & disinfection",
        "Hygiène & désinfection",
        "Hygiëne & ontsmetting",
        _node("Surfaces", "Surfaces", "Oppervlakken"),
        _node("Hands", "Mains", "Handen"),
    ),
    _node(
        "Women",
        "Femmes",
        "Dames",
        _node("Women's tunics", "Tuniques femme", "Damestunieken"),
        _node("Accessories", "Accessoires", "Accessoires"),
    ),
    _node("Men", "Hommes", "Heren", _node("Men's tunics", "Tuniques homme", "Herentunieken")),
    _node("Special offers", "Promotions"),
    _node("Books & training", "Livres & formations", "Boeken & opleiding"),
)

_SEO_DESCRIPTION: Final = Text(
    "{}: delivered to your practice the next day.",
    "{} : livré à votre cabinet le lendemain.",
    "{}: de volgende dag in uw praktijk geleverd.",
)


def categories() -> tuple[Category, ...]:
    """The internal tree, three levels below and with "All"."""
    found = [Category(1, "All", None, (1,), "All")]
    for branch, leaves in _INTERNAL.items():
        parent = _child(found, found[0], branch)
        for leaf in leaves:
            _child(found, parent, leaf)
    return tuple(found)


def _child(found: list[Category], parent: Category, name: str) -> Category:
    number = len(found) + 1
    child = Category(number, name, parent.id, (*parent.path, number), f"{parent.complete_name} / {name}")
    found.append(child)
    return child


def public_categories() -> tuple[PublicCategory, ...]:
    """The web shop's tree in its own order; every fifth node has no SEO texts."""
    found: list[PublicCategory] = []
    for text, parent in _walk(_PUBLIC, None, found):
        number = len(found) + 1
        with_seo = number % 5 != 0
        found.append(
            PublicCategory(
                id=number,
                name=text,
                parent_id=parent.id if parent else None,
                path=(*(parent.path if parent else ()), number),
                sequence=10 * number,
                meta_title=Text(*(f"{name} | Vetwholesale" if name else "" for name in text)) if with_seo else Text(""),
                meta_description=_each(_SEO_DESCRIPTION, text) if with_seo else Text(""),
                meta_keywords=Text(*(name.lower().replace(" & ", ",") for name in text)) if with_seo else Text(""),
            )
        )
    return tuple(found)


def _each(pattern: Text, name: Text) -> Text:
    return Text(*(form.format(word) if word else "" for form, word in zip(pattern, name, strict=True)))


def _walk(
    nodes: tuple[_Node, ...], parent: PublicCategory | None, found: list[PublicCategory]
) -> Iterator[tuple[Text, PublicCategory | None]]:
    """Nodes in preorder with their parent; the caller appends each to ``found`` before asking for the next."""
    for text, children in nodes:
        yield text, parent
        yield from _walk(children, found[-1], found)


def category_id(name: str) -> int:
    """Id of an internal category by its own (unique) name."""
    return _INTERNAL_IDS[name]


def public_category_id(name: str) -> int:
    """Id of a public category by its English name."""
    return _PUBLIC_IDS[name]


_INTERNAL_IDS: Final = {category.name: category.id for category in categories()}
_PUBLIC_IDS: Final = {category.name.en: category.id for category in public_categories()}
