"""From a request to an operation that may be executed: its document found, valid, and within the limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType, get_operation_ast

from cache.policy import Policies, Policy, Scope
from server.documents import Documents
from server.graphql_request import GraphQLRequest, RequestError, digest
from server.limits import Limits, Measured, check_limits
from server.persisted import PersistedQueries


class RefusedError(Exception):
    """The document, its variables or what they ask for cannot be taken; ``errors`` say why, with ``code``."""

    def __init__(self, errors: tuple[GraphQLError, ...], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


@dataclass(frozen=True, slots=True)
class Operation:
    """Ready to be executed. ``digest`` stands for the operation and its variables."""

    document: DocumentNode
    type: OperationType
    name: str | None
    variables: dict[str, Any] | None
    policy: Policy
    digest: str


class Operations:
    """Finds out what a request asks for.

    ``guarded``: the types whose fields not everybody is shown. No answer for everybody holds a product; where another
    type is guarded, there are none for everybody.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        documents: Documents,
        persisted: PersistedQueries,
        limits: Limits,
        guarded: frozenset[str] = frozenset(),
    ) -> None:
        self._measured = Measured(schema)
        self._documents = documents
        self._persisted = persisted
        self._limits = limits
        self._policies = Policies(schema)
        self._widest = Scope.ROLE if guarded - {"Product"} else Scope.PUBLIC

    async def of(self, asked: GraphQLRequest, method: str) -> Operation:
        """Raises RequestError, RefusedError, or LimitExceededError."""
        text = await self._persisted.text_of(asked)
        document = self._documents.get(text)
        if document.node is None or document.errors:
            raise RefusedError(document.errors, document.code)
        node = get_operation_ast(document.node, asked.operationName)
        if node is None:
            raise RequestError(400, "OPERATION_RESOLUTION_FAILURE", "The document has no such operation, or several.")
        if method != "POST" and node.operation is not OperationType.QUERY:
            raise RequestError(405, "METHOD_NOT_ALLOWED", "Only queries may be sent by GET.")
        check_limits(self._measured, document.node, node, asked.variables, self._limits)
        await self._persisted.register(asked)
        policy = document.policies.get(asked.operationName)
        if policy is None:
            declared = self._policies.of(document.node, node)
            policy = replace(declared, scope=max(declared.scope, self._widest))
            document.policies[asked.operationName] = policy
        return Operation(
            document=document.node,
            type=node.operation,
            name=asked.operationName,
            variables=asked.variables,
            policy=policy,
            digest=digest(text, asked),
        )
