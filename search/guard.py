"""Whether the engine answers: what all that ask it know together, so that each absence costs one of them its time.

Once it did not answer nobody waits for it any more, but for who is more patient than whoever waited in vain. It is
looked for in the background, and asked again when it is back.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from adapters.patience import Patience
from search.engine import Engine, EngineError, EngineUnavailableError, translated

T = TypeVar("T")

log = structlog.get_logger(__name__)

#: seconds between two looks whether it is back
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0
_MISSING: Final = 404
_LOOK: Final[Mapping[str, Any]] = {"query": {"match_none": {}}, "size": 0}


class EngineSparedError(EngineUnavailableError):
    """It was not asked, as it did not answer just now."""


@dataclass(slots=True)
class _Absence:
    """``waited``: the most seconds for which an answer was waited for in vain; infinite when it was no slowness."""

    waited: float
    looking: asyncio.Task[None]


class Guard:
    """Refuses at once what an engine that is away would be asked. ``seconds``: that it has to answer a look in.

    What the engine itself refuses does not count as its absence: whoever asked may `note` that it does.
    """

    def __init__(self, engine: Engine, *, seconds: float = 0.8, pause: float = _FIRST_PAUSE) -> None:
        self._engine = engine
        self._seconds = seconds
        self._pause = pause
        #: by index, or None of the whole engine
        self._absences: dict[str | None, _Absence] = {}
        self._closed = False

    def is_away(self, index: str, patience: float) -> bool:
        """Is it known not to answer questions to the index within so many seconds?"""
        return any(one in self._absences and self._absences[one].waited >= patience for one in (None, index))

    async def ask(self, index: str, question: Coroutine[Any, Any, T], *, patience: float, extra: float = 0.0) -> T:
        """The answer. ``patience``: seconds that it has, with ``extra`` ones for an answer that is long.

        Raises EngineError: EngineSparedError without asking.
        """
        if self.is_away(index, patience):
            question.close()
            raise EngineSparedError("the engine did not answer just now")
        try:
            async with Patience(patience + extra):
                return await question
        except TimeoutError:
            error = EngineUnavailableError(f"no answer within {patience + extra:.1f} s")
            self.note(index, str(error), waited=patience)
            raise error from None
        except EngineUnavailableError as error:
            self.note(index, str(error))
            raise

    def note(self, index: str, reason: str, *, waited: float = math.inf, whole: bool = True) -> None:
        """From now on it is not asked, until it is back. ``whole``: the engine is away; else this index alone."""
        what = None if whole else index
        if what in self._absences:
            self._absences[what].waited = max(self._absences[what].waited, waited)
        elif not self._closed:
            log.warning("search.away", index=what, reason=reason)
            looking = asyncio.create_task(self._look_for(what, index), name="look for the index")
            self._absences[what] = _Absence(waited, looking)

    async def close(self) -> None:
        """Look for nothing any more."""
        self._closed = True
        tasks = [absence.looking for absence in self._absences.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_for(self, what: str | None, index: str) -> None:
        pause = self._pause
        while True:
            await asyncio.sleep(pause)
            if await self._is_back(what, index):
                break
            pause = min(pause * 2, _LONGEST_PAUSE)
        del self._absences[what]
        log.info("search.back", index=what)

    async def _is_back(self, what: str | None, index: str) -> bool:
        try:
            async with Patience(self._seconds), translated():
                answers = await self._engine.client.msearch(body=[{"index": index}, _LOOK])
        except (EngineError, TimeoutError):
            return False
        answer: Mapping[str, Any] = answers["responses"][0]
        # an engine that tells that there is no index answers
        return is_whole(answer) or (what is None and answer.get("status") == _MISSING)


def is_whole(answer: Mapping[str, Any]) -> bool:
    """Is it the answer of every part of the index?"""
    return "error" not in answer and not answer.get("timed_out") and not answer.get("_shards", {}).get("failed")
