"""Golden answers: recorded once, the same for every version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from contract.cases import Case
from contract.client import Answer
from contract.shop import Shop

EXPECTED = Path(__file__).parent / "expected"


@dataclass(frozen=True, slots=True)
class Golden:
    """What is expected of a case."""

    request: dict[str, Any]
    status: int
    body: bytes


def path_of(case: Case) -> Path:
    return EXPECTED / f"{case.name}.json"


def read(case: Case) -> Golden:
    """Raises FileNotFoundError for a case that was never recorded."""
    kept = msgspec.json.decode(path_of(case).read_bytes())
    return Golden(kept["request"], kept["status"], msgspec.json.encode(kept["answer"]))


def render(case: Case, answer: Answer) -> str:
    """The file of an answer. Raises ValueError for an answer that the file would not bring back byte for byte."""
    kept = {"request": case.request, "status": answer.status, "answer": answer.json}
    text = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
    if msgspec.json.encode(msgspec.json.decode(text)["answer"]) != answer.body:
        raise ValueError(f"{case.name}: the answer is not what its JSON says")
    return text


async def ask(shop: Shop, case: Case) -> Answer:
    return await shop.ask(case.document, case.variables, case.headers)


def difference(left: bytes, right: bytes, around: int = 160) -> str:
    """Where two bodies part, for people."""
    place = next((i for i, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), -1)
    if place < 0:
        if len(left) == len(right):
            return "equal"
        place = min(len(left), len(right))
    start = max(place - around, 0)
    shown = [body[start : place + around].decode(errors="replace") for body in (left, right)]
    return f"at byte {place}:\n  {shown[0]}\n  {shown[1]}"
