"""What a client sends: a GraphQL request as GraphQL over HTTP has it, by POST or in the address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

MEDIA_TYPES: Final = frozenset({"application/json", "application/graphql-response+json"})


class PersistedQuery(msgspec.Struct):
    """Apollo's extension of that name."""

    sha256Hash: str = ""  # noqa: N815
    version: int = 1


class Extensions(msgspec.Struct):
    """Those that are known here."""

    persistedQuery: PersistedQuery | None = None  # noqa: N815


class GraphQLRequest(msgspec.Struct):
    """A request. ``documentId``: a document known to both sides, ``sha256:<hex>``, instead of its text."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815
    extensions: Extensions | None = None
    documentId: str | None = None  # noqa: N815

    @property
    def document_hash(self) -> str | None:
        """The SHA-256 (hex) by which the client names the document, if it does."""
        if self.documentId:
            return self.documentId.removeprefix("sha256:").lower()
        persisted = self.extensions.persistedQuery if self.extensions else None
        return (persisted.sha256Hash.lower() or None) if persisted else None


class RequestError(Exception):
    """A request that is no GraphQL request, or none that is taken."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


_decode = msgspec.json.Decoder(GraphQLRequest).decode
_decode_variables = msgspec.json.Decoder(dict[str, Any] | None).decode
_decode_extensions = msgspec.json.Decoder(Extensions | None).decode
_sorted = msgspec.json.Encoder(order="sorted").encode


def check_media_type(content_type: str) -> None:
    """Raises RequestError for what is not JSON: a form or a plain text of another site never gets here."""
    if content_type not in MEDIA_TYPES and content_type.split(";", maxsplit=1)[0].strip().lower() not in MEDIA_TYPES:
        raise RequestError(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json.")


def from_body(body: bytes) -> GraphQLRequest:
    """Raises RequestError."""
    try:
        asked = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = "The body is no GraphQL request: a JSON object with a text `query`."
        raise RequestError(400, "BAD_REQUEST", message) from error
    return _checked(asked)


def from_query_string(query_string: bytes) -> GraphQLRequest:
    """Raises RequestError."""
    try:
        parameters = dict(parse_qsl(query_string.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise RequestError(400, "BAD_REQUEST", "The address has no readable parameters.") from error
    return _checked(
        GraphQLRequest(
            query=parameters.get("query"),
            variables=_parameter(parameters, "variables", _decode_variables),
            operationName=parameters.get("operationName"),
            extensions=_parameter(parameters, "extensions", _decode_extensions),
            documentId=parameters.get("documentId"),
        )
    )


def digest(text: str, asked: GraphQLRequest) -> str:
    """Stands for an operation and its variables, however they were sent."""
    whole = hashlib.blake2b(text.encode(), digest_size=16)
    whole.update(b"\0" + (asked.operationName or "").encode() + b"\0" + _sorted(asked.variables or {}))
    return whole.hexdigest()


def _parameter(parameters: Mapping[str, str], name: str, decode: Any) -> Any:
    text = parameters.get(name)
    if not text:
        return None
    try:
        return decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RequestError(400, "BAD_REQUEST", f"`{name}` is no JSON object as it is expected.") from error


def _checked(asked: GraphQLRequest) -> GraphQLRequest:
    if not (asked.query and asked.query.strip()) and not asked.document_hash:
        raise RequestError(400, "BAD_REQUEST", "The request has no `query`.")
    asked.operationName = asked.operationName or None  # some clients send an empty one
    return asked
