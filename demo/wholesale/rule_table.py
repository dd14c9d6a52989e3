"""The table of pricelist rules: computed rows, and those that were changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final

from demo.dataset import MemoryTable, Row
from demo.wholesale.rules import RuleBook
from demo.wholesale.trade import PriceRule

Layout = Callable[[PriceRule], Row]


class RuleTable:
    """A ``demo.dataset.Table`` over a rule book. Changed rows are kept beside it and hide the computed ones.

    ``variants_name_template``: whether the version also fills ``product_tmpl_id`` of a variant's rule.
    """

    def __init__(self, book: RuleBook, layout: Layout, *, variants_name_template: bool) -> None:
        self._book: Final = book
        self._layout: Final = layout
        self._with_variants: Final = variants_name_template
        self._changed = MemoryTable()
        self._gone: set[int] = set()  # computed rules that were changed or deleted
        self._last_id = book.last_id

    def __len__(self) -> int:
        return len(self._book) - len(self._gone) + len(self._changed)

    def ids(self) -> Iterable[int]:
        changed = sorted(self._changed.ids())
        if not changed:
            yield from (rule_id for rule_id in self._book.ids() if rule_id not in self._gone)
            return
        place = 0
        for rule_id in self._book.ids():
            while place < len(changed) and changed[place] <= rule_id:
                yield changed[place]
                place += 1
            if rule_id not in self._gone:
                yield rule_id
        yield from changed[place:]

    def get(self, record_id: int) -> Row | None:
        if record_id in self._gone or record_id > self._book.last_id:
            return self._changed.get(record_id)
        rule = self._book.rule(record_id)
        return self._layout(rule) if rule is not None else self._changed.get(record_id)

    def put(self, row: Row) -> None:
        record_id = row["id"]
        if record_id not in self._gone and self._book.rule(record_id) is not None:
            self._gone.add(record_id)
        self._changed.put(row)
        self._last_id = max(self._last_id, record_id)

    def delete(self, record_id: int) -> None:
        if self._book.rule(record_id) is not None:
            self._gone.add(record_id)
        self._changed.delete(record_id)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def find(self, field_name: str, values: Iterable[Any]) -> Iterator[int]:
        """As ``Table.find``. Quick for the pricelist, the targets and the scope; other fields are scanned."""
        wanted = list(values)
        yield from self._changed.find(field_name, wanted)
        seen: set[int] = set()
        for rule_id in self._computed(field_name, wanted):
            if rule_id not in self._gone and rule_id not in seen:
                seen.add(rule_id)
                yield rule_id

    def scan(self, field_name: str, accept: Callable[[Any], bool]) -> Iterator[int]:
        """Ids of the rows whose field's value is accepted, in no particular order.

        The dates of the last change are the same for a whole pricelist, and asked about once for each: so a search by
        ``write_date`` costs nothing where nothing has changed.
        """
        yield from (
            rule_id
            for rule_id in self._changed.ids()
            if accept((self._changed.get(rule_id) or {}).get(field_name, False))
        )
        if field_name in {"write_date", "create_date", "__last_update"}:
            candidates = self._written(accept)
        else:
            candidates = self._scanned(field_name, accept)
        yield from (rule_id for rule_id in candidates if rule_id not in self._gone)

    def by_date(self, field_name: str, *, reverse: bool) -> Iterator[int]:
        """All ids by one of the dates of the last change, then by id; both the other way round with ``reverse``."""
        groups: dict[str, list[Iterable[int]]] = {}
        for pricelist_id, sample in self._book.samples():
            of_pricelist = self._book.of_pricelist(pricelist_id)
            groups.setdefault(sample.written, []).append(one for one in of_pricelist if one not in self._gone)
        for rule_id in self._changed.ids():
            groups.setdefault(str((self._changed.get(rule_id) or {}).get(field_name, "")), []).append((rule_id,))
        for moment in sorted(groups, reverse=reverse):
            yield from sorted(chain.from_iterable(groups[moment]), reverse=reverse)

    def _computed(self, field_name: str, wanted: list[Any]) -> Iterator[int]:
        lookup = self._lookups().get(field_name)
        if lookup is None:
            yield from self._scanned(field_name, lambda value: value in wanted)
            return
        for value in wanted:
            if value is False:
                yield from self._scanned(field_name, lambda found: found is False)
            elif isinstance(value, str) == (field_name == "applied_on"):
                yield from lookup(value)

    def _lookups(self) -> dict[str, Callable[[Any], Iterator[int]]]:
        book = self._book
        return {
            "id": lambda rule_id: iter(() if book.rule(rule_id) is None else (rule_id,)),
            "pricelist_id": book.of_pricelist,
            "product_tmpl_id": lambda value: book.of_template(value, with_variants=self._with_variants),
            "product_id": book.of_variant,
            "categ_id": book.of_category,
            "applied_on": book.of_scope,
        }

    def _scanned(self, field_name: str, accept: Callable[[Any], bool]) -> Iterator[int]:
        for rule_id in self._book.ids():
            rule = self._book.rule(rule_id)
            if rule is not None and accept(self._layout(rule).get(field_name, False)):
                yield rule_id

    def _written(self, accept: Callable[[Any], bool]) -> Iterator[int]:
        verdicts: dict[str, bool] = {}
        for pricelist_id, sample in self._book.samples():
            if verdicts.setdefault(sample.written, accept(sample.written)):
                yield from self._book.of_pricelist(pricelist_id)
