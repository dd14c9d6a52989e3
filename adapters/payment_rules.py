"""What differs between versions in how a payment is made by a widget. Data, set by `adapters.versions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Return:
    """A page of Odoo's to which a provider sends the customer: its path, and what it reads of the query."""

    path: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Odoo's that a script asks for. ``takes``: Odoo's name of a parameter by ours; it takes no others.

    ``answers``: what of its answer is handed on.
    """

    path: str
    takes: Mapping[str, str]
    answers: frozenset[str] = frozenset()

    def params(self, **values: object) -> dict[str, object]:
        """Values by Odoo's names."""
        return {self.takes[name]: value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class WidgetFlow:
    """The pages of Odoo's own website that a widget works with.

    ``start``: begins a payment of an order (``{order}``: its id) for whoever has the order's token; answers values, of
    which ``values`` (by the provider's code) are for the widget, and ``needed`` is there unless the provider refused.
    ``landing``: the page that a payment begun by us is said to lead to; the mark of the beginning is in its query.
    ``status``: goes on with the order of the payment begun in the same visit.
    ``returns``: by the provider's code. ``methods``, ``pay``, ``details``: what Adyen's drop-in asks for.
    """

    start: Page
    landing: str
    status: Page
    values: Mapping[str, frozenset[str]]
    needed: Mapping[str, str]
    returns: Mapping[str, Return]
    methods: Page
    pay: Page
    details: Page


@dataclass(frozen=True, slots=True)
class PaymentRules:
    """How payments of one version are made. ``flow`` None: not by widgets, for the reason in ``instead``.

    ``instead``: by the provider's code, in words for people of the shop. ``public_keys``: by the provider's code, our
    name of the value of source ``provider`` that the widget gets: the only key that is ever read.
    """

    flow: WidgetFlow | None
    instead: Mapping[str, str] = field(default_factory=dict)
    public_keys: Mapping[str, str] = field(default_factory=dict)
