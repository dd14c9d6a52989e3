"""Executing an operation: from its resolvers' results to the bytes of an answer, and what they depend on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import structlog
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    get_operation_ast,
)

from adapters.errors import OdooError
from cache.responses import Computed
from resolvers.cart_contacts import CartContacts
from resolvers.context import RequestContext, Services
from resolvers.execution import planned_executor
from resolvers.usage import refused_uses
from resolvers.visibility import Onlookers, Sight
from server.answers import AWAY, status_of, told_all
from server.callers import Caller
from server.operations import Operation
from server.request_ids import current_request_id
from server.signing_in import ShopSignIns

log = structlog.get_logger(__name__)

_encode: Final = msgspec.json.Encoder().encode


class Execution:
    """Executes operations, each by the schema of the rights of who asks.

    ``timeout``: seconds for one. ``sign_ins``: None: nobody can sign in, as in tests.
    """

    def __init__(
        self, schema: GraphQLSchema, services: Services, *, timeout: float, sign_ins: ShopSignIns | None = None
    ) -> None:
        self._onlookers = Onlookers(schema, services)
        self._executor = planned_executor()
        self._services = services
        self._timeout = timeout
        self._sign_ins = sign_ins

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
            session_id=caller.session_id,
            client_address=caller.address,
            has_token=caller.has_token,
            cookies=[] if caller.cookies is None else caller.cookies,
            signing_in=self._sign_ins,
            kept=operation.policy.keeps,
        )
        context.checkout = CartContacts(context.carts)
        result = await self._execute(operation, context)
        if operation.type is OperationType.MUTATION:
            await self._after(operation, caller, context)
        if result.errors:
            errors = told_all(result.errors, current_request_id())
            status = status_of(errors, kept=operation.policy.keeps)
            body = _encode({"errors": errors, "data": result.data})
            return Computed(status, body, keep=False, unavailable=_are_away(errors))
        stale = context.dependencies.stale
        extensions = ({"stale": True} if stale else {}) | ({"search": "FALLBACK"} if context.search_fell_back else {})
        answer = {"extensions": extensions, "data": result.data} if extensions else {"data": result.data}
        return Computed(
            status=200,
            body=_encode(answer),
            keep=context.dependencies.keepable,
            stale=stale,
            tags=context.dependencies.tags,
            fresh_until=context.dependencies.fresh_until,
            lasts=self._seconds_until_it_changes(context),
        )

    async def _after(self, operation: Operation, caller: Caller, context: RequestContext) -> None:
        """A mutation is over: its answer sets the session's cookie, and what staff did for customers is logged."""
        if self._sign_ins is not None and not caller.has_token:
            await self._sign_ins.settle(context)
        for actor, customer in {(one.acted_by, one.name) for one in (caller.identity, context.identity)}:
            if actor is not None:
                log.info("changed_for_customer", staff=actor.name, customer=customer, fields=_root_fields(operation))

    async def _execute(self, operation: Operation, context: RequestContext) -> ExecutionResult:
        try:
            async with asyncio.timeout(self._timeout):
                sight = await self._onlookers.sight(context.host, context.identity)
                if refused := _refused(operation, sight):
                    return ExecutionResult(None, refused)
                result = execute(
                    sight.schema,
                    operation.document,
                    context_value=context,
                    variable_values=operation.variables,
                    operation_name=operation.name,
                    executor_class=self._executor,
                )
                return result if isinstance(result, ExecutionResult) else await result
        except TimeoutError as error:
            return ExecutionResult(None, [GraphQLError("timeout", original_error=error)])
        except OdooError as error:  # nobody knows what they may see
            return ExecutionResult(None, [GraphQLError("shop unknown", original_error=error)])

    def _seconds_until_it_changes(self, context: RequestContext) -> float | None:
        moment = context.dependencies.valid_until
        return None if moment is None else (moment - self._services.clock()).total_seconds()


def _refused(operation: Operation, sight: Sight) -> list[GraphQLError]:
    """What they use and may not."""
    node = get_operation_ast(operation.document, operation.name) if sight.refused else None
    if node is None:
        return []
    return [*refused_uses(sight.schema, operation.document, node, operation.variables, sight.refused)]


def _root_fields(operation: Operation) -> list[str]:
    """What is asked for, by the schema's names."""
    node = get_operation_ast(operation.document, operation.name)
    selections = node.selection_set.selections if node is not None else ()
    return [one.name.value for one in selections if isinstance(one, FieldNode)]


def _are_away(errors: Iterable[dict[str, Any]]) -> bool:
    """Is the answer broken because Odoo is away?"""
    return any(error["extensions"]["code"] in AWAY for error in errors)
