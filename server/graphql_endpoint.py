"""GraphQL over HTTP: from a request's bytes to an answer's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from resolvers.context import RequestContext, Services
from server.answers import refusal, status_of, told, told_all
from server.documents import Documents
from server.limits import LimitExceededError, Limits, check_limits
from server.request_ids import current_request_id

MEDIA_TYPES = frozenset({"application/json", "application/graphql-response+json"})


class GraphQLRequest(msgspec.Struct):
    """The body of a request, as GraphQL over HTTP has it."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815
    extensions: dict[str, Any] | None = None


class RequestError(Exception):
    """A request that is no GraphQL request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


#: a body that is too large or too slow is not read to its end, so the connection cannot be used again
_HEADERS = {405: {"Allow": "GET, POST"}, 408: {"Connection": "close"}, 413: {"Connection": "close"}}

_decode = msgspec.json.Decoder(GraphQLRequest).decode


class GraphQLEndpoint:
    """Answers GraphQL requests: POST with JSON, and GET for queries."""

    def __init__(
        self,
        schema: GraphQLSchema,
        services: Services,
        *,
        documents: Documents,
        limits: Limits,
        max_body_bytes: int,
        timeout: float,
    ) -> None:
        self._schema = schema
        self._services = services
        self._documents = documents
        self._limits = limits
        self._max_body_bytes = max_body_bytes
        self._timeout = timeout

    async def __call__(self, request: Request) -> Response:
        try:
            asked = await self._read(request)
            status, answer = await self.answer(asked, request)
        except RequestError as error:
            return refusal(error.status, error.code, str(error), _HEADERS.get(error.status))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        return Response(msgspec.json.encode(answer), status_code=status, media_type="application/json")

    async def answer(self, asked: GraphQLRequest, request: Request) -> tuple[int, dict[str, Any]]:
        """(HTTP status, answer) of a request."""
        document = self._documents.get(asked.query or "")
        if document.node is None or document.errors:
            return 400, {"errors": [told(error, document.code) for error in document.errors]}
        operation = get_operation_ast(document.node, asked.operationName)
        if operation is None:
            raise RequestError(400, "OPERATION_RESOLUTION_FAILURE", "The document has no such operation, or several.")
        if request.method != "POST" and operation.operation is not OperationType.QUERY:
            raise RequestError(405, "METHOD_NOT_ALLOWED", "Only queries may be sent by GET.")
        try:
            check_limits(self._schema, document.node, operation, asked.variables, self._limits)
        except LimitExceededError as error:
            return 400, {"errors": [told(error)]}
        result = await self._execute(document.node, asked, request)
        return self._answered(result, operation)

    async def _execute(self, document: Any, asked: GraphQLRequest, request: Request) -> ExecutionResult:
        context = RequestContext(
            services=self._services,
            host=request.headers.get("resquest-host") or request.headers.get("host"),
            accept_language=request.headers.get("accept-language"),
            request_id=current_request_id(),
        )
        try:
            async with asyncio.timeout(self._timeout):
                result = execute(
                    self._schema,
                    document,
                    context_value=context,
                    variable_values=asked.variables,
                    operation_name=asked.operationName,
                )
                return result if isinstance(result, ExecutionResult) else await result
        except TimeoutError as error:
            return ExecutionResult(None, [GraphQLError("timeout", original_error=error)])

    def _answered(self, result: ExecutionResult, operation: OperationDefinitionNode) -> tuple[int, dict[str, Any]]:
        if not result.errors:
            return 200, {"data": result.data}
        errors = told_all(result.errors, current_request_id())
        return status_of(errors, operation.operation), {"errors": errors, "data": result.data}

    async def _read(self, request: Request) -> GraphQLRequest:
        """Raises RequestError for what is no GraphQL request."""
        if request.method != "POST":
            return self._read_query(request.query_params)
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise RequestError(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json.")
        body = await self._body(request)
        try:
            asked = _decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            message = "The body is no GraphQL request: a JSON object with a text `query`."
            raise RequestError(400, "BAD_REQUEST", message) from error
        return self._checked(asked)

    def _read_query(self, parameters: Mapping[str, str]) -> GraphQLRequest:
        variables: Any = None
        if text := parameters.get("variables"):
            try:
                variables = msgspec.json.decode(text, type=dict[str, Any] | None)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise RequestError(400, "BAD_REQUEST", "`variables` is no JSON object.") from error
        return self._checked(GraphQLRequest(parameters.get("query"), variables, parameters.get("operationName")))

    @staticmethod
    def _checked(asked: GraphQLRequest) -> GraphQLRequest:
        if not asked.query or not asked.query.strip():
            raise RequestError(400, "BAD_REQUEST", "The request has no `query`.")
        asked.operationName = asked.operationName or None  # some clients send an empty one
        return asked

    async def _body(self, request: Request) -> bytes:
        """The body, as long as it is not too large: it is not read further than that."""
        length = request.headers.get("content-length", "")
        too_large = RequestError(413, "PAYLOAD_TOO_LARGE", f"A request may have at most {self._max_body_bytes} bytes.")
        if length.isascii() and length.isdigit() and int(length) > self._max_body_bytes:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._timeout):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._max_body_bytes:
                        raise too_large
        except TimeoutError as error:
            raise RequestError(408, "REQUEST_TIMEOUT", "The request took too long to arrive.") from error
        return bytes(body)
