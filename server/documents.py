"""Parsed and validated documents, kept by their text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, specified_rules, validate
from graphql.validation import ASTValidationRule, MaxIntrospectionDepthRule, NoSchemaIntrospectionCustomRule
from graphql.validation.rules import overlapping_fields_can_be_merged

from cache.policy import Policy

MAX_ERRORS = 20
#: characters of the longest text that is kept; a real shop's documents are shorter
MAX_KEPT_TEXT = 16_384

#: The rule compares fields in pairs. Its own bound lets one document keep the process busy for seconds; this one
#: is still many times what a shop's documents need.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or why it is none; ``code`` is that of its errors."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    code: str = ""
    #: of its operations, by name; filled as they are asked for
    policies: dict[str | None, Policy] = field(default_factory=dict, compare=False)


class Documents:
    """Parses and validates each text once, for the ``size`` texts used last."""

    def __init__(self, schema: GraphQLSchema, *, max_tokens: int, introspection: bool, size: int = 500) -> None:
        self._schema = schema
        self._max_tokens = max_tokens
        self._size = size
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._rules: list[type[ASTValidationRule]] = [*specified_rules, MaxIntrospectionDepthRule]
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)

    def get(self, text: str) -> Document:
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
            return document
        document = self._read(text)
        if len(text) <= MAX_KEPT_TEXT:
            self._kept[text] = document
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return document

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=self._max_tokens)
        except GraphQLSyntaxError as error:
            return Document(None, (error,), "GRAPHQL_PARSE_FAILED")
        errors = validate(self._schema, node, self._rules, max_errors=MAX_ERRORS)
        return Document(node, tuple(errors), "GRAPHQL_VALIDATION_FAILED" if errors else "")
