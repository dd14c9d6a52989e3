"""The product attributes of the shop and their values."""

from __future__ import annotations

from typing import Final

from demo.wholesale.goods import Attribute, AttributeValue
from demo.wholesale.world import Text

BRAND, SPECIES, PACK, WEIGHT, FLAVOUR, SIZE, COLOR, GAUGE, LABEL = range(1, 10)

#: In the order of their ids, which is that of their sequence too: every version shows them in the same order.
ATTRIBUTES: Final = (
    Attribute(BRAND, Text("Brand", "Marque", "Merk"), "select", True),
    Attribute(SPECIES, Text("Species", "Espèce", "Diersoort"), "radio", True),
    Attribute(PACK, Text("Pack size", "Conditionnement", "Verpakking"), "select", True),
    Attribute(WEIGHT, Text("Weight", "Poids", "Gewicht"), "radio", True),
    Attribute(FLAVOUR, Text("Flavour", "Goût", "Smaak"), "select", True),
    Attribute(SIZE, Text("Size", "Taille", "Maat"), "radio", True),
    Attribute(COLOR, Text("Color", "Couleur", "Kleur"), "color", True),
    Attribute(GAUGE, Text("Gauge", "Calibre", "Gauge"), "select", True),
    Attribute(LABEL, Text("Label language", "Langue de l'étiquette", "Taal van het etiket"), "radio", False),
)

_VALUES: Final[dict[int, tuple[Text, ...]]] = {
    BRAND: tuple(
        Text(name)
        for name in (
            "Ardenna Labs",
            "Boréal Santé",
            "Cuvier & Fils",
            "Dierenzorg™",
            "Ελπίδα Vet",
            "Fjord Animal Health",
            "Groenhof",
            "Hêtre® Pharma",
            "“Iris” Surgical",
            "Jonckheere",
            "Kaap & Kust",
            "L'Étable",
        )
    ),
    SPECIES: (
        Text("Dog", "Chien", "Hond"),
        Text("Cat", "Chat", "Kat"),
        Text("Horse", "Cheval", "Paard"),
        Text("Cattle", "Bovin", "Rund"),
        Text("Pig", "Porc", "Varken"),
        Text("Poultry", "Volaille", "Pluimvee"),
        Text("Rabbit", "Lapin", "Konijn"),
        Text("Small animals 🐹", "Petits animaux 🐹", "Kleine dieren 🐹"),
    ),
    PACK: (
        Text("1 piece", "1 pièce", "1 stuk"),
        Text("10 pieces", "10 pièces", "10 stuks"),
        Text("25 pieces", "25 pièces", "25 stuks"),
        Text("50 pieces", "50 pièces", "50 stuks"),
        Text("100 pieces", "100 pièces", "100 stuks"),
        Text("250 pieces", "250 pièces", "250 stuks"),
    ),
    WEIGHT: tuple(Text(name) for name in ("400 g", "1.5 kg", "3 kg", "7.5 kg", "12 kg", "15 kg")),
    FLAVOUR: (
        Text("Chicken", "Poulet", "Kip"),
        Text("Beef", "Bœuf", "Rund"),
        Text("Salmon", "Saumon", "Zalm"),
        Text("Lamb & rice", "Agneau & riz", "Lam & rijst"),
    ),
    SIZE: tuple(Text(name) for name in ("XS", "S", "M", "L", "XL", "XXL")),
    COLOR: (
        Text("White", "Blanc", "Wit"),
        Text("Navy blue", "Bleu marine", "Marineblauw"),
        Text("Bottle green", "Vert bouteille", "Flessengroen"),
        Text("Burgundy", "Bordeaux", "Bordeaux"),
        Text("Charcoal", "Anthracite", "Antraciet"),
        Text("Turquoise", "Turquoise", "Turkoois"),
    ),
    GAUGE: tuple(
        Text(f"{gauge}G × {length} mm")
        for gauge, length in ((18, 40), (20, 25), (21, 40), (23, 25), (25, 16), (27, 13))
    ),
    LABEL: (
        Text("French", "Français", "Frans"),
        Text("Dutch", "Néerlandais", "Nederlands"),
        Text("German", "Allemand", "Duits"),
    ),
}

_HTML_COLORS: Final = ("#FFFFFF", "#1B2A49", "#006A4E", "#800020", "#36454F", "#40E0D0")


def attribute_values() -> tuple[AttributeValue, ...]:
    """All values, ids and sequences ascending within each attribute."""
    listed = [(attribute, name, place) for attribute, names in _VALUES.items() for place, name in enumerate(names)]
    return tuple(
        AttributeValue(number, attribute, name, place + 1, _HTML_COLORS[place] if attribute == COLOR else "")
        for number, (attribute, name, place) in enumerate(listed, start=1)
    )


def value_ids(attribute_id: int) -> tuple[int, ...]:
    """Ids of an attribute's values, in order."""
    return _VALUE_IDS[attribute_id]


MAKES_VARIANTS: Final = {attribute.id: attribute.makes_variants for attribute in ATTRIBUTES}
_VALUE_IDS: Final = {
    attribute.id: tuple(value.id for value in attribute_values() if value.attribute_id == attribute.id)
    for attribute in ATTRIBUTES
}
