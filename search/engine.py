"""The engine: OpenSearch over HTTP, with its errors as a small family, and bulks that wait when it is busy."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
import structlog
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import ConnectionError as TransportConnectionError
from opensearchpy.exceptions import NotFoundError, OpenSearchException, SerializationError, TransportError
from opensearchpy.serializer import JSONSerializer

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: bytes of one bulk; engines refuse requests over 100 MiB, and keep what they work on in memory
_BULK_BYTES: Final = 8 * 1024 * 1024
#: seconds between two tries of a bulk
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_TRIES: Final = 8
#: too busy, or on its way down or up
_BUSY: Final = frozenset({429, 502, 503, 504})
_FOUND_NOT: Final = 404
_CONFLICT: Final = 409


class EngineError(Exception):
    """The engine did not do what it was asked."""


class EngineUnavailableError(EngineError):
    """It cannot be reached, or is too busy."""


class EngineRefusedError(EngineError):
    """It refuses, whenever it is asked. ``status``: of HTTP."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Operation:
    """One of a bulk: a whole document, a part of one, or its end."""

    action: Literal["index", "update", "delete"]
    index: str
    id: int
    body: Mapping[str, Any] | None = None


@dataclass(slots=True)
class BulkOutcome:
    """``missing``: updates of documents that are not there, as (index, id). ``unchanged``: updates to what was so."""

    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    missing: list[tuple[str, int]] = field(default_factory=list)

    def add(self, other: BulkOutcome) -> None:
        self.written += other.written
        self.unchanged += other.unchanged
        self.deleted += other.deleted
        self.missing += other.missing


@dataclass(frozen=True, slots=True)
class _Line:
    operation: Operation
    encoded: bytes


class Engine:
    """What the index asks of OpenSearch. Raises EngineUnavailableError and EngineRefusedError, and nothing else."""

    def __init__(self, client: AsyncOpenSearch, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.client = client
        self._sleep = sleep

    async def close(self) -> None:
        await self.client.close()

    # -- documents --------------------------------------------------------------------------------------------

    async def bulk(self, operations: Iterable[Operation]) -> BulkOutcome:
        """Do them all. Waits and tries again while the engine is busy; a document that it refuses ends it."""
        outcome, lines, size = BulkOutcome(), list[_Line](), 0
        for operation in operations:
            line = _Line(operation, _encoded(operation))
            if lines and size + len(line.encoded) > _BULK_BYTES:
                outcome.add(await self._bulk(lines))
                lines, size = [], 0
            lines.append(line)
            size += len(line.encoded)
        if lines:
            outcome.add(await self._bulk(lines))
        return outcome

    async def _bulk(self, lines: list[_Line]) -> BulkOutcome:
        outcome, pause = BulkOutcome(), _FIRST_PAUSE
        for attempt in range(1, _TRIES + 1):
            try:
                answer = await self._sent(b"".join(line.encoded for line in lines))
            except EngineUnavailableError as error:
                reason = str(error)
            else:
                lines = [
                    line for line, item in zip(lines, answer["items"], strict=True) if _is_left(line, item, outcome)
                ]
                if not lines:
                    return outcome
                reason = f"{len(lines)} documents were put off"
            if attempt < _TRIES:
                log.warning("index.bulk_waits", reason=reason, attempt=attempt, seconds=round(pause, 1))
                await self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, no secret
                pause = min(pause * 2, _LONGEST_PAUSE)
        raise EngineUnavailableError(f"the engine stays busy: {reason}")

    async def _sent(self, body: bytes) -> dict[str, Any]:
        async with translated():
            answer: dict[str, Any] = await self.client.bulk(body=body)
            return answer

    async def search(self, index: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        """``index``: None where the body has a point in time."""
        async with translated():
            answer: dict[str, Any] = await self.client.search(index=index, body=dict(body))
            return answer

    async def documents(
        self, index: str, ids: Sequence[int], source: Sequence[str] | bool = True
    ) -> dict[int, dict[str, Any]]:
        """Those of the documents that are there, by id."""
        if not ids:
            return {}
        async with translated():
            wanted = [{"_id": str(one), "_source": source} for one in ids]
            answer = await self.client.mget(body={"docs": wanted}, index=index)
        return {int(found["_id"]): found["_source"] for found in answer["docs"] if found.get("found")}

    async def searched(self, index: str, ids: Sequence[int], source: Sequence[str]) -> dict[int, dict[str, Any]]:
        """As `documents`, as of the last refresh: for parts of many large documents some times cheaper to the engine,
        which then makes once what picks the parts."""
        query = {"ids": {"values": [str(one) for one in ids]}}
        body = {"query": query, "size": len(ids), "_source": list(source), "sort": ["_doc"], "track_total_hits": False}
        return {int(hit["_id"]): hit["_source"] for hit in (await self.search(index, body))["hits"]["hits"]}

    async def scan(
        self, index: str, query: Mapping[str, Any], source: Sequence[str] | bool, *, size: int = 1_000
    ) -> AsyncIterator[dict[str, Any]]:
        """The hits of all matches, ascending by id."""
        after: list[Any] | None = None
        while True:
            body: dict[str, Any] = {"query": query, "_source": source, "size": size, "sort": [{"id": "asc"}]}
            if after is not None:
                body["search_after"] = after
            hits = (await self.search(index, body))["hits"]["hits"]
            for hit in hits:
                yield hit
            if len(hits) < size:
                return
            after = hits[-1]["sort"]

    async def count(self, index: str) -> int:
        async with translated():
            answer = await self.client.count(index=index)
            return int(answer["count"])

    # -- indexes ----------------------------------------------------------------------------------------------

    async def create(self, index: str, body: Mapping[str, Any]) -> None:
        async with translated():
            await self.client.indices.create(index=index, body=dict(body))

    async def exists(self, index: str) -> bool:
        async with translated():
            return bool(await self.client.indices.exists(index=index))

    async def delete(self, index: str) -> None:
        async with translated():
            await self.client.indices.delete(index=index)

    async def refresh(self, index: str) -> None:
        async with translated():
            await self.client.indices.refresh(index=index)

    async def merge(self, index: str, *, seconds: float) -> None:
        """Make one segment of those that writing left: each costs every search some time.

        An index that takes longer than so many seconds is merged on without being waited for.
        """
        with suppress(EngineUnavailableError):
            async with translated():
                options = {"max_num_segments": 1, "request_timeout": seconds}
                await self.client.indices.forcemerge(index=index, params=options)

    async def settings(self, index: str, settings: Mapping[str, Any]) -> None:
        async with translated():
            await self.client.indices.put_settings(index=index, body={"index": dict(settings)})

    async def put_mapping(self, index: str, mapping: Mapping[str, Any]) -> None:
        """Add fields, or replace the metadata."""
        async with translated():
            await self.client.indices.put_mapping(index=index, body=dict(mapping))

    async def mappings(self, pattern: str) -> dict[str, dict[str, Any]]:
        """The mappings of the indexes (and of those behind aliases) whose names match, by index: none without any."""
        try:
            async with translated():
                answer = await self.client.indices.get_mapping(index=pattern)
        except EngineRefusedError as error:
            if error.status == _FOUND_NOT:
                return {}
            raise
        return {name: found["mappings"] for name, found in answer.items()}

    async def aliases(self, pattern: str) -> dict[str, list[str]]:
        """Index names by alias."""
        try:
            async with translated():
                answer = await self.client.indices.get_alias(name=pattern)
        except EngineRefusedError as error:
            if error.status == _FOUND_NOT:
                return {}
            raise
        found: dict[str, list[str]] = {}
        for index, entry in sorted(answer.items()):
            for alias in entry["aliases"]:
                found.setdefault(alias, []).append(index)
        return found

    async def move_aliases(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """All at once."""
        async with translated():
            await self.client.indices.update_aliases(body={"actions": list(actions)})

    # -- single documents that are no products ----------------------------------------------------------------

    async def kept(self, index: str, key: str) -> tuple[dict[str, Any], tuple[int, int]] | None:
        """A document and its place in the order of writes; None if it is not there."""
        try:
            async with translated():
                answer = await self.client.get(index=index, id=key)
        except EngineRefusedError as error:
            if error.status == _FOUND_NOT:
                return None
            raise
        return answer["_source"], (answer["_seq_no"], answer["_primary_term"])

    async def keep(
        self, index: str, key: str, body: Mapping[str, Any], *, after: tuple[int, int] | None = None
    ) -> bool:
        """Write a document. ``after``: only if it is as it was read at that place; False if it is not."""
        params: dict[str, Any] = {"refresh": "true"}
        if after is not None:
            params |= {"if_seq_no": after[0], "if_primary_term": after[1]}
        try:
            async with translated():
                await self.client.index(index=index, id=key, body=dict(body), params=params)
        except EngineRefusedError as error:
            if error.status == _CONFLICT:
                return False
            raise
        return True


_encoder = msgspec.json.Encoder(decimal_format="number")


class _Json(JSONSerializer):
    """JSON some times quicker: answers are megabytes when records are read, searches thousands of characters."""

    def dumps(self, data: Any) -> Any:
        if isinstance(data, (str, bytes)):
            return data
        try:
            return _encoder.encode(data).decode()
        except (TypeError, msgspec.MsgspecError) as error:
            raise SerializationError(data, error) from error

    def loads(self, s: str) -> Any:
        try:
            return msgspec.json.decode(s)
        except msgspec.DecodeError as error:
            raise SerializationError(s, error) from error


def open_engine(
    url: str,
    *,
    user: str | None = None,
    password: str | None = None,
    ca_file: Path | None = None,
    timeout: float = 30.0,
) -> Engine:
    """An engine at an address. ``ca_file``: who has to have signed its certificate, if not a known authority."""
    context = None
    if url.startswith("https:"):
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
    client = AsyncOpenSearch(
        hosts=[url],
        http_auth=(user, password or "") if user else None,
        ssl_context=context,
        http_compress=not url.startswith(("http://127.", "https://127.", "http://localhost", "https://localhost")),
        timeout=timeout,
        max_retries=0,
        serializer=_Json(),
    )
    return Engine(client)


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """The client's errors become ours."""
    try:
        yield
    except NotFoundError as error:
        raise EngineRefusedError(str(error.error), _FOUND_NOT) from error
    except TransportConnectionError as error:
        raise EngineUnavailableError(str(error.error)) from error
    except TransportError as error:
        status = error.status_code if isinstance(error.status_code, int) else 0
        if status in _BUSY:
            raise EngineUnavailableError(f"status {status}") from error
        raise EngineRefusedError(f"{error.error}: {_reason(error.info)}", status) from error
    except (OpenSearchException, OSError, TimeoutError) as error:
        raise EngineUnavailableError(str(error)) from error


def _encoded(operation: Operation) -> bytes:
    head = msgspec.json.encode({operation.action: {"_index": operation.index, "_id": str(operation.id)}})
    if operation.body is None:
        return head + b"\n"
    body = {"doc": operation.body} if operation.action == "update" else operation.body
    return b"".join((head, b"\n", msgspec.json.encode(body), b"\n"))


def _is_left(line: _Line, item: Mapping[str, Any], outcome: BulkOutcome) -> bool:
    """Has it to be tried again? Counts it otherwise. Raises EngineRefusedError for what never works."""
    operation, answer = line.operation, item[line.operation.action]
    status = int(answer["status"])
    if status in _BUSY or status == _CONFLICT:
        return True
    if status == _FOUND_NOT and operation.action != "index":
        if operation.action == "update":
            outcome.missing.append((operation.index, operation.id))
        return False
    if "error" in answer:
        reason = _reason({"error": answer["error"]})
        raise EngineRefusedError(f"document {operation.id} of {operation.index}: {reason}", status)
    if operation.action == "delete":
        outcome.deleted += 1
    elif answer.get("result") == "noop":
        outcome.unchanged += 1
    else:
        outcome.written += 1
    return False


def _reason(info: Any) -> str:
    """What the engine says of an error, with what caused it."""
    error = info.get("error") if isinstance(info, Mapping) else None
    reasons: list[str] = []
    while isinstance(error, Mapping):
        reasons.append(str(error.get("reason", error.get("type", ""))))
        error = error.get("caused_by")
    return ": ".join(reasons) or str(info)[:500]
