"""Answers leave in one piece: uvicorn writes their head and then their body, which is two system calls for each answer,
and has a client woken twice.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: the head of no answer: the client is to go on with its request, and waits for being told so
_CONTINUE: Final = b"HTTP/1.1 100 "


class _Joining(asyncio.Transport):
    """A transport that keeps the head of an answer until the first piece of its body, or its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""
        self._begun = False

    def write(self, data: Any) -> None:
        if self._begun:
            self._transport.write(data)
        elif self._head:
            head, self._head, self._begun = self._head, b"", True
            self._transport.writelines((head, data) if data else (head,))
        elif data.startswith(_CONTINUE):
            self._transport.write(data)
        else:
            self._head = data

    def end(self) -> None:
        """The answer is complete: what comes next is the head of another one."""
        self._flush()
        self._begun = False

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    # -- the rest is as it was ------------------------------------------------------------------------------------

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def abort(self) -> None:
        self._transport.abort()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, and an answer that is ready leaves by one system call."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._joining = _Joining(transport)
        super().connection_made(self._joining)

    def on_response_complete(self) -> None:
        """An answer has been written."""
        self._joining.end()
        super().on_response_complete()
