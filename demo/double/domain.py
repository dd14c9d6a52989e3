"""Domains: from Odoo's prefix lists to tests on rows, with the index lookups that avoid a scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from demo.double import errors

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

Test = Callable[["Row"], bool]
Lookup = Callable[[], Iterable[int]]

OPERATORS = frozenset(
    {
        "=", "!=", "<=", "<", ">", ">=", "=?", "=like", "=ilike", "like", "not like", "ilike", "not ilike",
        "in", "not in", "child_of", "parent_of", "any", "not any", "any!", "not any!", "not =like", "not =ilike",
    }
)  # fmt: skip
#: of every row's making, and of its last change
CHANGE_DATES = frozenset({"write_date", "create_date"})
_ALIASES = {"<>": "!=", "==": "="}


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled domain: a test, and where an index helps, the ids that can pass it (each at least once)."""

    test: Test
    lookup: Lookup | None = None

    def candidates(self) -> Iterable[int] | None:
        """Ids among which all matches are; a range stays one, so that a page of it costs a page."""
        return None if self.lookup is None else self.lookup()


TRUE = Condition(lambda _row: True)
FALSE = Condition(lambda _row: False, tuple)


def compile_domain(env: Env, model: str, domain: Any) -> Condition:
    """A domain on a model. An empty domain is true."""
    if not isinstance(domain, (list, tuple)):
        raise _malformed(env, domain)
    stack: list[Condition] = []
    for term in reversed(domain):
        if isinstance(term, str):
            _operator(env, stack, term, domain)
        else:
            stack.append(_leaf(env, model, term))
    return all_of(stack[::-1])


def _operator(env: Env, stack: list[Condition], term: str, domain: Any) -> None:
    arity = {"!": 1, "&": 2, "|": 2}.get(term)
    if arity is None:
        raise _invalid_item(env, term)
    if len(stack) < arity:
        raise errors.value_error(f"Domain {domain!r} is malformed: too few conditions for {term!r}")
    operands = [stack.pop() for _ in range(arity)]
    stack.append(_negated(operands[0]) if term == "!" else (all_of if term == "&" else any_of)(operands))


def _leaf(env: Env, model: str, term: Any) -> Condition:
    if not isinstance(term, (list, tuple)) or len(term) != 3:
        raise _invalid_item(env, term)
    left, operator, right = term
    if left in (0, 1) and not isinstance(left, str):
        return TRUE if left == right else FALSE
    operator = _ALIASES.get(str(operator).lower(), str(operator).lower())
    if not isinstance(left, str) or operator not in OPERATORS:
        raise _invalid_item(env, term)
    from demo.double.leaves import compile_leaf

    return compile_leaf(env, model, left, operator, right)


def _malformed(env: Env, domain: Any) -> errors.OdooFault:
    if env.db.dataset.version == "10.0":
        return errors.type_error(f'can only concatenate list (not "{type(domain).__name__}") to list')
    return errors.value_error(f"Domain() invalid domain: {domain!r}")


def _invalid_item(env: Env, term: Any) -> errors.OdooFault:
    if env.db.dataset.version == "19.0":
        return errors.value_error(f"Domain() invalid item in domain: {term!r}")
    return errors.value_error(f"Invalid leaf {term!r}")


def _negated(condition: Condition) -> Condition:
    test = condition.test
    return Condition(lambda row: not test(row))


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The condition that holds where all hold; looked up by the shortest of their lookups."""
    if len(conditions) == 1:
        return conditions[0]
    if not conditions:
        return TRUE
    tests = [condition.test for condition in conditions]
    lookups = [condition.lookup for condition in conditions if condition.lookup is not None]

    def test(row: Row) -> bool:
        for single in tests:  # noqa: SIM110 - a plain loop is twice as fast as all() on a generator
            if not single(row):
                return False
        return True

    return Condition(test, (lambda: shortest(lookups)) if lookups else None)


def any_of(conditions: Sequence[Condition]) -> Condition:
    """The condition that holds where one holds; looked up only when each of them can be."""
    tests = [condition.test for condition in conditions]
    lookups = [condition.lookup for condition in conditions]

    def union() -> Iterator[int]:
        seen: set[int] = set()
        for lookup in lookups:
            for record_id in lookup() if lookup is not None else ():
                if record_id not in seen:
                    seen.add(record_id)
                    yield record_id

    known = all(lookup is not None for lookup in lookups)
    return Condition(lambda row: any(test(row) for test in tests), union if known else None)


def shortest(lookups: Sequence[Lookup]) -> Iterable[int]:
    """The ids of the lookup that gives fewest: all are drawn in turn, in growing steps, until one runs dry."""
    if len(lookups) == 1:
        return lookups[0]()
    running = [(iter(lookup()), list[int]()) for lookup in lookups]
    step = 64
    while True:
        for ids, drawn in running:
            before = len(drawn)
            drawn.extend(islice(ids, step))
            if len(drawn) - before < step:
                return drawn
        step *= 2
