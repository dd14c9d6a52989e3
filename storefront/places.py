"""Which pages the shop has, at which paths, and where pages went whose path changed. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

from adapters.records import ProductMatch, PublicCategory

Kind: TypeAlias = Literal["product", "category", "page"]
#: ``product:7:fr_FR`` -> its path. Of what stands at two paths in one language there is none
Places: TypeAlias = Mapping[str, str]

_SEPARATOR: Final = ":"


class Paths(Protocol):
    """The paths of pages."""

    def product(self, name: str, template_id: int) -> str: ...

    def category(self, name: str, category_id: int, own: str | None) -> str:
        """``own``: the path set by hand in Odoo."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What differs between two states. ``begun``: path -> kind; ``gone``: paths where nothing is any more.

    ``renamed``: from -> to.
    """

    begun: Mapping[str, Kind] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.begun or self.gone or self.renamed)


def key_of(kind: Kind, record: int | str, lang: str) -> str:
    """What a place is called."""
    return _SEPARATOR.join((kind, str(record), lang))


def kind_of(key: str) -> Kind:
    """Of a page with that name."""
    kind = key.partition(_SEPARATOR)[0]
    return "product" if kind == "product" else "category" if kind == "category" else "page"


def of_products(matches: Iterable[ProductMatch], lang: str, paths: Paths) -> dict[str, str]:
    """The places of products in a language."""
    return {key_of("product", one.id, lang): paths.product(one.name, one.id) for one in matches}


def of_categories(categories: Iterable[PublicCategory], lang: str, paths: Paths) -> dict[str, str]:
    """The places of categories in a language."""
    return {key_of("category", one.id, lang): paths.category(one.name, one.id, one.slug) for one in categories}


def moves(before: Places, after: Places) -> Moves:
    """What has to be told so that what was told as ``before`` is as ``after``. Both of the same things."""
    taken = set(after.values())
    begun = {path: kind_of(key) for key, path in after.items() if before.get(key) != path}
    left = {path: key for key, path in before.items() if path not in taken}
    renamed = {path: after[key] for path, key in left.items() if key in after}
    return Moves(begun, frozenset(left.keys() - renamed.keys()), renamed)


def redirected(redirects: Mapping[str, str], found: Moves) -> dict[str, str]:
    """The redirects after these moves: each leads to a page in one step, and none stands where a page is."""
    onward = dict(redirects) | dict(found.renamed)
    for source in found.begun:
        onward.pop(source, None)
    after = {}
    for source in onward:
        target, seen = onward[source], {source}
        while target in onward and target not in seen:
            seen.add(target)
            target = onward[target]
        if target not in found.gone and target not in seen:
            after[source] = target
    return after
