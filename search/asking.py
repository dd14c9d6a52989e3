"""Questions of the API to the index: each one call to the engine, short, and none at all while it is away."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec
import structlog

from adapters.together import Together
from search.engine import Engine, EngineError, EngineRefusedError, translated
from search.guard import EngineSparedError, Guard, is_whole
from search.indexes import BuildMeta, Names
from search.prices import price_key

T = TypeVar("T")

log = structlog.get_logger(__name__)

Body: TypeAlias = Mapping[str, Any]
#: what became of a question: answered; the engine is away, was away a moment ago, has no index, or refuses
Outcome = Literal["answered", "away", "paused", "missing", "refused"]
#: told of each question, with the seconds that it took
OnQuestion: TypeAlias = Callable[[Outcome, float], None]

#: more time for long pages: seconds for a document
_A_DOCUMENT: Final = 0.0005
_PRICES_KEPT: Final = 60.0
_MISSING: Final = 404
#: refusals that are remembered as told
_REASONS: Final = 100
_BUSY: Final = frozenset({429, 502, 503, 504})
_STATE: Final[Body] = {"query": {"ids": {"values": ["sync"]}}, "size": 1, "_source": ["observed_at"]}
#: seconds for which that is known, as asking for it costs the engine a search more
STATE_FOR: Final = 1.0


class NotAnsweredError(Exception):
    """The index did not answer. ``outcome``: why."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Reply:
    """The engine's answers, in the order of the bodies; None for one that was refused, but never the first.

    ``observed_at``: when Odoo was asked last for changes that are all in the index; None if that is not known.
    ``steady``: the same if it was so before the question was sent, so that no answer is of an older index; else None.
    """

    answers: Sequence[Body | None]
    observed_at: datetime | None
    steady: datetime | None

    @property
    def first(self) -> Body:
        answer = self.answers[0]
        assert answer is not None  # noqa: S101  # a reply without it is not made
        return answer


@dataclass(frozen=True, slots=True)
class IndexedPrices:
    """Whose prices are in an index, and how: of which company, with or without tax, of which pricelists."""

    company_id: int
    include_tax: bool
    keys: frozenset[str]

    def has(self, pricelist_id: int) -> bool:
        return price_key(pricelist_id) in self.keys


@dataclass(slots=True)
class _State:
    """What was told of the indexes last, by a question that was sent at ``asked``."""

    observed_at: datetime | None = None
    asked: float = -math.inf

    def note(self, observed_at: datetime | None, asked: float) -> None:
        if asked >= self.asked:
            self.observed_at, self.asked = observed_at, asked

    def is_known(self, now: float) -> bool:
        return self.observed_at is not None and now < self.asked + STATE_FOR


def ignored(outcome: Outcome, seconds: float) -> None:
    """Nobody is told."""


class Asking:
    """Asks the indexes with these names. ``seconds``: for an ordinary question.

    ``guard``: shared with others who ask the same engine.
    """

    def __init__(
        self,
        engine: Engine,
        names: Names,
        *,
        guard: Guard | None = None,
        seconds: float = 0.8,
        on_question: OnQuestion = ignored,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._names = names
        self._guard = guard or Guard(engine, seconds=seconds)
        self._seconds = seconds
        self._on_question = on_question
        self._clock = clock
        self._prices: dict[str, tuple[float, IndexedPrices]] = {}
        self._told: set[str] = set()
        self._state = _State()
        self._headers: Mapping[str, str] = {}

    def as_caller(self, headers: Mapping[str, str]) -> Asking:
        """The same, whose questions are those of somebody else to the engine (`search.on_behalf`)."""
        found = copy(self)
        found._headers = headers
        return found

    def is_away(self, lang: str) -> bool:
        """Is it known not to answer?"""
        return self._guard.is_away(self._names.alias(lang), self._seconds)

    async def ask(self, lang: str, bodies: Sequence[Body]) -> Reply:
        """Ask the index of a language all of it in one call. Raises NotAnsweredError."""
        began = self._clock()
        try:
            reply = await self._asked(lang, bodies)
        except NotAnsweredError as error:
            self._on_question(error.outcome, self._clock() - began)
            raise
        self._on_question("answered", self._clock() - began)
        return reply

    async def prices(self, lang: str) -> IndexedPrices:
        """What is known of the prices in a language's index; looked up now and then. Raises NotAnsweredError."""
        kept = self._prices.get(lang)
        if kept is None or kept[0] <= self._clock():
            kept = self._prices[lang] = self._clock() + _PRICES_KEPT, await self._looked_up(lang)
        return kept[1]

    async def close(self) -> None:
        await self._guard.close()
        await self._engine.close()

    # -- one call ---------------------------------------------------------------------------------------------

    async def _asked(self, lang: str, bodies: Sequence[Body]) -> Reply:
        lines: list[Body] = []
        for body in bodies:
            lines += [{"index": self._names.alias(lang)}, body]
        now, before = self._clock(), self._state.observed_at
        is_known = self._state.is_known(now)
        state: list[Body] = [] if is_known else [{"index": self._names.state}, _STATE]
        size = sum(body.get("size", 10) for body in bodies)
        if self._headers and state:
            sent = self._sent_apart(lines, state)
        else:
            sent = self._responses([*lines, *state], self._headers)
        answers = await self._guarded(lang, sent, extra=size * _A_DOCUMENT)
        self._check(lang, answers[0])
        # not what others were told meanwhile: this answer may be of the index before that
        observed_at = before if is_known else _observed_at(answers[-1])
        if not is_known:
            self._state.note(observed_at, now)
        asked = [answer if is_whole(answer) else None for answer in answers[: len(bodies)]]
        return Reply(asked, observed_at, steady=observed_at if observed_at == before else None)

    async def _guarded(self, lang: str, question: Coroutine[Any, Any, T], *, extra: float = 0.0) -> T:
        """Raises NotAnsweredError."""
        index = self._names.alias(lang)
        try:
            return await self._guard.ask(index, question, patience=self._seconds, extra=extra)
        except EngineSparedError as error:
            raise NotAnsweredError("paused", str(error)) from error
        except EngineRefusedError as error:
            if self._headers:  # it refuses them, and may well answer others
                self._tell(lang, error.status, str(error)[:500])
                raise NotAnsweredError("refused", str(error)) from error
            self._guard.note(index, str(error))
            raise NotAnsweredError("away", str(error)) from error
        except EngineError as error:
            raise NotAnsweredError("away", str(error)) from error

    async def _sent_apart(self, lines: Sequence[Body], state: Sequence[Body]) -> Sequence[Body]:
        """How fresh the index is is for the shop alone, so that is another request, at the same time."""
        async with Together() as group:
            theirs = group.create_task(self._responses(lines, self._headers))
            ours = group.create_task(self._responses(state))
        return [*theirs.result(), *ours.result()]

    async def _responses(self, lines: Sequence[Body], headers: Mapping[str, str] | None = None) -> Sequence[Body]:
        """Raises EngineError."""
        async with translated():
            answer = await self._engine.client.msearch(body=list(lines), headers=dict(headers) if headers else None)
        responses: Sequence[Body] = answer["responses"]
        return responses

    def _check(self, lang: str, answer: Body) -> None:
        """Raises NotAnsweredError for what is no whole answer."""
        if is_whole(answer):
            return
        status, reason = answer.get("status", 0), str(answer.get("error", "a part of the index did not answer"))[:500]
        if status == _MISSING:
            self._guard.note(self._names.alias(lang), "there is no index", whole=False)
            raise NotAnsweredError("missing", reason)
        if status in _BUSY or "error" not in answer:
            self._guard.note(self._names.alias(lang), reason)
            raise NotAnsweredError("away", reason)
        self._tell(lang, status, reason)
        raise NotAnsweredError("refused", reason)

    def _tell(self, lang: str, status: int, reason: str) -> None:
        """Log it once."""
        if reason not in self._told:
            if len(self._told) >= _REASONS:
                self._told.clear()
            self._told.add(reason)
            log.error("search.refused", lang=lang, status=status, reason=reason)

    async def _looked_up(self, lang: str) -> IndexedPrices:
        mappings = await self._guarded(lang, self._engine.mappings(self._names.alias(lang)))
        for mapping in mappings.values():
            try:
                meta = msgspec.convert(mapping.get("_meta", {}).get("build"), BuildMeta)
            except msgspec.ValidationError as error:
                raise NotAnsweredError("refused", "nobody knows how the index was made") from error
            keys = mapping.get("properties", {}).get("prices", {}).get("properties", {})
            otherwise = {price_key(one) for one in meta.priced_otherwise}
            return IndexedPrices(meta.company_id, meta.include_tax, frozenset(keys) - otherwise)
        raise NotAnsweredError("missing", "there is no index")


def _observed_at(answer: Body) -> datetime | None:
    hits = answer.get("hits", {}).get("hits", ())
    try:
        return msgspec.convert(hits[0]["_source"]["observed_at"], datetime) if hits else None
    except (KeyError, msgspec.ValidationError):
        return None
