"""Money and exact numbers on the wire."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from ariadne import ScalarType
from graphql import GraphQLError, ValueNode
from graphql.language import FloatValueNode, IntValueNode, StringValueNode

_MAX_LENGTH = 32
#: digits before or behind the point
_MAX_DIGITS = 30

decimal_scalar = ScalarType("Decimal")


def money(amount: Decimal, currency_code: str) -> dict[str, Any]:
    """A `Money` of the schema."""
    return {"amount": amount, "currencyCode": currency_code}


@decimal_scalar.serializer
def serialize_decimal(value: Decimal) -> str:
    return format(value, "f")


@decimal_scalar.value_parser
def parse_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > _MAX_LENGTH:
        raise GraphQLError("Decimal must be a number or a text holding one.")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError("Decimal must be a number or a text holding one.") from error
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        raise GraphQLError("Decimal must be a number of ordinary size.")
    return number


@decimal_scalar.literal_parser
def parse_decimal_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Decimal:
    del variables
    if not isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        raise GraphQLError("Decimal must be a number or a text holding one.")
    number: Decimal = parse_decimal(node.value)
    return number
