"""Attributes and their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ariadne import EnumType, ObjectType

from adapters.records import Attribute, AttributeValue
from cache.reference import Labels
from resolvers.errors import NotFoundError
from resolvers.info import Info
from resolvers.query import query

attribute_type = ObjectType("Attribute")
value_type = ObjectType("AttributeValue")
create_mode = EnumType(
    "VariantCreateMode", {"Instantly": "always", "Dynamically": "dynamic", "NeverOption": "no_variant"}
)
visibility = EnumType("FilterVisibility", {"Visible": True, "Hidden": False})


@dataclass(frozen=True, slots=True)
class AttributeNode:
    """An attribute with the labels of its language."""

    attribute: Attribute
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class ValueNode:
    """A value of an attribute; ``price_extra`` where it is a product's. ``answers``: see `resolvers.plans`."""

    value: AttributeValue
    labels: Labels
    price_extra: Decimal | None = None
    answers: dict[object, Any] = field(default_factory=dict)

    @property
    def attribute(self) -> Attribute:
        return self.labels.attributes[self.value.attribute_id]

    @property
    def token(self) -> str:
        """What `ProductFilterInput.attribValues` takes."""
        return f"{self.value.attribute_id}-{self.value.id}"


def value_nodes(labels: Labels, value_ids: Iterable[int], extras: dict[int, Decimal] | None = None) -> list[ValueNode]:
    """Nodes of values, in the order in which Odoo shows attributes and their values; unknown ids are left out."""
    known = [value_id for value_id in set(value_ids) if _complete(labels, value_id)]
    extra_of = extras or {}
    return [
        ValueNode(labels.values[value_id], labels, extra_of.get(value_id))
        for value_id in sorted(known, key=labels.value_order)
    ]


def _complete(labels: Labels, value_id: int) -> bool:
    value = labels.values.get(value_id)
    return value is not None and value.attribute_id in labels.attributes


@query.field("attribute")
async def resolve_attribute(_: None, info: Info, id: int | None = None, language: str | None = None) -> AttributeNode:  # noqa: A002
    labels = (await info.context.view(language)).labels
    attribute = labels.attributes.get(id) if id is not None else None
    if attribute is None:
        raise NotFoundError("Attribute does not exist.")
    return AttributeNode(attribute, labels)


attribute_type.set_field("id", lambda node, _: node.attribute.id)
attribute_type.set_field("name", lambda node, _: node.attribute.name)
attribute_type.set_field("displayType", lambda node, _: node.attribute.display_type)
attribute_type.set_field("variantCreateMode", lambda node, _: node.attribute.create_variant)
attribute_type.set_field("filterVisibility", lambda node, _: node.attribute.visible)
attribute_type.set_field("values", lambda node, _: value_nodes(node.labels, node.attribute.value_ids))

value_type.set_field("id", lambda node, _: node.value.id)
value_type.set_field("name", lambda node, _: node.value.name)
value_type.set_field("attribute", lambda node, _: AttributeNode(node.attribute, node.labels))
value_type.set_field("displayType", lambda node, _: node.attribute.display_type)
value_type.set_field("htmlColor", lambda node, _: node.value.html_color)
value_type.set_field("priceExtra", lambda node, _: None if node.price_extra is None else float(node.price_extra))
value_type.set_field("search", lambda node, _: node.token)

BINDABLES = [attribute_type, value_type, create_mode, visibility]
