"""Selections drawn from the schema, every way to write them, and what is expected of their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

from tests.identity.matrix_oracle import Rights

#: fields of a product that are variants, not products
VARIANTS = frozenset({"productVariants", "firstVariant", "accessoryProducts"})
#: what is told to whoever bought alone, and tested at home: an answer with it is never kept
PERSONAL = frozenset({"Product.lastPurchase"})


@dataclass
class Tree:
    """A selected field. ``owner``: the type it is selected of; ``type``: the named type it answers."""

    owner: str
    name: str
    type: str
    required: bool
    children: list[Tree] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.owner}.{self.name}"

    def places(self) -> Iterator[str]:
        yield self.place
        for child in self.children:
            yield from child.places()


def tree_of(
    schema: GraphQLSchema, owner: str, name: str, definition: GraphQLField, *, depth: int, products: int
) -> Tree:
    """All fields below one, ``depth`` levels deep, and ``products`` of products within products."""
    type_ = get_named_type(definition.type)
    tree = Tree(owner, name, type_.name, isinstance(definition.type, GraphQLNonNull))
    if not (is_object_type(type_) or is_interface_type(type_)):
        return tree
    for child, of in type_.fields.items():
        kind = get_named_type(of.type)
        within = products - (type_.name == "Product" and kind.name == "Product")
        if any(map(is_required_argument, of.args.values())) or f"{type_.name}.{child}" in PERSONAL:
            continue
        if is_leaf_type(kind) or (depth > 0 and within >= 0):
            tree.children.append(tree_of(schema, type_.name, child, of, depth=depth - 1, products=within))
    return tree


def pruned(tree: Tree, keep: Callable[[Tree], bool]) -> Tree:
    """Without what is not to be kept."""
    children = [pruned(child, keep) for child in tree.children if keep(child)]
    return Tree(tree.owner, tree.name, tree.type, tree.required, children)


# -- ways to write a selection --------------------------------------------------------------------------------------


@dataclass
class Written:
    """A selection as text: the names of its fragments, and of each alias the field."""

    fragments: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)


def _plain(tree: Tree, written: Written) -> str:
    return f"{tree.name}{_below(tree, written, _plain)}"


def _aliased(tree: Tree, written: Written) -> str:
    alias = f"id_{tree.name}" if tree.name != "id" else "name"  # one that misleads
    written.aliases[alias] = tree.name
    return f"{alias}: {tree.name}{_below(tree, written, _aliased)}"


def _spread(tree: Tree, written: Written) -> str:
    if not tree.children:
        return tree.name
    name = f"F{len(written.fragments)}"
    written.fragments.append("")
    inner = _below(tree, written, _spread)
    written.fragments[int(name[1:])] = f"fragment {name} on {tree.type} {inner}"
    return f"{tree.name} {{ ...{name} }}"


def _inline(tree: Tree, written: Written) -> str:
    inner = _below(tree, written, _inline)
    return f"{tree.name} {{ ... on {tree.type} {inner} ... {{ __typename }} }}" if tree.children else tree.name


def _included(tree: Tree, written: Written) -> str:
    return f"{tree.name} @include(if: $yes) @skip(if: $no){_below(tree, written, _included)}"


def _below(tree: Tree, written: Written, way: Callable[[Tree, Written], str]) -> str:
    return f" {{ {' '.join(way(child, written) for child in tree.children)} }}" if tree.children else ""


WAYS: Mapping[str, Callable[[Tree, Written], str]] = {
    "plain": _plain,
    "alias": _aliased,
    "fragment": _spread,
    "inline": _inline,
    "variables": _included,
}


def document(way: str, entry: str, tree: Tree, declared: str = "") -> tuple[str, dict[str, Any], dict[str, str]]:
    """(text, variables, aliases) of a query of ``entry`` (a root field with its arguments) that selects the tree."""
    written = Written()
    inner = _below(tree, written, WAYS[way])
    variables: dict[str, Any] = {"yes": True, "no": False} if way == "variables" else {}
    heads = ", ".join(filter(None, [declared, "$yes: Boolean!, $no: Boolean!" if variables else ""]))
    head = f"query Q({heads})" if heads else "query Q"
    alias = "mine: " if way == "alias" else ""
    return f"{head} {{ {alias}{entry}{inner} }} {' '.join(written.fragments)}", variables, written.aliases


# -- what is expected -----------------------------------------------------------------------------------------------

HIDDEN: Any = object()


@dataclass
class Expecting:
    """Makes of an answer without roles what it has to be with them. ``cells``: how many values were compared."""

    rights: Rights
    visible: set[int]
    owner: Mapping[int, int]
    cells: int = 0

    def of(self, tree: Tree, value: Any, *, variants: bool = False) -> Any:
        """``value``: an answer by plain names. ``variants``: products in it are variants."""
        if value is None:
            return None
        if isinstance(value, list) and tree.children:
            items = [one for item in value if (one := self.of(tree, item, variants=variants)) is not HIDDEN]
            return None if value and not items and tree.owner == "Product" else items
        if not tree.children:
            return value
        if tree.type == "Product":
            template_id = self.owner[value["id"]] if variants else value["id"]
            if template_id not in self.visible:
                return HIDDEN
        made: dict[str, Any] = {}
        for child in tree.children:
            if not self.rights.shows(child.place):
                made[child.name] = None
                continue
            inside = child.name in VARIANTS or (child.place.endswith(".product") and child.owner.startswith("ProductV"))
            found = self.of(child, value[child.name], variants=inside)
            if found is HIDDEN and tree.type == "ProductEdge":
                return HIDDEN
            made[child.name] = None if found is HIDDEN else found
        return made

    def compare(self, tree: Tree, found: Any, expected: Any, aliases: Mapping[str, str], where: str) -> list[str]:
        """The places where an answer is not as expected."""
        if isinstance(found, list) and isinstance(expected, list) and tree.children:
            if len(found) != len(expected):
                return [f"{where}: {len(found)} instead of {len(expected)}"]
            pairs = enumerate(zip(found, expected, strict=True))
            return [
                leak
                for index, (one, other) in pairs
                for leak in self.compare(tree, one, other, aliases, f"{where}[{index}]")
            ]
        if isinstance(found, dict) and isinstance(expected, dict) and tree.children:
            named = {aliases.get(name, name): value for name, value in found.items() if name != "__typename"}
            if named.keys() != expected.keys():
                return [f"{where}: other fields"]
            return [
                leak
                for child in tree.children
                for leak in self.compare(
                    child, named[child.name], expected[child.name], aliases, f"{where}.{child.name}"
                )
            ]
        self.cells += 1
        return [] if found == expected else [f"{where}: {found!r:.80} instead of {expected!r:.80}"]
