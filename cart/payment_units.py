"""Amounts as providers of payments count them: in the smallest unit of a currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

#: decimals of currencies that have not two (ISO 4217)
_DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
#: where a provider counts otherwise; as their documentation of currencies, and Odoo with them, has it
_OTHERWISE: Final[Mapping[str, Mapping[str, int]]] = {
    "stripe": {"ISK": 2, "UGX": 2, "MGA": 0},
    "adyen": {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2},
}


def minor_amount(amount: Decimal, currency: str, provider_code: str) -> int:
    """An amount in ``currency`` (ISO 4217) as the provider counts it: 12.34 EUR is 1234."""
    decimals = _OTHERWISE.get(provider_code, {}).get(currency, _DECIMALS.get(currency, 2))
    return int(amount.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))
