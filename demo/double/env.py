"""The database of the double, and the environment (user, context, moment) of one call on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo.dataset import Dataset, MemoryTable, Row, Table
from demo.double import errors
from demo.double.profiles import PROFILES, Profile
from demo.double.schema import Model, load_schema

Getter = Callable[["Env", Row], Any]


def utc_now() -> datetime:
    """Naive UTC, as Odoo keeps its moments."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with a link, as the double "sends" it."""

    to: str
    subject: str
    link: str


class Database:
    """A dataset seen through the schema and the habits of its version.

    ``build_getter``: makes what gets a field's value from a row (`demo.double.getters`, which knows of this class).
    """

    def __init__(
        self,
        dataset: Dataset,
        clock: Callable[[], datetime] = utc_now,
        *,
        build_getter: Callable[[Database, str, str], Getter],
    ) -> None:
        self.dataset = dataset
        self.profile: Profile = PROFILES[dataset.version]
        self.models: Mapping[str, Model] = load_schema(dataset.version)
        self.clock = clock
        self._build_getter = build_getter
        self._getters: dict[tuple[str, str], Getter] = {}
        self._last_moment = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as Odoo keeps its moments
        self._undo: list[Callable[[], Any]] = []
        self._last_ids: dict[str, int] = {}
        #: by address: how many logins failed since the last that did not, and when the last one failed
        self.login_failures: dict[str, tuple[int, datetime]] = {}
        #: (uid, secret) of calls that were right
        self.known_secrets: set[tuple[object, object]] = set()
        #: when each user logged in last
        self.logged_in: dict[int, datetime] = {}
        #: what was sent
        self.mails: list[Mail] = []
        #: how often each model's rows changed; what is kept in ``cache`` is kept by these
        self.revisions: Counter[str] = Counter()
        self.cache: dict[str, Any] = {}
        #: orders whose amounts are to be worked out before the transaction ends
        self.unsettled: dict[int, None] = {}

    def model(self, name: str) -> Model:
        try:
            return self.models[name]
        except (KeyError, TypeError):
            raise errors.OdooFault(errors.UNKNOWN_MODEL, f"Object {name} doesn't exist") from None

    def can_archive(self, model: str) -> bool:
        """The model has a field ``active``: a row without it is archived, as a missing key is False."""
        described = self.models.get(model)
        return described is not None and described.has_active

    def table(self, model: str) -> Table:
        table = self.dataset.tables.get(model)
        if table is None:
            table = self.dataset.tables[model] = MemoryTable()
        return table

    def has_rows(self, model: str) -> bool:
        table = self.dataset.tables.get(model)
        return table is not None and len(table) > 0

    def last_id(self, model: str) -> int:
        """The highest id of a table (looked for once, then kept)."""
        known = self._last_ids.get(model)
        if known is None:
            known = self._last_ids[model] = max(self.table(model).ids(), default=0)
        return known

    def put(self, model: str, row: Row) -> None:
        """Store a row; undone when the transaction fails."""
        table = self.table(model)
        before = table.get(row["id"])
        table.put(row)
        self.revisions[model] += 1
        if model in self._last_ids:
            self._last_ids[model] = max(self._last_ids[model], row["id"])
        self._undo.append(lambda: table.delete(row["id"]) if before is None else table.put(before))

    def delete(self, model: str, record_id: int) -> None:
        """Delete a row; undone when the transaction fails."""
        table = self.table(model)
        before = table.get(record_id)
        table.delete(record_id)
        self.revisions[model] += 1
        if before is not None:
            self._undo.append(lambda: table.put(before))

    def mark(self) -> int:
        """A point of the transaction to come back to (a savepoint)."""
        return len(self._undo)

    def roll_back_to(self, mark: int) -> None:
        """Undo what changed since that point."""
        while len(self._undo) > mark:
            self._undo.pop()()
        self.unsettled.clear()

    def on_rollback(self, undo: Callable[[], Any]) -> None:
        self._undo.append(undo)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's changes, or none of them."""
        self._undo.clear()
        self.unsettled.clear()
        try:
            yield
        except BaseException:
            while self._undo:
                self._undo.pop()()
            raise
        finally:
            self._undo.clear()

    def getter(self, model: str, name: str) -> Getter:
        """How to get the value of a field from a row: computed, inherited, translated or plain (built once)."""
        key = (model, name)
        getter = self._getters.get(key)
        if getter is None:
            getter = self._getters[key] = self._build_getter(self, model, name)
        return getter

    def moment(self) -> datetime:
        """The time of a transaction: never the same twice, as two transactions never are."""
        now = self.clock()
        if now <= self._last_moment:
            now = self._last_moment.replace(microsecond=min(self._last_moment.microsecond + 1, 999_999))
        self._last_moment = max(now, self._last_moment)
        return now

    def parameter(self, key: str) -> str | None:
        """A system parameter."""
        rows = map(self.table("ir.config_parameter").get, self.table("ir.config_parameter").find("key", [key]))
        return next((str(row["value"]) for row in rows if row is not None and row.get("value")), None)

    def external_id(self, xml_id: str) -> int | None:
        """The id of the record that a module made under that name."""
        module, _, name = xml_id.partition(".")
        table = self.table("ir.model.data")
        rows = map(table.get, table.find("name", [name]))
        return next((int(row["res_id"]) for row in rows if row is not None and row.get("module") == module), None)

    def languages(self) -> frozenset[str]:
        """Codes of the installed (active) languages."""
        revision = self.revisions["res.lang"]
        kept: tuple[int, frozenset[str]] | None = self.cache.get("languages")
        if kept is None or kept[0] != revision:
            table = self.table("res.lang")
            rows = (table.get(record_id) for record_id in table.ids())
            codes = frozenset(row["code"] for row in rows if row is not None and row.get("active"))
            kept = self.cache["languages"] = (revision, codes)
        return kept[1]


class Env:
    """Who calls, with which context, when. ``sudo`` calls pass every access check."""

    __slots__ = ("context", "db", "lang", "memo", "now", "sudo", "uid")

    def __init__(
        self,
        db: Database,
        uid: int,
        context: Mapping[str, Any] | None = None,
        *,
        sudo: bool = False,
        now: datetime | None = None,
    ) -> None:
        self.db = db
        self.uid = uid
        self.context: Mapping[str, Any] = context or {}
        self.sudo = sudo
        self.now = now if now is not None else db.moment()
        self.lang = self._language()
        self.memo: dict[Any, Any] = {}

    def _language(self) -> str | None:
        """The context language when it differs from the source language and is installed."""
        lang = self.context.get("lang")
        if not lang or lang == "en_US":
            return None
        if lang in self.db.languages():
            return str(lang)
        if self.db.profile.unknown_language == "error":
            raise errors.user_error(f"Invalid language code: {lang}")
        return None

    def with_context(self, **changes: Any) -> Env:
        return Env(self.db, self.uid, {**self.context, **changes}, sudo=self.sudo, now=self.now)

    def as_superuser(self) -> Env:
        return Env(self.db, self.uid, self.context, sudo=True, now=self.now)

    @property
    def active_test(self) -> bool:
        return bool(self.context.get("active_test", True))

    def row(self, model: str, record_id: Any) -> Row | None:
        if not isinstance(record_id, int) or isinstance(record_id, bool):
            return None
        table = self.db.dataset.tables.get(model)
        return None if table is None else table.get(record_id)

    def value(self, model: str, row: Row, name: str) -> Any:
        return self.db.getter(model, name)(self, row)

    def values(self, model: str, ids: Iterable[int], name: str) -> list[Any]:
        """The field's value of every record that exists."""
        getter = self.db.getter(model, name)
        rows = (self.row(model, record_id) for record_id in ids)
        return [getter(self, row) for row in rows if row is not None]

    def visible(self, model: str, ids: Iterable[int]) -> list[int]:
        """The ids whose records exist and, unless the context says otherwise, are active."""
        rows = ((record_id, self.row(model, record_id)) for record_id in ids)
        if not (self.active_test and self.db.can_archive(model)):
            return [record_id for record_id, row in rows if row is not None]
        active = self.db.getter(model, "active")
        return [record_id for record_id, row in rows if row is not None and active(self, row)]

    def user_row(self) -> Row:
        return self.row("res.users", self.uid) or {"id": self.uid}
