"""Replays what real Odoos were asked against the double with their recorded databases.

A call counts as *exact* when the answer is equal (or fails with the same class, codes and status), as *by shape*
when records it tells about changed later in the recording and the answer has the same types and keys, and is *left
out* for a stated reason. Everything else fails the test. Calls about orders are replayed as parts of a story too
(``order_stories``), on a database as it was at their moment.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from demo.double import Double
from demo.double.compute import COMPUTED
from demo.double.recorded import recorded_dataset
from demo.double.schema import DATA as DUMPS
from demo.double.schema import Field, Model
from tests.double.asgi import ask
from tests.double.comparing import equal, first_difference, same_shape
from tests.double.leave_outs import REASONS, SINGLE, last_changes, outdated
from tests.double.order_stories import told
from tests.double.recordings import READING, VERSIONS, Answer, Recorded, lines, read_answer, recorded

#: At least so many calls agree, and at most so many are left out: (exact, exact or by shape, left out).
PINNED: Mapping[str, tuple[int, int, int]] = {
    "10.0": (361, 417, 131),
    "14.0": (152, 175, 32),
    "19.0": (611, 664, 182),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_replay(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    counts, left_out, failures = replay(version)
    with capsys.disabled():
        sys.stdout.write(f"\n{report(version, counts, left_out)}\n")
    assert not failures, "\n".join(failures)
    exact, agreed, omitted = PINNED[version]
    assert counts["exact"] >= exact
    assert counts["exact"] + counts["by shape"] >= agreed
    assert sum(left_out.values()) <= omitted


def report(version: str, counts: Counter[str], left_out: Counter[str]) -> str:
    reasons = "".join(f"\n    {number:4d} {reason}" for reason, number in left_out.most_common())
    return (
        f"Odoo {version}: {counts['exact']} calls replayed exactly ({counts['of a story']} of them as a part of the "
        f"story of orders), {counts['by shape']} by shape, "
        f"{sum(left_out.values())} left out:{reasons}"
    )


def replay(version: str) -> tuple[Counter[str], Counter[str], list[str]]:
    double = Double(recorded_dataset(version))
    app = double.asgi()
    last = last_changes(version)
    counts: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    failures: list[str] = []
    for index, line in enumerate(lines(version)):
        call = recorded(version, index, line)
        if call is None:
            left_out["no call of the double's protocols"] += 1
            continue
        # what may change the database gets a copy of its own
        target = Double(recorded_dataset(version)).asgi() if call.method not in READING else app
        answer = read_answer(call.protocol, ask(target, call.request))
        if agrees(call, answer, double):
            counts["exact"] += 1
            continue
        if index in told(version).agreed:  # as the database was at that moment
            counts["exact"] += 1
            counts["of a story"] += 1
            continue
        reason = SINGLE.get((version, index)) or next(
            (name for name, applies in REASONS.items() if applies(call, line, double, answer)), None
        )
        if reason is not None:
            left_out[reason] += 1
        elif created(call, answer) or (
            outdated(call, last)
            and not (answer.failed or call.answer.failed)
            and same_shape(call.answer.value, answer.value)
        ):
            counts["by shape"] += 1
        else:
            failures.append(f"{call.key} {str(call.arguments)[:160]}\n    {difference(call.answer, answer)}")
    return counts, left_out, failures


def agrees(call: Recorded, answer: Answer, double: Double) -> bool:
    expected = call.answer
    if expected.failed or answer.failed:
        return (expected.status, expected.error, expected.code, expected.kind) == (
            answer.status,
            answer.error,
            answer.code,
            answer.kind,
        )
    if expected.status != answer.status:
        return False
    unknown = unknown_fields(call.version, call.model, double)
    return equal(masked(expected.value, unknown), masked(answer.value, unknown))


def created(call: Recorded, answer: Answer) -> bool:
    """New records get other ids than they got in the recording, where some of them already are."""
    return call.method in ("create", "copy", "name_create") and same_shape(call.answer.value, answer.value)


#: Followers: the customer's following can be told from the order's state, that of employees cannot. And what orders
#: became: invoices and pickings were not dumped (the stories of orders compare them).
PARTLY_DUMPED = frozenset({"message_partner_ids", "invoice_ids", "invoice_count", "picking_ids", "delivery_count"})
_UNKNOWN: dict[tuple[str, str], frozenset[str]] = {}


def unknown_fields(version: str, model: str, double: Double) -> frozenset[str]:
    """Fields the recorded database holds no values of and that the double cannot work out (binaries, mostly)."""
    key = (version, model)
    if key not in _UNKNOWN:
        described = double.db.models.get(model)
        path = DUMPS / version / "records" / f"{model}.json"
        records = json.loads(path.read_text("utf-8"))["records"] if path.exists() else []
        dumped = {name for record in records for name in record}
        fields = described.fields.values() if described is not None else ()
        _UNKNOWN[key] = frozenset(
            item.name
            for item in fields
            if (item.name not in dumped and not _known(double, described, item)) or item.name in PARTLY_DUMPED
        )
    return _UNKNOWN[key]


def _known(double: Double, described: Model | None, item: Field) -> bool:
    """The double has the value although it was not dumped."""
    assert described is not None
    if item.type == "binary":
        return False
    if COMPUTED.find(double.version, described.name, item.name) is not None:
        return True
    link = described.inherited_through(item.name)
    if link is not None:
        return item.name not in unknown_fields(double.version, described.inherits[link], double)
    children = item.type == "one2many" and item.inverse is not None and item.relation in double.dataset.tables
    return children or bool(item.related and item.relation is None)


def masked(value: Any, unknown: frozenset[str]) -> Any:
    """Rows without the fields nobody knows."""
    if isinstance(value, list):
        return [masked(item, unknown) for item in value]
    if isinstance(value, dict) and "id" in value:
        return {name: item for name, item in value.items() if name not in unknown}
    return value


def difference(expected: Answer, answer: Answer) -> str:
    if expected.failed or answer.failed:
        return f"recorded {expected}, answered {answer}"[:400]
    return first_difference(expected.value, answer.value)
