"""What of a cart Odoo did not take into its order."""

from __future__ import annotations

from cart.model import Cart, Refused


def still_refused(cart: Cart) -> tuple[Refused, ...]:
    """What Odoo refused when it was told last, as far as the cart still has it."""
    if cart.synced is None or cart.state not in ("open", "placing", "requested"):
        return ()
    there = {
        "line": {str(line.number) for line in cart.lines},
        "code": {code.strip() for code in cart.details.codes},
        "delivery": {str(cart.details.carrier_id)},
    }
    return tuple(one for one in cart.synced.refused if one.what in there[one.kind])
