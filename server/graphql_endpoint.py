"""GraphQL over HTTP: from a request's bytes to an answer's, by the shortest way there is."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from graphql import OperationType
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.errors import OdooError
from cache.policy import Policy
from cache.responses import Computed, ResponseCache, Served, Source
from identity.bearer_errors import TokenError
from resolvers.audience import Audience, Audiences
from server.answers import INTERNAL, refusal, refused_document, told
from server.at_once import AtOnce
from server.bodies import BodyError, read_body
from server.callers import Caller, Callers, Headers
from server.execution import Execution
from server.graphql_request import RequestError, check_media_type, from_body, from_query_string
from server.limits import LimitExceededError
from server.metrics import Metrics
from server.operations import Operation, Operations, RefusedError
from server.replies import Replies
from server.request_ids import RequestIds, current_request_id

log = structlog.get_logger(__name__)

#: Of so many requests it is remembered what they ask for.
_REMEMBERED: Final = 10_000
_ROUTE: Final = "graphql"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the bytes of a request ask for, as far as it takes to find the answer."""

    digest: str
    policy: Policy

    def key(self, release: str, audience: Audience) -> str:
        """Under which the answer for this audience is kept."""
        return f"answer:{release}:{self.digest}:{audience.key(self.policy.scope)}"


class GraphQLEndpoint:
    """An ASGI application that answers GraphQL requests: POST with JSON, and GET for queries.

    A request whose bytes were seen before, and whose answer is kept, is answered without parsing, validating,
    executing or encoding anything; ``at_once`` is told of it, to answer the next like it by an even shorter way.
    ``release``: answers of another one are not taken for ours.
    """

    def __init__(
        self,
        *,
        operations: Operations,
        execution: Execution,
        responses: ResponseCache,
        audiences: Audiences,
        callers: Callers,
        replies: Replies,
        at_once: AtOnce,
        metrics: Metrics,
        release: str,
        max_body_bytes: int,
        body_seconds: float,
    ) -> None:
        self._operations = operations
        self._execution = execution
        self._responses = responses
        self._audiences = audiences
        self._callers = callers
        self._replies = replies
        self._metrics = metrics
        self._release = release
        self.at_once = at_once
        self._max_body_bytes = max_body_bytes
        self._body_seconds = body_seconds
        self._plans: OrderedDict[bytes, _Plan] = OrderedDict()

    async def close(self) -> None:
        """End what runs behind the callers' backs."""
        await self._responses.close()
        await self._replies.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 500
        try:
            status = await self._respond(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # none of them is hidden
            answer = _told(error)
            status = answer.status_code
            await answer(scope, receive, send)
        finally:
            self._metrics.answered(_ROUTE, status, time.perf_counter() - started)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> int:
        """The status of the answer that was sent. Raises what `_told` explains."""
        method, headers = scope["method"], dict(scope["headers"])
        if method == "POST":
            check_media_type(headers.get(b"content-type", b"").decode("latin-1"))
            raw = await read_body(scope, receive, limit=self._max_body_bytes, seconds=self._body_seconds)
        else:
            raw = scope["query_string"]
        seen = hashlib.blake2b(raw, digest_size=16, person=method.encode()).digest()
        plan = self._plans.get(seen)
        if plan is not None:
            return await self._answer(plan, headers, raw, method, send)
        operation = await self._operation(raw, method)
        plan = _Plan(operation.digest, operation.policy)
        if plan.policy.keeps:
            self._remember(seen, plan)
        if operation.type is OperationType.MUTATION:
            return await self._change(operation, scope, headers, send)
        return await self._answer(plan, headers, raw, method, send, operation)

    async def _change(self, operation: Operation, scope: Scope, headers: Headers, send: Send) -> int:
        """Execute a mutation; its answer tells the browser which session it is in."""
        caller = await self._callers.of_change(headers, scope)
        computed = await self._execution.compute(operation, caller)
        served = Served(computed.status, computed.body, Source.MISS)
        reply = await self._replies.of(served, operation.policy, "POST", headers, cookies=caller.cookies or ())
        return await reply.send(send)

    async def _answer(
        self, plan: _Plan, headers: Headers, raw: bytes, method: str, send: Send, operation: Operation | None = None
    ) -> int:
        """Send the answer, kept or made; what the request asks for is only read if it has to be made."""
        caller = await self._callers.of(headers)

        async def compute() -> Computed:
            return await self._execution.compute(operation or await self._operation(raw, method), caller)

        audience = await self._audience(caller) if plan.policy.keeps else None
        if audience is None:
            computed = await compute()
            served = Served(computed.status, computed.body, Source.MISS)
            return await (await self._replies.of(served, plan.policy, method, headers)).send(send)
        key = plan.key(self._release, audience)
        served = await self._responses.serve(key, plan.policy, compute, expected=operation is None)
        reply = await self._replies.of(served, plan.policy, method, headers)
        if method == "POST" and served.source is Source.HIT and served.entry is not None:
            self.at_once.remember(raw, headers, key, served.entry, reply)
        return await reply.send(send)

    async def _operation(self, raw: bytes, method: str) -> Operation:
        """What a request asks for. Raises as `Operations.of` does."""
        return await self._operations.of(from_body(raw) if method == "POST" else from_query_string(raw), method)

    async def _audience(self, caller: Caller) -> Audience | None:
        """None while the shop is unknown: the resolvers say what is wrong."""
        known = self._audiences.known(caller.host, caller.accept_language, caller.identity)
        if known is not None:
            return known
        try:
            return await self._audiences.of(caller.host, caller.accept_language, caller.identity)
        except OdooError:
            return None

    def _remember(self, seen: bytes, plan: _Plan) -> None:
        self._plans[seen] = plan
        if len(self._plans) > _REMEMBERED:
            self._plans.popitem(last=False)


class PostsFirst:
    """ASGI middleware: requests posted to one of the paths go to the endpoint, past the router."""

    def __init__(self, app: ASGIApp, endpoint: GraphQLEndpoint, paths: Iterable[str]) -> None:
        self._app = app
        self._at_once = endpoint.at_once
        self._endpoint = RequestIds(endpoint)
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        body = await self._at_once.answer(scope, receive, send)
        if body is not None:
            await self._endpoint(scope, body, send)


def _told(error: Exception) -> Response:
    """The answer to what is no request, or went wrong; what is unexpected is logged, and told as nothing more."""
    match error:
        case BodyError():  # not read to its end
            return refusal(error.status, error.code, str(error), {"Connection": "close"})
        case RequestError():
            headers = {"Allow": "GET, POST"} if error.status == 405 else {}
            return refusal(error.status, error.code, str(error), {**headers, "Cache-Control": "no-store"})
        case TokenError():
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if error.status == 401 else {}
            return refusal(error.status, error.code, str(error), {**challenge, "Cache-Control": "no-store"})
        case RefusedError():
            return refused_document([told(one, error.code) for one in error.errors])
        case LimitExceededError():
            return refused_document([told(error)])
    log.error("request.failed", route=_ROUTE, exc_info=error)
    return refusal(500, INTERNAL, "An unexpected error occurred.", requestId=current_request_id())
