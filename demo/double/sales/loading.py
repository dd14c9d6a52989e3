"""``load``: rows of an import, made or changed by external ids (``ir.model.data``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.searching import matching_ids
from demo.double.writing import create, write

if TYPE_CHECKING:
    from demo.double.env import Env
    from demo.double.schema import Field

NAMES = "ir.model.data"
_DEFAULT_MODULE = "__import__"
_DATABASE_FAULTS = frozenset({errors.SERIALIZATION_FAILURE, errors.OPERATIONAL_ERROR, errors.DATA_ERROR})
_USER_FAULTS = frozenset(
    {errors.USER_ERROR, errors.VALIDATION_ERROR, errors.ACCESS_ERROR, errors.MISSING_ERROR, errors.ACCESS_DENIED}
)


@dataclass(slots=True)
class Record:
    """One record of an import: its rows (first, last), external id, database id and values (commands included)."""

    rows: tuple[int, int]
    index: int
    name: str = ""
    id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


class ImportRefused(Exception):  # noqa: N818 - a message of the import, not an error of the double
    """A value that cannot be taken: the message about it."""

    def __init__(self, message: dict[str, Any]) -> None:
        super().__init__(message["message"])
        self.message = message


def load(env: Env, model: str, names: Sequence[str], data: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """All records or none: ``{ids, messages}``; ids False with the messages of what failed."""
    paths = [name.split("/") for name in names]
    messages: list[dict[str, Any]] = []
    ids: list[int] = []
    mark = env.db.mark()
    fields = env.db.model(model).fields
    below = {place for place, path in enumerate(paths) if path[0] in fields and fields[path[0]].type == "one2many"}
    for index, (first, rows) in enumerate(_grouped(set(range(len(paths))) - below, data)):
        record = Record((first, first + len(rows) - 1), index)
        try:
            _convert(env, model, paths, rows, record)
            ids.append(_save(env, model, record))
        except ImportRefused as refused:
            messages.append(refused.message)
        except errors.OdooFault as fault:
            messages.append({**_info(record), "type": "error", **fault_message(env.db.dataset.version, fault)})
    failed = any(message["type"] == "error" for message in messages)
    if failed:
        env.db.roll_back_to(mark)
    answer: dict[str, Any] = {"ids": False if failed else ids, "messages": messages}
    return answer if env.db.dataset.version == "10.0" else {**answer, "nextrow": 0}


def fault_message(version: str, fault: errors.OdooFault) -> dict[str, Any]:
    """What an import says of an exception: the database's own words, a user's message, or that it is unknown."""
    plain = fault.name in _DATABASE_FAULTS or (version == "19.0" and fault.name in _USER_FAULTS)
    if plain:
        return {"message": fault.message}
    text = f"Unknown error during import: <class '{fault.name}'>: {fault.message}"
    return {"message": text, "moreinfo": "Resolve other errors first"}


def conflict_answer(version: str, fault: errors.OdooFault) -> dict[str, Any]:
    """A serialization failure inside an import is no exception for its caller: it is told as a message."""
    info = {"rows": {"from": 0, "to": 0}, "record": 0, "type": "error"}
    answer: dict[str, Any] = {"ids": False, "messages": [{**info, **fault_message(version, fault)}]}
    return answer if version == "10.0" else {**answer, "nextrow": 0}


def _info(record: Record) -> dict[str, Any]:
    return {"rows": {"from": record.rows[0], "to": record.rows[1]}, "record": record.index}


def _grouped(own: set[int], data: Sequence[Sequence[Any]]) -> list[tuple[int, list[Sequence[Any]]]]:
    """Rows by record: a row that has values below a one2many alone (no ``own`` ones) is of the record before it."""
    found: list[tuple[int, list[Sequence[Any]]]] = []
    for number, row in enumerate(data):
        if found and not any(row[place] for place in own):
            found[-1][1].append(row)
        else:
            found.append((number, [row]))
    return found


def _convert(
    env: Env, model: str, paths: Sequence[Sequence[str]], rows: Sequence[Sequence[Any]], record: Record
) -> None:
    """Texts as values; the rows below a one2many as commands."""
    fields = env.db.model(model).fields
    children: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        text = rows[0][place]
        if path[0] == "id":
            record.name = str(text or "")
        elif path[0] == ".id":
            record.id = int(text) if text else None
        elif path[0] not in fields:
            raise errors.value_error(f"Invalid field name {path[0]!r}")
        elif len(path) > 1 and fields[path[0]].type == "one2many":
            children.setdefault(path[0], []).append(place)
        else:
            record.values[path[0]] = _value(env, record, fields[path[0]], path[1:], text, (path[0],))
    for name, places in children.items():
        relation = str(fields[name].relation)
        record.values[name] = [
            _command(
                env, relation, name, [paths[place][1:] for place in places], [row[place] for place in places], record
            )
            for row in rows
            if any(row[place] for place in places)
        ]


def _command(
    env: Env, model: str, owner: str, paths: Sequence[Sequence[str]], row: Sequence[Any], record: Record
) -> tuple[Any, ...]:
    """A line as a command: (1, id) when its external id is known, else (0, 0)."""
    fields = env.db.model(model).fields
    values: dict[str, Any] = {}
    name = ""
    for path, text in zip(paths, row, strict=True):
        if path[0] == "id":
            name = str(text or "")
        elif path[0] == ".id":
            return 1, int(text), values
        elif path[0] not in fields:
            raise errors.value_error(f"Invalid field name {path[0]!r}")
        else:
            values[path[0]] = _value(env, record, fields[path[0]], path[1:], text, (owner, path[0]))
    if not name:
        return 0, 0, values
    known = named_record(env, name)
    if known is not None and env.row(model, known) is not None:
        return 1, known, values
    return 0, name, values


def _value(env: Env, record: Record, item: Field, path: Sequence[str], text: Any, trail: tuple[str, ...]) -> Any:
    if text in ("", None, False):
        return False
    if item.type == "many2one":
        return _target(env, record, item, path[0] if path else "name", text, trail)
    if item.type == "many2many":
        return [(6, 0, [_target(env, record, item, path[0] if path else "name", part, trail) for part in _parts(text)])]
    if item.type in ("integer", "float", "monetary"):
        try:
            return int(text) if item.type == "integer" else float(text)
        except (TypeError, ValueError):
            label = _label(env, trail)
            raise _refused(env, record, trail, f"'{text}' does not seem to be a number for field '{label}'") from None
    if item.type == "boolean":
        return str(text).lower() in ("1", "true", "yes")
    return str(text)


def _parts(text: Any) -> list[str]:
    return [part.strip() for part in str(text).split(",")]


def _target(env: Env, record: Record, item: Field, by: str, text: Any, trail: tuple[str, ...]) -> int:
    """The record a value names: by database id, external id or name."""
    relation = str(item.relation)
    found: int | None = None
    kind = {".id": "database id", "id": "external id"}.get(by, "name")
    if by == ".id":
        # as a search finds them: not those that are archived
        found = next(iter(matching_ids(env, relation, [("id", "=", int(text))])), None) if str(text).isdigit() else None
    elif by == "id":
        found = named_record(env, str(text))
    else:
        ids = env.db.table(relation).find("name", [text])
        found = next(iter(ids), None)
    if found is None:
        text = f"No matching record found for {kind} '{text}' in field '{_label(env, trail)}'"
        raise _refused(env, record, trail, text)
    return found


def _label(env: Env, trail: tuple[str, ...]) -> str:
    """Field labels down the trail, as the import shows them: ``Order Lines/Quantity``."""
    model, labels = "sale.order", []
    for name in trail:
        item = env.db.model(model).fields.get(name)
        labels.append(str(item.attributes.get("string", name)) if item is not None else name)
        model = str(item.relation) if item is not None and item.relation else model
    return "/".join(labels)


def _refused(env: Env, record: Record, trail: tuple[str, ...], text: str) -> ImportRefused:
    message = {**_info(record), "type": "error", "field": trail[0], "message": text}
    if env.db.dataset.version == "19.0":
        message["field_name"] = _label(env, trail[:1])
    return ImportRefused(message)


# ----------------------------------------------------------------------------------------------- external ids


def named_record(env: Env, name: str) -> int | None:
    """The record an external id names (``module.name``)."""
    return env.db.external_id(name if "." in name else f"{_DEFAULT_MODULE}.{name}")


def name_record(env: Env, model: str, record_id: int, name: str) -> None:
    module, _, own = (name if "." in name else f"{_DEFAULT_MODULE}.{name}").partition(".")
    values = {
        "module": module,
        "name": own,
        "model": model,
        "res_id": record_id,
        "noupdate": bool(env.context.get("noupdate")),
    }
    create(env.as_superuser(), NAMES, values)


def _save(env: Env, model: str, record: Record) -> int:
    known = record.id
    if known is None and record.name:
        known = named_record(env, record.name)
        if known is not None and _is_left_alone(env, record.name):
            return known
    values: Mapping[str, Any] = {
        name: [_plain(command) for command in value] if _is_commands(value) else value
        for name, value in record.values.items()
    }
    before = {name: set(_ids_below(env, model, known, name)) for name in values} if known else {}
    if known is not None and env.row(model, known) is not None:
        write(env, model, [known], values)
        saved = known
    else:
        saved = create(env, model, values)
        if record.name:
            name_record(env, model, saved, record.name)
    _name_lines(env, model, saved, record.values, before)
    return saved


def _is_left_alone(env: Env, name: str) -> bool:
    """In the mode ``update`` a record whose external id says ``noupdate`` is not written, nor looked for."""
    if env.context.get("mode") != "update":
        return False
    module, _, own = (name if "." in name else f"{_DEFAULT_MODULE}.{name}").partition(".")
    rows = map(env.db.table(NAMES).get, env.db.table(NAMES).find("name", [own]))
    return any(row is not None and row.get("module") == module and row.get("noupdate") for row in rows)


def _is_commands(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], tuple)


def _plain(command: tuple[Any, ...]) -> tuple[Any, ...]:
    return (0, 0, command[2]) if command[0] == 0 else command


def _ids_below(env: Env, model: str, record_id: int, name: str) -> list[int]:
    item = env.db.model(model).fields[name]
    if item.type != "one2many" or not item.inverse or not item.relation:
        return []
    return list(env.db.table(item.relation).find(item.inverse, [record_id]))


def _name_lines(
    env: Env, model: str, record_id: int, values: Mapping[str, Any], before: Mapping[str, set[int]]
) -> None:
    """New lines, in the order they were made, get the external ids they came with."""
    for name, commands in values.items():
        if not _is_commands(commands):
            continue
        fresh = sorted(set(_ids_below(env, model, record_id, name)) - before.get(name, set()))
        made = [command for command in commands if command[0] == 0]
        relation = str(env.db.model(model).fields[name].relation)
        for line_id, command in zip(fresh, made, strict=False):
            if command[1]:
                name_record(env, relation, line_id, str(command[1]))
