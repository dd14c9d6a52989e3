"""Reads sources: one search_read per call, rows keyed by our names, missing optional fields left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from adapters.base import Missing
from adapters.errors import OdooAccessError, OdooNotFoundError, OdooProtocolError
from adapters.rpc.base import Transport
from adapters.source import Domain, Profile, Source
from adapters.together import Together

Row = dict[str, Any]

#: every model of Odoo has these
_EVERYWHERE = {"updated": "write_date", "created": "create_date"}

log = structlog.get_logger(__name__)


class SourceReader:
    """Reads the concepts of one profile over one transport."""

    def __init__(self, transport: Transport, profile: Profile) -> None:
        self.transport = transport
        self.profile = profile
        self._sources: dict[str, Source] = dict(profile.sources)
        self._absent: frozenset[str] = frozenset()
        self._broken: dict[str, Missing] = {}

    def source(self, name: str) -> Source:
        """The source as this Odoo has it: without the optional fields found missing by `inspect`."""
        return self._sources[name]

    def has(self, name: str) -> bool:
        return name not in self._absent

    async def read(
        self,
        name: str,
        domain: Domain,
        *,
        lang: str | None = None,
        order: str | None = None,
        only: Iterable[str] | None = None,
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """The rows of a source that match, keyed by our names plus ``id``.

        ``only`` restricts the values read; ``order`` is in Odoo's names and defaults to the source's.
        Raises OdooProtocolError when one of the values is needed and this Odoo lacks its field.
        """
        if name in self._absent:
            return []
        source = self._sources[name]
        self._check(name, only)
        wanted = dict(source.fields) if only is None else _chosen(source, only)
        rows = await self.transport.call(
            source.model,
            "search_read",
            args={
                "domain": domain,
                "fields": sorted(set(wanted.values())) or ["id"],  # no field at all would mean every field
                "order": order or source.order,
                **({"limit": limit} if limit else {}),
            },
            context=_context(lang, context),
            safe=True,
        )
        return [_renamed(row, wanted) for row in rows]

    async def count(self, name: str, domain: Domain, *, context: Mapping[str, Any] | None = None) -> int:
        """How many records of a source match."""
        if name in self._absent:
            return 0
        return int(
            await self.transport.call(
                self._sources[name].model,
                "search_count",
                args={"domain": domain},
                context=_context(None, context),
                safe=True,
            )
        )

    async def inspect(self) -> list[Missing]:
        """Compare the profile with ``fields_get`` of this Odoo and remember what is missing."""
        async with Together() as group:
            models = {source.model for source in self.profile.sources.values()}
            looks = {model: group.create_task(self._field_names(model)) for model in sorted(models)}
        missing: list[Missing] = []
        sources, absent, broken = dict(self.profile.sources), set[str](), dict[str, Missing]()
        for name, source in self.profile.sources.items():
            names = looks[source.model].result()
            lost = [ours for ours, odoo in source.fields.items() if names is not None and odoo not in names]
            if names is None:
                absent.add(name)
                missing.append(Missing(source.model, (), source.effect, required=not source.optional_model))
            elif lost:
                sources[name] = source.but(drop=lost)
                missed = _missed(source, lost)
                missing += missed
                broken.update((name, item) for item in missed if item.required)
        self._sources, self._absent, self._broken = sources, frozenset(absent), broken
        for item in missing:
            if item.required:
                log.warning("odoo.missing", model=item.model, fields=item.fields, effect=item.effect)
        return missing

    def _check(self, name: str, only: Iterable[str] | None) -> None:
        lack = self._broken.get(name)
        if lack is None:
            return
        fields = self.profile.sources[name].fields
        asked = fields.values() if only is None else [fields.get(ours) for ours in only]
        if not set(lack.fields).isdisjoint(asked):
            raise OdooProtocolError(f"{lack.model} lacks {', '.join(lack.fields)}: {lack.effect}")

    async def _field_names(self, model: str) -> set[str] | None:
        """Names of the model's fields, or None when the model does not exist or may not be seen.

        ``fields_get`` answers without the right to read records, so that is asked for as well.
        """
        nothing = {"domain": [["id", "=", 0]]}
        try:
            fields = await self.transport.call(model, "fields_get", args={"attributes": ["type"]}, safe=True)
            await self.transport.call(model, "search_count", args=nothing, safe=True)
        except (OdooNotFoundError, OdooAccessError):
            return None
        return set(fields)


def _missed(source: Source, lost: Iterable[str]) -> list[Missing]:
    """What to tell of fields (our names) that are not there: needed ones with what that breaks, others as empty."""
    missed = [name for name in lost if name not in source.addon]
    needed = tuple(source.fields[name] for name in missed if name not in source.optional)
    empty = tuple(source.fields[name] for name in missed if name in source.optional)
    return [
        *([Missing(source.model, needed, source.effect, required=True)] if needed else []),
        *([Missing(source.model, empty, "they stay empty", required=False)] if empty else []),
    ]


def _chosen(source: Source, only: Iterable[str]) -> dict[str, str]:
    """The fields asked for that the source has; every model of Odoo has the moment of its last change."""
    return {name: odoo for name in only if (odoo := source.fields.get(name) or _EVERYWHERE.get(name)) is not None}


def _renamed(row: Mapping[str, Any], wanted: Mapping[str, str]) -> Row:
    renamed = {ours: row.get(odoo, False) for ours, odoo in wanted.items()}
    renamed["id"] = row["id"]
    return renamed


def _context(lang: str | None, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    context: dict[str, Any] = dict(extra or {})
    if lang:
        context["lang"] = lang
    return context


def among(field_name: str, values: Sequence[int]) -> list[object]:
    """The domain leaf ``field in values``."""
    return [field_name, "in", sorted(set(values))]
