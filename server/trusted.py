"""Trusted documents: the operations that a shop really uses, collected before it goes live; no others are answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Source,
    get_operation_ast,
    parse,
    print_ast,
    separate_operations,
    specified_rules,
    validate,
)
from graphql.validation import LoneAnonymousOperationRule, NoUnusedFragmentsRule, UniqueOperationNamesRule

from server.settings import Settings

SUFFIXES: Final = frozenset({".graphql", ".gql"})


class Operation(msgspec.Struct, frozen=True):
    """An operation with the fragments it uses; ``id``: SHA-256 (hex) of ``body``."""

    id: str
    name: str
    type: Literal["query", "mutation"]
    body: str


class Manifest(msgspec.Struct, frozen=True):
    """Apollo's format of persisted query manifests, as its tools write and read it."""

    operations: list[Operation]
    format: Literal["apollo-persisted-query-manifest"] = "apollo-persisted-query-manifest"
    version: Literal[1] = 1


class ManifestError(Exception):
    """A manifest or a document that cannot be used; the text says where and why."""


class TrustedDocuments:
    """The operations of a manifest, found by hash, or by a text that differs in white space and comments alone."""

    def __init__(self, operations: Iterable[Operation], *, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._by_id = {operation.id: operation.body for operation in operations}
        self._by_form = {normal_form(parse(body)): body for body in self._by_id.values()}

    def __len__(self) -> int:
        return len(self._by_id)

    def named(self, document_hash: str) -> str | None:
        """The text with this hash."""
        return self._by_id.get(document_hash)

    def like(self, text: str) -> str | None:
        """The registered text of the same document."""
        found = self._by_id.get(sha256(text))
        if found is not None:
            return found
        try:
            return self._by_form.get(normal_form(parse(text, max_tokens=self._max_tokens)))
        except GraphQLError:
            return None


def sha256(text: str) -> str:
    """In hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def normal_form(document: DocumentNode) -> str:
    """The same for documents that differ in white space and comments alone."""
    return print_ast(document)


def trusted_documents(settings: Settings) -> TrustedDocuments | None:
    """Those of the settings' manifest, if there is one. Raises ManifestError for a file that is none."""
    if settings.trusted_documents is None:
        return None
    return TrustedDocuments(_read_manifest(settings.trusted_documents).operations, max_tokens=settings.max_tokens)


def collect(paths: Iterable[Path], schema: GraphQLSchema) -> Manifest:
    """The operations in files, in folders of ``.graphql`` and ``.gql`` files, and in manifests (``.json``).

    Fragments may stand in other files than the operations that use them. Raises ManifestError.
    """
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise ManifestError("There is no document in what was named.")
    bodies = [body for file in files if file.suffix == ".json" for body in _bodies(file)]
    bodies += _operations([file for file in files if file.suffix != ".json"], schema)
    operations = {operation.id: operation for operation in (_operation(body, schema) for body in bodies)}
    return Manifest(sorted(operations.values(), key=lambda operation: (operation.name, operation.id)))


def encode(manifest: Manifest) -> bytes:
    """As JSON, for people to read and compare."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
    elif path.suffix in SUFFIXES or path.suffix == ".json":
        yield path
    else:
        raise ManifestError(f"{path}: neither a folder nor a .graphql, .gql or .json file.")


def _read_manifest(path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ManifestError(f"{path}: {error}") from error
    for operation in manifest.operations:
        if sha256(operation.body) != operation.id:
            raise ManifestError(f"{path}: the id of {operation.name} is not the SHA-256 of its body.")
    return manifest


def _bodies(path: Path) -> list[str]:
    return [operation.body for operation in _read_manifest(path).operations]


def _operations(files: Iterable[Path], schema: GraphQLSchema) -> list[str]:
    """The text of each operation with the fragments it uses."""
    definitions: list[DefinitionNode] = []
    for file in files:
        try:
            definitions += parse(Source(file.read_text(encoding="utf-8"), str(file))).definitions
        except (OSError, UnicodeDecodeError, GraphQLError) as error:
            raise ManifestError(f"{file}: {error}") from error
    _check(DocumentNode(definitions=tuple(definitions)), schema)
    return [print_ast(one) for one in _separated(definitions)]


def _separated(definitions: list[DefinitionNode]) -> Iterator[DocumentNode]:
    """A document for each operation; names of operations need not differ between files."""
    fragments = [one for one in definitions if isinstance(one, FragmentDefinitionNode)]
    for one in definitions:
        if isinstance(one, OperationDefinitionNode):
            yield from separate_operations(DocumentNode(definitions=(one, *fragments))).values()


def _check(document: DocumentNode, schema: GraphQLSchema) -> None:
    """Raises ManifestError with the file and line of each mistake."""
    errors = validate(schema, document, [rule for rule in specified_rules if rule not in _NOT_OF_FILES])
    if errors:
        raise ManifestError("\n".join(str(error) for error in errors))


def _operation(body: str, schema: GraphQLSchema) -> Operation:
    try:
        document = parse(body)
    except GraphQLError as error:
        raise ManifestError(str(error)) from error
    errors = validate(schema, document)
    operation = get_operation_ast(document)
    if errors or operation is None:
        raise ManifestError("\n".join(map(str, errors)) or f"Not one operation: {body}")
    if operation.operation is OperationType.SUBSCRIPTION:
        raise ManifestError("There are no subscriptions here.")
    kind: Literal["query", "mutation"] = "query" if operation.operation is OperationType.QUERY else "mutation"
    return Operation(sha256(body), operation.name.value if operation.name else "", kind, body)


#: what holds of one document, but not of all files of a shop together
_NOT_OF_FILES: Final = frozenset({UniqueOperationNamesRule, LoneAnonymousOperationRule, NoUnusedFragmentsRule})
