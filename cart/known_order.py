"""The order that Odoo made of a cart, as it is kept with the cart (`cart.model.Synced.order`)."""

from __future__ import annotations

from typing import Final

import msgspec

from adapters.records.orders import Order

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Order)


def encode_order(order: Order) -> bytes:
    return _ENCODER.encode(order)


def decode_order(kept: bytes) -> Order | None:
    """None: another release kept it, or it is none; Odoo tells of it again at the next push."""
    try:
        return _DECODER.decode(kept)
    except msgspec.MsgspecError:
        return None
