"""search: the domain, the archived records and the caller's record rules; planned so that an index is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from demo.double.access import rule_domain
from demo.double.domain import CHANGE_DATES, TRUE, Condition, all_of, compile_domain
from demo.double.ordering import parse_order, sort_ids

if TYPE_CHECKING:
    from demo.double.env import Env

_WIDE = 10_000


def search_ids(
    env: Env, model: str, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None
) -> list[int]:
    """Ids of the matching records the caller may see, in order, cut to the page."""
    end = None if not limit else offset + limit
    if end is not None and _by_id(env, model, order):
        found = matching_ids(env, model, domain, end)
        return found[offset:end]
    if end is not None and (ordered := _by_date(env, model, order)) is not None:
        condition = full_condition(env, model, domain)
        if _is_wide(condition):
            return list(islice(_passing(env, model, condition, ordered), offset, end))
    return sort_ids(env, model, matching_ids(env, model, domain), order)[offset:end]


def _by_id(env: Env, model: str, order: str | None) -> bool:
    text = order or (env.db.models[model].order if model in env.db.models else "id")
    return parse_order(text)[0] == ("id", False)


def _is_wide(condition: Condition) -> bool:
    """May so many rows match that it is quicker to look at all in order, until the page is full?"""
    candidates = condition.candidates()
    return candidates is None or sum(1 for _ in islice(candidates, _WIDE)) == _WIDE


def _by_date(env: Env, model: str, order: str | None) -> Iterator[int] | None:
    """All ids by when they were written, from a table that knows that without a look at every row."""
    table = env.db.table(model)
    terms = parse_order(order) if order else []
    by_date = getattr(table, "by_date", None)
    if by_date is None or len(terms) != 2 or terms[0][0] not in CHANGE_DATES or terms[1] != ("id", terms[0][1]):
        return None
    ordered: Iterator[int] = by_date(terms[0][0], reverse=terms[0][1])
    return ordered


def matching_ids(env: Env, model: str, domain: Any, most: int | None = None) -> list[int]:
    """Matching ids, ascending; no more than ``most``."""
    condition = full_condition(env, model, domain)
    table = env.db.table(model)
    if condition is TRUE:
        return list(islice(table.ids(), most))
    candidates = condition.candidates()
    ids = table.ids() if candidates is None else candidates
    if candidates is not None and not isinstance(candidates, range):
        ids = sorted(candidates)
    return list(islice(_passing(env, model, condition, ids), most))


def count_matching(env: Env, model: str, domain: Any, most: int | None = None) -> int:
    """How many match; no more than ``most``."""
    if full_condition(env, model, domain) is TRUE:
        count = len(env.db.table(model))
        return count if most is None else min(count, most)
    return len(matching_ids(env, model, domain, most))


def _passing(env: Env, model: str, condition: Condition, ids: Iterable[int]) -> Iterator[int]:
    test, get = condition.test, env.db.table(model).get
    for record_id in ids:
        row = get(record_id)
        if row is not None and test(row):
            yield record_id


def full_condition(env: Env, model: str, domain: Any) -> Condition:
    parts = [compile_domain(env, model, domain)]
    if env.active_test and env.db.model(model).has_active and not names_field(domain, "active"):
        active = env.db.getter(model, "active")
        parts.append(Condition(lambda row: bool(active(env, row))))
    if not env.sudo:
        rule = rule_domain(env, model)
        if rule:
            parts.append(compile_domain(env.as_superuser(), model, rule))
    return all_of(parts)


def names_field(domain: Any, name: str) -> bool:
    return any(isinstance(term, (list, tuple)) and len(term) > 0 and term[0] == name for term in domain)


def missing(env: Env, model: str, ids: Iterable[int]) -> list[int]:
    return [record_id for record_id in ids if env.row(model, record_id) is None]
