"""Orders confirmed in the last thirty days: what popularity is counted from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from random import Random
from typing import Final

from demo.wholesale.draws import REFERENCE_TIME, stream
from demo.wholesale.goods import Template
from demo.wholesale.trade import Order, OrderLine, Partner, Pricelist
from demo.wholesale.world import Tax

_ORDERS: Final = 100
_DAYS: Final = 30


def orders(
    seed: int,
    templates: Sequence[Template],
    partners: Sequence[Partner],
    pricelists: Sequence[Pricelist],
    taxes: Sequence[Tax],
) -> Iterator[Order]:
    """Confirmed orders of customers whose pricelist is in the company's currency."""
    euro = {entry.id for entry in pricelists if entry.currency_id == pricelists[0].currency_id}
    buyers = [
        partner for partner in partners if partner.customer and partner.is_company and partner.pricelist_id in euro
    ]
    sold = [template for template in templates if template.active and template.published and template.sellable]
    percents = {tax.id: tax.percent for tax in taxes}
    line_ids = count(1)
    for number in range(1, _ORDERS + 1) if sold and buyers else ():
        draw = stream(seed, "order", number)
        buyer = draw.choice(buyers)
        confirmed = REFERENCE_TIME - timedelta(seconds=3600 + (_ORDERS - number) * (_DAYS * 86400 - 7200) // _ORDERS)
        yield Order(
            id=number,
            name=f"S{number:05d}",
            partner_id=buyer.id,
            invoice_id=buyer.id + 2,
            delivery_id=buyer.id + 3,
            pricelist_id=buyer.pricelist_id or 1,
            payment_term_id=buyer.payment_term_id,
            confirmed=confirmed,
            reference=f"PO-{draw.randrange(10**6):06d}" if draw.random() < 0.4 else "",
            lines=tuple(_lines(draw, sold, percents, line_ids)),
        )


def _lines(
    draw: Random, sold: Sequence[Template], percents: dict[int, float], ids: Iterator[int]
) -> Iterator[OrderLine]:
    """A few lines at list price. The first templates sell better than the others."""
    for place in range(draw.randint(1, 6)):
        template = sold[int(len(sold) * draw.random() ** 3)]
        variant = draw.choice([entry for entry in template.variants if entry.active])
        quantity = draw.choice((1, 1, 2, 3, 5, 10, 24))
        price = template.price + variant.extra
        subtotal = price * quantity
        tax = sum(round(subtotal * percents[tax_id] / 100 + 1e-9) for tax_id in template.tax_ids)
        code = f"[{variant.code}] " if variant.code else ""
        yield OrderLine(
            id=next(ids),
            variant_id=variant.id,
            uom_id=template.uom_id,
            name=f"{code}{template.name.en}",
            quantity=float(quantity),
            price=price,
            tax_ids=template.tax_ids,
            subtotal=subtotal,
            total=subtotal + tax,
            sequence=10 * (place + 1),
        )
