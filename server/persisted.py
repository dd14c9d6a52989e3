"""Documents that clients name instead of sending them: automatic persisted queries, and those that are trusted."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from cache.store import Store
from server.graphql_request import GraphQLRequest, RequestError
from server.trusted import TrustedDocuments, sha256

#: What one client has registered is known to all processes for so many seconds.
KEPT_FOR: Final = 86_400.0
#: Longer texts are not kept, and of the others so many in the process.
MAX_TEXT: Final = 16_384
_IN_PROCESS: Final = 1_000


class PersistedQueries:
    """Finds the text of a request's document.

    Apollo's protocol of automatic persisted queries: the client names a document by its SHA-256; when it is not known
    here, the client is told so with the status and code that this protocol has, sends the text beside the hash, and
    the text is kept once it has proved to be valid. With ``trusted`` documents only these are taken, by hash or text.
    """

    def __init__(self, store: Store, trusted: TrustedDocuments | None = None) -> None:
        self._store = store
        self._trusted = trusted
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def text_of(self, asked: GraphQLRequest) -> str:
        """Raises RequestError when there is no such document, or it may not be used."""
        named, text = asked.document_hash, asked.query
        if text and named and sha256(text) != named:
            raise RequestError(400, "PERSISTED_QUERY_HASH_MISMATCH", "The hash is not that of the query.")
        if self._trusted is not None:
            return _trusted_text(self._trusted, named, text)
        if text:
            return text
        return await self._registered(named or "")

    async def register(self, asked: GraphQLRequest) -> None:
        """Keep the text of a valid document that was sent with its hash."""
        named, text = asked.document_hash, asked.query
        if not named or not text or self._trusted is not None or len(text) > MAX_TEXT or named in self._texts:
            return
        self._remember(named, text)
        await self._store.write(_key(named), text.encode(), KEPT_FOR)

    async def _registered(self, named: str) -> str:
        text = self._texts.get(named)
        if text is not None:
            self._texts.move_to_end(named)
            return text
        kept = await self._store.read(_key(named)) if len(named) == 64 and named.isalnum() else None
        text = kept.decode(errors="replace") if kept else ""
        if sha256(text) != named:  # not kept, or not as it was
            raise RequestError(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        self._remember(named, text)
        return text

    def _remember(self, named: str, text: str) -> None:
        self._texts[named] = text
        if len(self._texts) > _IN_PROCESS:
            self._texts.popitem(last=False)


def _trusted_text(trusted: TrustedDocuments, named: str | None, text: str | None) -> str:
    known = trusted.named(named) if named else trusted.like(text or "")
    if known is not None:
        return known
    if text:
        raise RequestError(403, "QUERY_NOT_IN_SAFELIST", "Only registered documents are answered here.")
    raise RequestError(404, "PERSISTED_QUERY_NOT_IN_LIST", "There is no registered document of this hash.")


def _key(named: str) -> str:
    return f"document:{named}"
