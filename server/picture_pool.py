"""Processes that make pictures, so that neither the event loop nor the application's memory hangs on what they are."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from server.picture_gate import Gate, PicturesBusyError
from server.picture_jobs import LENGTHS, BadPictureError, Done, Facts, Job, framed

#: seconds of a processor for one picture: one of the most pixels takes two or three
CPU_SECONDS: Final = 8.0
#: a process does so many jobs: the memory of decoders only grows
_JOBS: Final = 1000
#: a job whose process ended is given to another once: it may have been ended by somebody else
_TRIES: Final = 2
_ROOT: Final = str(Path(__file__).parents[1])
_done = msgspec.msgpack.Decoder(Done)

Load = Callable[[], Awaitable[bytes]]


class PicturePool:
    """Up to ``workers`` processes, each started when it is first needed; up to ``waiting`` jobs wait for them.

    ``cpu``: seconds of processor time for one job; what takes more is a bad picture.
    """

    def __init__(self, *, workers: int = 2, waiting: int = 256, cpu: float = CPU_SECONDS) -> None:
        self._gate = Gate(workers, waiting=waiting)
        self._cpu = cpu
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def inspect(self, content: bytes) -> Facts:
        """What the bytes are a picture of. Raises BadPictureError, PicturesBusyError."""
        async with self._gate:
            done, _ = await self._do(Job(cpu=self._cpu), content)
        assert done.facts is not None  # noqa: S101  # it says either this or what is wrong
        return done.facts

    async def make(self, load: Load, side: int, media: str) -> bytes:
        """A picture of what ``load`` gives, as `server.picture_making.make` makes it.

        It is loaded when it is its turn, so what waits takes no memory. Raises BadPictureError, PicturesBusyError, and
        what ``load`` raises.
        """
        async with self._gate:
            _, made = await self._do(Job(cpu=self._cpu, side=side, media=media), await load())
        return made

    async def close(self) -> None:
        """End all processes, whatever they do."""
        await asyncio.gather(*(worker.end() for worker in list(self._all)))

    async def _do(self, job: Job, content: bytes) -> tuple[Done, bytes]:
        ended = 0
        for _ in range(_TRIES):
            async with self._worker() as worker:
                answer = await worker.do(job, content)
                if answer is not None:
                    done, made = answer
                    if done.problem:
                        raise BadPictureError(done.problem)
                    return done, made
                ended = await worker.process.wait()
            if ended == -signal.SIGPROF:
                break
        why = "it takes too long" if ended == -signal.SIGPROF else f"its decoder ended with status {ended}"
        raise BadPictureError(why)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """One that is idle, and is again afterwards if nothing is left to be said between us."""
        worker = self._idle.pop() if self._idle else await self._started()
        try:
            yield worker
        finally:
            if worker.usable:
                self._idle.append(worker)
            else:
                self._all.discard(worker)
                await worker.end()

    async def _started(self) -> _Worker:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "server.picture_worker",
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(),
            )  # fmt: skip
        except OSError as error:  # no process, no memory
            raise PicturesBusyError(str(error)) from error
        worker = _Worker(process)
        self._all.add(worker)
        return worker


class _Worker:
    """One process, which does one job at a time."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._jobs = 0
        self._working = False

    @property
    def usable(self) -> bool:
        return not self._working and self._jobs < _JOBS and self.process.returncode is None

    async def do(self, job: Job, content: bytes) -> tuple[Done, bytes] | None:
        """Its answer; None when the process ended instead."""
        into, out = self.process.stdin, self.process.stdout
        assert into is not None  # noqa: S101  # it was started so
        assert out is not None  # noqa: S101
        self._jobs += 1
        self._working = True
        try:
            into.write(framed(job, content))
            into.write(content)
            await into.drain()
            head, body = LENGTHS.unpack(await out.readexactly(LENGTHS.size))
            done, made = _done.decode(await out.readexactly(head)), await out.readexactly(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self._working = False
        return done, made

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()  # reads to the end, so that its pipes are closed


def _environment() -> dict[str, str]:
    """No secret of the application is told to who decodes what others made."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
