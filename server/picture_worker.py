"""A process that makes pictures for the application: ``python -m server.picture_worker``.

It reads messages (`server.picture_jobs`) from standard input, answers on standard output, and ends when its input does.
What a picture can do to it: take its memory, its time, or its life. The first two are bounded here; none of them is
anybody else's.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import BinaryIO, Final

import msgspec

from server.picture_jobs import LENGTHS, BadPictureError, Done, Job, framed
from server.picture_making import inspect, make

#: bytes of memory, with what the program itself takes: a picture of the most pixels needs half of them
MOST_MEMORY: Final = 1024 * 1024 * 1024
#: pages come first
_NICENESS: Final = 10


def main() -> None:
    _restrain()
    into, out = sys.stdin.buffer, sys.stdout.buffer
    job = msgspec.msgpack.Decoder(Job)
    while lengths := into.read(LENGTHS.size):
        head, content = LENGTHS.unpack(lengths)
        asked = job.decode(into.read(head))
        _allow(asked.cpu)
        _answer(out, *_done(asked, into.read(content)))
        _allow(0)


def _done(job: Job, content: bytes) -> tuple[Done, bytes]:
    try:
        if job.side is None:
            return Done(facts=inspect(content)), b""
        return Done(), make(content, job.side, job.media)
    except BadPictureError as error:
        return Done(problem=str(error)), b""


def _answer(out: BinaryIO, done: Done, content: bytes) -> None:
    out.write(framed(done, content))
    out.write(content)
    out.flush()


def _restrain() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a whole terminal: the application ends us
    if sys.platform == "win32":
        return
    import resource

    os.nice(_NICENESS)
    limits = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_AS, MOST_MEMORY))
    for which, most in limits:
        try:
            resource.setrlimit(which, (most, most))
        except (ValueError, OSError):  # macOS does not bound memory
            continue


def _allow(seconds: float) -> None:
    """From now on so much time of the processor, then the end by a signal; 0: as much as it takes."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    main()
