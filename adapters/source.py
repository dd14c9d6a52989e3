"""Where a concept of the shop stands in one Odoo version: model, fields, order. Data, read by `adapters.reader`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

Domain = list[object]


@dataclass(frozen=True, slots=True)
class Source:
    """One concept in one version.

    ``fields`` maps our name of a value to Odoo's. ``optional`` names (ours) may be missing in a given Odoo, because
    they come from a module that need not be installed; the reader leaves them out. ``addon`` names come from modules
    of others: used where they are, not missed where they are not. ``effect`` says what is lost when the model or a
    required field is missing. A source with ``optional_model`` reads as empty without it.
    """

    model: str
    fields: Mapping[str, str]
    order: str = "id"
    optional: frozenset[str] = frozenset()
    addon: frozenset[str] = frozenset()
    optional_model: bool = False
    effect: str = ""

    def but(
        self,
        changed: Mapping[str, str] | None = None,
        *,
        model: str | None = None,
        order: str | None = None,
        drop: Iterable[str] = (),
        optional: Iterable[str] | None = None,
        optional_model: bool | None = None,
        effect: str | None = None,
    ) -> Source:
        """This source as the next version has it: only what ``changed`` (ours -> Odoo's) is stated."""
        dropped = set(drop)
        return replace(
            self,
            model=model or self.model,
            order=order or self.order,
            fields={name: odoo for name, odoo in {**self.fields, **(changed or {})}.items() if name not in dropped},
            optional=self.optional - dropped if optional is None else frozenset(optional),
            addon=self.addon - dropped,
            optional_model=self.optional_model if optional_model is None else optional_model,
            effect=effect or self.effect,
        )


@dataclass(frozen=True, slots=True)
class Watch:
    """A model whose ``write_date`` tells of changes to ``subject``.

    ``via``: Odoo's field that holds the changed product (template) id, ``"id"`` when the record is it; None when
    the ids of the change are not told. ``via_variant``: the field holding a variant when ``via`` is empty.
    ``via_contact``: the field holding a contact; the change is its company's.
    """

    subject: str
    source: str
    via: str | None = None
    via_variant: str | None = None
    via_contact: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """All that differs between versions and can be said as data."""

    sources: Mapping[str, Source]
    watches: tuple[Watch, ...] = ()
    #: looked at when somebody names their records alone: to ask for what was written in them would cost too much
    announced: tuple[Watch, ...] = ()
    #: our create_variant value by Odoo's
    create_variant: Mapping[object, str] = field(default_factory=dict)
    #: Odoo's product type -> (ours, storable)
    product_types: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    #: (pixels, Odoo's field) of the sizes a picture is stored in, ascending
    image_sizes: tuple[tuple[int, str], ...] = ()
    #: the same of the sources whose pictures are stored in other sizes
    image_sizes_of: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    #: when an order line's order was confirmed
    sold_at: str = "order_id.confirmation_date"
    #: Odoo's field of the groups given to a user
    user_groups: str = ""
    #: prefer these transports, first available first
    transports: tuple[str, ...] = ("jsonrpc", "xmlrpc")

    def but(
        self, *, sources: Mapping[str, Source] | None = None, without: Iterable[str] = (), **changes: object
    ) -> Profile:
        """This profile as the next version has it: changed or new sources, and those it is ``without``."""
        gone = set(without)
        kept = {name: source for name, source in {**self.sources, **(sources or {})}.items() if name not in gone}
        watches = changes.pop("watches", tuple(watch for watch in self.watches if watch.source not in gone))
        return replace(self, sources=kept, watches=watches, **changes)  # type: ignore[arg-type]
