"""Executing an operation: from its resolvers' results to the bytes of an answer, and what they depend on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from cache.responses import Computed
from resolvers.context import RequestContext, Services
from resolvers.execution import PlannedExecutor
from server.answers import AWAY, status_of, told_all
from server.callers import Caller
from server.operations import Operation
from server.request_ids import current_request_id

_encode: Final = msgspec.json.Encoder().encode


class Execution:
    """Executes operations. ``timeout``: seconds for one."""

    def __init__(self, schema: GraphQLSchema, services: Services, *, timeout: float) -> None:
        self._schema = schema
        self._services = services
        self._timeout = timeout

    async def compute(self, operation: Operation, caller: Caller) -> Computed:
        """The answer, whatever became of it."""
        context = RequestContext(
            services=self._services,
            host=caller.host,
            accept_language=caller.accept_language,
            request_id=current_request_id(),
            identity=caller.identity,
            session=caller.session,
            is_operator=caller.is_operator,
        )
        result = await self._execute(operation, context)
        if result.errors:
            errors = told_all(result.errors, current_request_id())
            status = status_of(errors, kept=operation.policy.keeps)
            body = _encode({"errors": errors, "data": result.data})
            return Computed(status, body, keep=False, unavailable=_are_away(errors))
        stale = context.dependencies.stale
        answer = {"extensions": {"stale": True}, "data": result.data} if stale else {"data": result.data}
        return Computed(
            status=200,
            body=_encode(answer),
            keep=context.dependencies.keepable,
            stale=stale,
            tags=context.dependencies.tags,
            fresh_until=context.dependencies.fresh_until,
            lasts=self._seconds_until_it_changes(context),
        )

    async def _execute(self, operation: Operation, context: RequestContext) -> ExecutionResult:
        try:
            async with asyncio.timeout(self._timeout):
                result = execute(
                    self._schema,
                    operation.document,
                    context_value=context,
                    variable_values=operation.variables,
                    operation_name=operation.name,
                    executor_class=PlannedExecutor,
                )
                return result if isinstance(result, ExecutionResult) else await result
        except TimeoutError as error:
            return ExecutionResult(None, [GraphQLError("timeout", original_error=error)])

    def _seconds_until_it_changes(self, context: RequestContext) -> float | None:
        moment = context.dependencies.valid_until
        return None if moment is None else (moment - self._services.clock()).total_seconds()


def _are_away(errors: Iterable[dict[str, Any]]) -> bool:
    """Is the answer broken because Odoo is away?"""
    return any(error["extensions"]["code"] in AWAY for error in errors)
