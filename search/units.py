"""Amounts: "50 mg", "50mg" and "50 milligrams" are the same word, and so are "10 pieces", "10 pcs" and "10x".

The engine does it to texts and queries alike, by filters of characters. Here too it is known how an amount is written,
so that it stays together when a typed text is taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

#: unit -> how it is written in any language of the shop
_UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    "mcg": ("mcg", "µg", "μg", "ug", "microgram", "micrograms", "microgrammes"),
    "mg": ("mg", "milligram", "milligrams", "milligrammes", "milligramme"),
    "kg": ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogrammes"),
    "g": ("g", "gr", "gram", "grams", "gramme", "grammes", "gramm"),
    "ml": ("ml", "cc", "milliliter", "milliliters", "millilitre", "millilitres"),
    "l": ("l", "ltr", "liter", "liters", "litre", "litres"),
    "mm": ("mm", "millimeter", "millimetre", "millimètres"),
    "cm": ("cm", "centimeter", "centimetre", "centimètres"),
    "iu": ("iu", "ie", "ui"),
    "ds": ("ds", "dose", "doses", "dosis", "doseringen", "dosen"),
    "pct": ("%", "pct", "percent", "procent", "pourcent", "pour cent", "prozent"),
    "pcs": (
        *("pcs", "pc", "piece", "pieces", "pce", "pces", "pièce", "pièces", "unités", "units"),
        *("st", "stk", "stuk", "stuks", "stück", "stücke", "x"),
    ),
}
#: letters and digits of all languages end a unit, in the engine's regular expressions and in ours
_NOT_WITHIN: Final = r"(?<![\p{L}\p{N}.])"
_ENDS: Final = r"(?![\p{L}\p{N}])"
_FLAGS: Final = "CASE_INSENSITIVE|UNICODE_CASE"

_NUMBER: Final = r"\d+(?:[.,]\d+)?"


def _spelt(unit: str) -> str:
    return "|".join(re.escape(form) for form in sorted(_UNITS[unit], key=len, reverse=True))


_ANY_UNIT: Final = "|".join(_spelt(unit) for unit in _UNITS)
_ONE_UNIT: Final = rf"(?:{_ANY_UNIT})(?![^\W_])"
#: a number with its unit, what it is in ("mg/ml"), and its second measure ("25G × 16 mm")
AMOUNT: Final = (
    rf"(?<![^\W_])(?:x\s?)?{_NUMBER}(?:[ \u00a0-]?{_ONE_UNIT}(?:\s?/\s?{_ONE_UNIT})?|[a-z])?"
    rf"(?:\s?[x×]\s?{_NUMBER}(?:[ \u00a0]?{_ONE_UNIT})?)?(?![^\W_])"
)


def filters() -> dict[str, dict[str, Any]]:
    """The engine's filters of characters, in their order: what is between numbers, then units."""
    found = {
        "decimal_comma": _replaced(r"(?<=\d),(?=\d)", "."),
        # "25G × 16 mm": two measures, and not 25 pieces
        "by": _replaced(r"(?<=\d)(\p{L}?)\s?[x×]\s?(?=\d)", "$1 "),
        "times": _replaced(rf"{_NOT_WITHIN}x\s?(\d+){_ENDS}", "$1pcs"),
    }
    for unit in _UNITS:
        found[f"unit_{unit}"] = _replaced(
            rf"{_NOT_WITHIN}(\d+(?:\.\d+)?)[\s\u00a0-]?(?:{_spelt(unit)}){_ENDS}", f"$1{unit}"
        )
    return found


def _replaced(pattern: str, replacement: str) -> dict[str, Any]:
    return {"type": "pattern_replace", "pattern": pattern, "replacement": replacement, "flags": _FLAGS}
