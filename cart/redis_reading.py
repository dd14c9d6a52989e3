"""Carts as Redis gives them, as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from cart.model import Cart, CartDetails, CartLine, CartState, Failure, Owner, Synced
from cart.prepared import canonical, millionths, options_of, quantity_of


class KeptLine(msgspec.Struct, frozen=True, array_like=True):
    """A line as it is kept. ``options``: canonical JSON, "" for none."""

    number: int
    variant_id: int
    amount: int
    options: str
    note: str | bool


_ENCODER: Final = msgspec.msgpack.Encoder()
_LINES: Final = msgspec.msgpack.Decoder(list[KeptLine])
_SYNCED: Final = msgspec.msgpack.Decoder(Synced)
_FAILURE: Final = msgspec.msgpack.Decoder(Failure)
_DETAILS: Final = {one.name: msgspec.msgpack.Decoder(one.type) for one in msgspec.structs.fields(CartDetails)}


def pack(value: Any) -> bytes:
    return _ENCODER.encode(value)


def pack_lines(cart: Cart) -> bytes:
    """The lines of a cart as another takes them in."""
    return pack(
        [
            (one.number, one.variant_id, millionths(one.quantity), canonical(one.options), one.note or False)
            for one in cart.lines
        ]
    )


def read_cart(answer: Any) -> Cart | None:
    """A cart of a script's answer: {now (ms), id, its fields and values, its lines}; nothing: None."""
    if not answer:
        return None
    now, cart_id, flat, lines = answer
    fields: dict[bytes, bytes] = dict(zip(flat[::2], flat[1::2], strict=True))
    name, into, synced, failure = (fields.get(one) for one in (b"name", b"into", b"syn", b"fail"))
    return Cart(
        id=cart_id.decode(),
        order_number=int(fields[b"num"]),
        owner=Owner(
            kind="guest" if fields[b"kind"] == b"guest" else "customer",
            key=fields[b"okey"].decode(),
            website_id=int(fields[b"site"]),
        ),
        state=_state(fields, int(now)),
        version=int(fields[b"ver"]),
        created=int(fields[b"made"]) / 1000,
        changed=int(fields[b"chg"]) / 1000,
        lines=tuple(map(_line, sorted(_LINES.decode(lines), key=_number))),
        details=_details(fields),
        name=None if name is None else name.decode(),
        into=None if into is None else into.decode(),
        synced=None if synced is None else _SYNCED.decode(synced),
        failure=None if failure is None else _FAILURE.decode(failure),
        placement=fields.get(b"plc"),
        merging=b"merging" in fields,
    )


def _state(fields: Mapping[bytes, bytes], now: int) -> CartState:
    state = fields[b"state"]
    if state == b"placing" and int(fields[b"puntil"]) <= now:
        state = fields[b"pfrom"]
    return cast(CartState, state.decode())


def _line(kept: KeptLine) -> CartLine:
    return CartLine(
        number=kept.number,
        variant_id=kept.variant_id,
        quantity=quantity_of(kept.amount),
        options=options_of(kept.options),
        note=kept.note if isinstance(kept.note, str) else None,
    )


def _number(kept: KeptLine) -> int:
    return kept.number


def _details(fields: Mapping[bytes, bytes]) -> CartDetails:
    return CartDetails(
        **{
            name: decoder.decode(value)
            for name, decoder in _DETAILS.items()
            if (value := fields.get(b"d:" + name.encode())) is not None
        }
    )
