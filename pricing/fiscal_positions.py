"""Which fiscal position an order has, as ``account.fiscal.position`` finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricing.errors import UnknownFiscalPositionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.records.contacts import Contact, FiscalPosition
    from adapters.records.pricing import FiscalPolicy

_EU = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
"""
#: Countries of the European Union (Odoo's ``base.europe``), as VAT numbers begin with them.
EU_PREFIXES = frozenset(_EU.split())


@dataclass(frozen=True, slots=True)
class FiscalSeat:
    """Who sells: the company, the companies above it (nearest first), and its VAT number."""

    company_id: int
    parent_ids: tuple[int, ...] = ()
    vat: str | None = None


def fiscal_position_for(
    positions: Iterable[FiscalPosition],
    *,
    policy: FiscalPolicy,
    seat: FiscalSeat,
    delivery: Contact,
    buyer: Contact | None = None,
    set_id: int | None = None,
) -> FiscalPosition | None:
    """The position of an order, as Odoo gives it to one that is entered by hand.

    ``positions``: in Odoo's order. ``delivery``: where the goods go; ``buyer``: the order's contact (not where the
    bill goes), the same when None. ``set_id``: one set by hand, which always wins; then one set on a contact.
    From 18 on a VAT number may have to be confirmed by VIES: only Odoo knows, here having one is enough.
    Raises UnknownFiscalPositionError for one that is set, and not among ``positions``.
    """
    known = list(positions)
    buyer = buyer if buyer is not None else delivery
    if policy.home_vat_decides and _home_vat(seat.vat, buyer.vat):
        delivery = buyer
    chosen = set_id or delivery.fiscal_position_id or buyer.fiscal_position_id
    if chosen:
        return _by_id(known, chosen)
    own = [one for one in known if one.auto_apply and _company_rank(one, seat) is not None]
    own.sort(key=lambda one: one.sequence)
    if policy.order == "sequence":
        return _first_by_sequence(own, seat, delivery) if buyer.country_id else None
    place = _Place.of(delivery, numbers=policy.zips_are_numbers)
    for vat_required in (True, False) if buyer.vat else (False,):
        found = _narrowest([one for one in own if one.vat_required is vat_required], place)
        if found is not None:
            return found
    return None


def line_position_for(
    order_position: FiscalPosition | None,
    positions: Iterable[FiscalPosition],
    *,
    policy: FiscalPolicy,
    seat: FiscalSeat,
    buyer: Contact,
) -> FiscalPosition | None:
    """The position by which the taxes of an order's products are mapped: the order's, if it has one.

    Without it 10 takes the one set on the buyer, and 14 looks for one for the buyer's own address. (Delivery lines
    have the order's alone, in every version.) Raises UnknownFiscalPositionError.
    """
    if order_position is not None or policy.without_position == "unchanged":
        return order_position
    if policy.without_position == "found":
        return fiscal_position_for(positions, policy=policy, seat=seat, delivery=buyer)
    return _by_id(positions, buyer.fiscal_position_id) if buyer.fiscal_position_id else None


def _by_id(positions: Iterable[FiscalPosition], position_id: int) -> FiscalPosition:
    found = next((one for one in positions if one.id == position_id), None)
    if found is None:
        raise UnknownFiscalPositionError(position_id)
    return found


def _company_rank(position: FiscalPosition, seat: FiscalSeat) -> int | None:
    """0 for the company's own, then its parents', last those of no company; None for others'."""
    companies = (seat.company_id, *seat.parent_ids, None)
    return companies.index(position.company_id) if position.company_id in companies else None


def _home_vat(company: str | None, buyer: str | None) -> bool:
    return bool(company and buyer) and (company or "")[:2] == (buyer or "")[:2] and (company or "")[:2] in EU_PREFIXES


# --- 18 and later: the first by sequence that fits in all (``_get_first_matching_fpos``)


def _first_by_sequence(own: list[FiscalPosition], seat: FiscalSeat, contact: Contact) -> FiscalPosition | None:
    ranked = sorted(own, key=lambda one: _company_rank(one, seat) or 0)
    return next((one for one in ranked if _fits(one, contact)), None)


def _fits(position: FiscalPosition, contact: Contact) -> bool:
    return (
        not (position.vat_required and not contact.vat)
        and not (position.zip_from and position.zip_to and not _zip_between(position, contact.zip))
        and not (position.state_ids and contact.state_id not in position.state_ids)
        and not (position.country_id and contact.country_id != position.country_id)
        and not (position.country_ids and contact.country_id not in position.country_ids)
        and not (contact.state_id and contact.state_id in position.excluded_state_ids)
    )


def _zip_between(position: FiscalPosition, code: str | None) -> bool:
    return bool(code) and (position.zip_from or "") <= (code or "") <= (position.zip_to or "")


# --- up to 14: the one with the narrowest region (``_get_fpos_by_region``)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is, and what a position must have to fit: the same state and zip, or none at all."""

    country_id: int | None
    state_id: int | None
    has_zip: bool
    in_zip_range: Callable[[FiscalPosition], bool]
    without_zip_range: Callable[[FiscalPosition], bool]

    @classmethod
    def of(cls, contact: Contact, *, numbers: bool) -> _Place:
        if numbers:
            return cls._with_number(contact)
        return cls(
            contact.country_id,
            contact.state_id,
            bool(contact.zip),
            (lambda one: _in_text_range(one, contact.zip)) if contact.zip else _no_zip,
            _no_zip,
        )

    @classmethod
    def _with_number(cls, contact: Contact) -> _Place:
        code = int(contact.zip) if contact.zip and contact.zip.isdecimal() else None
        in_range = _zero_range if code is None else lambda one: _number(one.zip_from) <= code <= _number(one.zip_to)
        return cls(contact.country_id, contact.state_id, bool(code), in_range, _zero_range)

    def in_state(self, position: FiscalPosition) -> bool:
        return self.state_id in position.state_ids if self.state_id else not position.state_ids


def _narrowest(own: Sequence[FiscalPosition], place: _Place) -> FiscalPosition | None:
    """Country first, with state and zip given up one after the other; then country groups; then those of nowhere."""
    if not place.country_id:
        return None
    country = [one for one in own if one.country_id == place.country_id]
    tries = [(place.in_state, place.in_zip_range)]
    if place.state_id:
        tries.append((_no_state, place.in_zip_range))
    if place.has_zip:
        tries.append((place.in_state, place.without_zip_range))
    if place.state_id and place.has_zip:
        tries.append((_no_state, place.without_zip_range))
    for state, code in tries:
        for position in country:
            if state(position) and code(position):
                return position
    for position in own:
        if place.country_id in position.country_ids and _no_state(position) and place.without_zip_range(position):
            return position
    return next((one for one in own if not one.country_id and not one.country_ids), None)


def _no_state(position: FiscalPosition) -> bool:
    return not position.state_ids


def _no_zip(position: FiscalPosition) -> bool:
    return not position.zip_from and not position.zip_to


def _in_text_range(position: FiscalPosition, code: str | None) -> bool:
    return bool(position.zip_from and position.zip_to) and _zip_between(position, code)


def _zero_range(position: FiscalPosition) -> bool:
    return _number(position.zip_from) == 0 and _number(position.zip_to) == 0


def _number(code: str | None) -> int:
    return int(code) if code and code.isdecimal() else 0
