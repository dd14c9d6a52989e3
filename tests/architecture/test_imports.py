"""The rooms and the arrows between them: who may import whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.source import ROOMS, ROOT, Import, imports, modules

SHOP = ("cart", "content", "search", "identity", "cache", "pricing")

#: an importer's allowed targets: whole rooms, or single modules of them; its own room is always allowed
ARROWS: Mapping[str, tuple[str, ...]] = {
    "server": ("resolvers", "storefront", "subscriptions", *SHOP, "adapters"),
    "resolvers": ("subscriptions", *SHOP, "adapters"),
    **dict.fromkeys(SHOP, ("adapters",)),
    # sessions live in the same Redis
    "identity": ("cache", "adapters"),
    # carts live in a Redis reached the same way
    "cart": ("cache", "adapters"),
    # what the storefront was told is kept in the same Redis
    "storefront": ("cache", "adapters"),
    # kept beside the carts, as durable; what changed is told as the storefront is told
    "subscriptions": ("cache", "cart.durability", "cart.store", "storefront.plan", "adapters"),
    # what a CMS holds is kept as the shop's tables are
    "content": ("cache",),
    # the index holds every pricelist's prices, and roles are filters of it
    "search": ("identity", "pricing", "adapters"),
    "adapters": (),
    # the double prices as Odoo does with the engine, which takes the records of the adapters
    "demo": ("pricing", "adapters.records.pricing"),
    # the contract suite assembles the whole application, in front of doubles
    "contract": ("server", "resolvers", "cache", "adapters", "demo"),
}

#: The double's modules name each other's types, and a domain within a domain comes back to where it started.
#: The list may shrink alone.
ENTANGLED = (
    "demo.double.access",
    "demo.double.core",
    "demo.double.domain",
    "demo.double.leaves",
    "demo.double.scalars",
    "demo.double.searching",
    "demo.double.wire",
)


def _allowed(arrow: Import) -> bool:
    room = arrow.importer.partition(".")[0]
    return any(
        arrow.imported == target or arrow.imported.startswith(f"{target}.") for target in (room, *ARROWS.get(room, ()))
    )


def test_no_import_goes_against_the_arrows() -> None:
    wrong = [
        f"{modules()[arrow.importer].file}:{arrow.line} imports {arrow.imported}"
        for arrow in sorted(imports())
        if not _allowed(arrow)
    ]
    assert not wrong, "imports that no arrow allows:\n" + "\n".join(wrong)


def test_every_package_is_a_room() -> None:
    """A new top-level package takes its place in the table before it is used."""
    ignored = {"tests", "bench", "build", "dist"}
    packages = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in ignored and any(path.rglob("*.py"))
    }
    assert packages <= set(ROOMS)
    assert set(ROOMS) == set(ARROWS)


def test_the_reader_of_imports_sees_them() -> None:
    """Known arrows are found: a reader that finds nothing would let everything pass."""
    rooms = {(arrow.importer.partition(".")[0], arrow.imported.partition(".")[0]) for arrow in imports()}
    assert {("server", "resolvers"), ("resolvers", "cache"), ("pricing", "adapters"), ("demo", "pricing")} <= rooms


@pytest.mark.parametrize(
    "arrow",
    [
        Import("adapters.base", "server.settings", 1),
        Import("pricing.engine", "cache.reference", 1),
        Import("resolvers.query", "server.app", 1),
        Import("demo.dataset", "adapters.connect", 1),
        Import("cache.store", "resolvers.view", 1),
    ],
    ids=lambda arrow: f"{arrow.importer}->{arrow.imported}",
)
def test_wrong_arrows_are_told_from_right_ones(arrow: Import) -> None:
    assert not _allowed(arrow)


def _circles(*, loading: bool) -> list[set[str]]:
    graph: dict[str, set[str]] = defaultdict(set)
    for arrow in imports():
        if arrow.imported != arrow.importer and (arrow.loads or not loading):
            graph[arrow.importer].add(arrow.imported)
    return list(cycles(graph))


def test_no_module_loads_itself_by_way_of_others() -> None:
    circles = [" <-> ".join(sorted(circle)) for circle in _circles(loading=True)]
    assert not circles, "modules that load each other:\n" + "\n".join(circles)


def test_no_module_refers_to_itself_by_way_of_others() -> None:
    """Imports for type checkers and within functions count here."""
    found = {name for circle in _circles(loading=False) for name in circle}
    new = sorted(name for name in found if not name.startswith(ENTANGLED))
    assert not new, f"modules that refer to each other: {new}"
    freed = [place for place in ENTANGLED if not any(name.startswith(place) for name in found)]
    assert not freed, f"no longer entangled, to be struck out: {freed}"


def test_cycles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str]()}
    assert [sorted(circle) for circle in cycles(graph)] == [["a", "b", "c"]]


def cycles(graph: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """The strongly connected components of more than one node (Tarjan's algorithm, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    for root in graph:
        work = [(root, iter(sorted(graph.get(root, ()))))] if root not in index else []
        if work:
            index[root] = low[root] = len(index)
            stack.append(root)
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    stack.append(successor)
                    work.append((successor, iter(sorted(graph.get(successor, ())))))
                    break
                if successor in stack:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = set(stack[stack.index(node) :])
                    del stack[stack.index(node) :]
                    if len(component) > 1:
                        yield component
