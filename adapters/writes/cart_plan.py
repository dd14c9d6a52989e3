"""What to change on a draft order so that it equals its cart. Values in, values out: no calls.

An order that is confirmed meanwhile must not be changed. Odoo takes new quantities on it, but refuses to delete a
line of it, and with it the whole write. So whatever touches an order with lines of ours deletes one of them: where
nothing is removed, one line is replaced instead of changed (`guarded`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from adapters.order_rules import OrderRules
from adapters.reads.order_rows import sequence_of
from adapters.records.orders import Order, OrderLine, PushedCart, PushedLine

#: before the note of a line, below its product's name
NOTE_MARK = "\n» "

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Values of the order, in our names; lines to change and to remove, by Odoo's id; lines to make.

    ``numbers``: of the cart's lines, for the ids in ``changed``.
    """

    header: Values = field(default_factory=dict)
    changed: Mapping[int, Values] = field(default_factory=dict)
    removed: tuple[int, ...] = ()
    added: tuple[PushedLine, ...] = ()
    numbers: Mapping[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.header or self.changed or self.removed or self.added)


@dataclass(frozen=True, slots=True)
class Matched:
    """Lines of ours on the order: by number of the cart's line, and those that no line of the cart stands for."""

    lines: Mapping[int, OrderLine]
    stray: tuple[OrderLine, ...]


def match(order: Order, cart: PushedCart) -> Matched:
    """Find the cart's lines on the order: by the ids known, then by number, then by product.

    Whoever moves lines in Odoo renumbers them, which takes their numbers away. Of several for one number, the oldest
    counts. A line whose product somebody changed is not the cart's line any more.
    """
    wanted = {line.number: line for line in cart.lines}
    known = {line_id: number for number, line_id in cart.line_ids.items()}
    ours = sorted((line for line in order.lines if line.kind == "product"), key=lambda line: line.id)
    found: dict[int, OrderLine] = {}
    taken: set[int] = set()
    for numbers in (known, {line.id: line.number for line in ours}):
        for line in ours:
            number = numbers.get(line.id)
            wish = wanted.get(number or 0)
            if number is None or wish is None or number in found or line.id in taken:
                continue
            if wish.variant_id == line.variant_id:
                found[number] = line
                taken.add(line.id)
    for number, wish in wanted.items():
        if number not in found:
            free = next((one for one in ours if one.id not in taken and _same_product(one, wish, wanted)), None)
            if free is not None:
                found[number] = free
                taken.add(free.id)
    return Matched(found, tuple(line for line in ours if line.id not in taken))


def _same_product(line: OrderLine, wish: PushedLine, wanted: Mapping[int, PushedLine]) -> bool:
    """May this line, whose number was lost, be the wished one? Not if its number says otherwise."""
    return line.variant_id == wish.variant_id and (line.number is None or line.number not in wanted)


def plan_push(order: Order, cart: PushedCart, header: Values, rules: OrderRules) -> Plan:
    """The changes that make ``order`` equal to ``cart``. ``header``: the values to write on the order itself."""
    matched = match(order, cart)
    replacing = _prices_anew(header, rules)
    changed: dict[int, Values] = {}
    removed = [line.id for line in matched.stray]
    added: list[PushedLine] = []
    for wish in sorted(cart.lines, key=lambda line: line.number):
        line = matched.lines.get(wish.number)
        if line is None:
            added.append(wish)
        elif replacing:
            removed.append(line.id)
            added.append(wish)
        elif values := line_changes(line, wish, rules):
            changed[line.id] = values
    numbers = {line.id: number for number, line in matched.lines.items()}
    return Plan(header, changed, tuple(sorted(removed)), tuple(added), numbers)


def line_changes(line: OrderLine, wish: PushedLine, rules: OrderRules) -> Values:
    """What differs between a line of the order and the cart's, in our names."""
    values: Values = {}
    if line.quantity != wish.quantity:
        values["quantity"] = wish.quantity
    if line.number != wish.number:
        values["sequence"] = sequence_of(wish.number)
    if rules.sends_prices and line.price_unit != wish.price_unit:
        values["price_unit"] = wish.price_unit
    if rules.sends_prices and line.discount != wish.discount:
        values["discount"] = wish.discount
    if note_of(line.name) != (wish.note or "").strip():
        values["name"] = with_note(line.name, wish.note)
    return values


def line_values(wish: PushedLine, rules: OrderRules) -> Values:
    """A new line, in our names. Its name is made by Odoo, in the partner's language."""
    values: Values = {
        "variant": wish.variant_id,
        "quantity": wish.quantity,
        "uom": wish.uom_id,
        "sequence": sequence_of(wish.number),
    }
    if rules.sends_prices:
        values |= {"price_unit": wish.price_unit, "discount": wish.discount}
    return values


def with_note(name: str, note: str | None) -> str:
    """The name of a line with the note below it, in the place of one that is there."""
    bare, written = name.partition(NOTE_MARK)[0], (note or "").strip()
    return f"{bare}{NOTE_MARK}{written}" if written else bare


def note_of(name: str) -> str:
    """The note in a line's name, ``""`` when there is none."""
    return name.partition(NOTE_MARK)[2].strip()


def settled(plan: Plan) -> bool:
    """Is there nothing left but values that Odoo keeps otherwise than they were sent (it rounds quantities)?"""
    return not plan.removed and not plan.added and not any("name" in values for values in plan.changed.values())


def _prices_anew(header: Iterable[str], rules: OrderRules) -> bool:
    """Do the lines hang on what changes of the order? Their prices and taxes are worked out when they are made."""
    changed = set(header)
    if rules.keeps_taxes:
        return bool(changed & {"fiscal_position", "pricelist"})
    return bool(changed & {"fiscal_position", "pricelist", "partner", "shipping_partner"})


def _weighs(plan: Plan) -> bool:
    """Would it matter on an order that is confirmed already? A line's text alone does not."""
    return bool(plan.header or plan.added or any(values.keys() - {"name"} for values in plan.changed.values()))


def guarded(plan: Plan, order: Order, cart: PushedCart) -> Plan:
    """The plan with a line of ours deleted, if there is one; one that changes anyway rather than another."""
    lines = match(order, cart).lines
    if plan.removed or not lines or not _weighs(plan):
        return plan
    wished = {line.number: line for line in cart.lines}
    # a note takes another write
    number = min(lines, key=lambda one: (bool(wished[one].note), lines[one].id not in plan.changed, one))
    line = lines[number]
    return Plan(
        header=plan.header,
        changed={key: values for key, values in plan.changed.items() if key != line.id},
        removed=(line.id,),
        added=tuple(sorted([*plan.added, wished[number]], key=lambda one: one.number)),
        numbers=plan.numbers,
    )


def totals(lines: Iterable[OrderLine], step: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Untaxed, tax and total of an order whose totals are the sums of its lines', rounded to multiples of ``step``."""
    counted = list(lines)
    untaxed = _rounded(sum((line.price_subtotal for line in counted), Decimal(0)), step)
    tax = _rounded(sum((line.price_tax for line in counted), Decimal(0)), step)
    return untaxed, tax, untaxed + tax


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).quantize(Decimal(1), rounding="ROUND_HALF_UP") * step if step else amount
