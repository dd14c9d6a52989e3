"""Carts of owners and what is in them, wherever they are kept."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from cart.ids import FIRST_ORDER_NUMBER, new_cart_id
from cart.model import CartDetails, Transaction
from cart.rules import CartRules, Limits
from cart.store import CartClosedError, CartNotFoundError, CartRefusedError, CartStore
from tests.cart.conftest import StoreOf
from tests.cart.places import add, by_number, customer, guest, put, shown, statuses


class TestOwners:
    async def test_one_current_cart_however_many_ask_at_once(self, carts: CartStore) -> None:
        owner = customer()
        assert await carts.current(owner, create=False) is None
        found = await asyncio.gather(*(carts.current(owner, create=True) for _ in range(12)))
        assert len({one.id for one in found if one is not None}) == 1
        assert len(await carts.carts_of(owner)) == 1
        one = found[0]
        assert one is not None
        assert (one.owner, one.state, one.version, one.lines, one.details) == (owner, "open", 0, (), CartDetails())
        assert UUID(one.id).version == 8

    async def test_order_numbers_are_their_own_and_fit_an_int(self, carts: CartStore) -> None:
        owners = [customer() for _ in range(40)]
        made = [await carts.create(owner) for owner in owners] + [await carts.create(owners[0]) for _ in range(3)]
        numbers = {cart.order_number for cart in made}
        assert len(numbers) == len(made)
        assert all(FIRST_ORDER_NUMBER <= number < 2**31 for number in numbers)

    async def test_carts_of_two_shops_and_of_guests_are_apart(self, carts: CartStore) -> None:
        one, guests = customer("x"), guest()
        owners = [one, type(one)(kind="customer", key="x", website_id=2), type(one)(kind="guest", key="x"), guests]
        ids = {cart.id for owner in owners if (cart := await carts.current(owner, create=True))}
        assert len(ids) == 4
        for owner in owners:
            assert [cart.owner for cart in await carts.carts_of(owner)] == [owner]

    async def test_a_given_id_makes_one_cart_and_not_of_another_owner(self, carts: CartStore) -> None:
        owner = customer()
        cart_id = new_cart_id(owner)
        first = await carts.create(owner, cart_id=cart_id)
        await carts.apply(cart_id, [add(1)])
        again = await carts.create(owner, cart_id=cart_id)
        assert (again.id, again.order_number, len(again.lines)) == (cart_id, first.order_number, 1)
        others = (customer() for _ in range(20))
        stranger = next(one for one in others if new_cart_id(one)[1] != cart_id[1])
        with pytest.raises(ValueError, match="not a cart's id"):
            await carts.create(stranger, cart_id=cart_id)

    @pytest.mark.parametrize("cart_id", ["", "x", "../../etc", "09992351-b709-47a1-8ee5-91898677e943", "0" * 36])
    async def test_what_is_no_id_is_no_cart(self, carts: CartStore, cart_id: str) -> None:
        assert await carts.find(cart_id) is None
        assert await carts.find_many([cart_id]) == {}
        assert await carts.take(cart_id, "t", 1) is None
        with pytest.raises(CartNotFoundError):
            await carts.apply(cart_id, [add(1)])
        with pytest.raises(CartNotFoundError):
            await carts.clear(cart_id)

    async def test_many_are_found_at_once(self, carts: CartStore) -> None:
        made = [await carts.create(customer()) for _ in range(10)]
        wanted = [made[3].id, new_cart_id(customer()), made[0].id, made[3].id]
        assert list(await carts.find_many(wanted)) == [made[3].id, made[0].id]
        assert (await carts.find_many(wanted))[made[0].id] == made[0]

    async def test_they_are_in_the_order_in_which_they_were_made(self, store_of: StoreOf) -> None:
        carts, owner = store_of(CartRules(limits=Limits(carts=60))), customer()
        names = [f"Basket {number}" for number in range(50)]
        for name in names:
            await carts.create(owner, name=name)
        assert [cart.name for cart in await carts.carts_of(owner)] == names

    async def test_saved_baskets(self, carts: CartStore) -> None:
        owner = customer()
        first = await carts.create(owner)
        await carts.apply(first.id, [add(1, 2)])
        saved = await carts.save(first.id, "Monday")
        assert (saved.name, saved.version) == ("Monday", 1)
        assert await carts.current(owner, create=False) is None
        second = await carts.current(owner, create=True)
        assert second is not None
        assert (await carts.save(first.id, "Tuesday")).name == "Tuesday"
        assert await carts.current(owner, create=False) == second
        await carts.apply(second.id, [add(2)])
        third = await carts.create(owner, name="Wish")
        assert [cart.name for cart in await carts.carts_of(owner)] == ["Tuesday", None, "Wish"]
        active = await carts.activate(first.id, old_name="before")
        assert (active.id, active.name, shown(active)) == (first.id, None, [(1, 1, "2")])
        assert [cart.name for cart in await carts.carts_of(owner)] == [None, "before", "Wish"]
        assert (await carts.activate(first.id, old_name="x")).name is None
        await carts.clear(first.id)
        await carts.activate(third.id, old_name="empty")
        left = await carts.carts_of(owner)
        assert [(cart.id, cart.name) for cart in left] == [(second.id, "before"), (third.id, None)]
        gone = await carts.find(first.id)
        assert gone is not None
        assert gone.state == "deleted"

    async def test_deleted_carts(self, carts: CartStore) -> None:
        owner = customer()
        cart = await carts.create(owner)
        await carts.apply(cart.id, [add(1)])
        assert (await carts.delete(cart.id)).state == "deleted"
        assert (await carts.delete(cart.id)).lines == ()
        assert await carts.carts_of(owner) == []
        assert statuses((await carts.apply(cart.id, [add(1)])).results) == ["CART_CLOSED"]
        for refused in (carts.clear(cart.id), carts.save(cart.id, "x"), carts.set_details(cart.id, note="x")):
            with pytest.raises(CartClosedError) as caught:
                await refused
            assert caught.value.cart.state == "deleted"
        new = await carts.current(owner, create=True)
        assert new is not None
        assert new.id != cart.id

    async def test_no_owner_has_too_many(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(limits=Limits(carts=3)))
        owner = customer()
        made = [await carts.create(owner, name=f"no. {one}") for one in range(3)]
        with pytest.raises(CartRefusedError, match="as many"):
            await carts.create(owner, name="four")
        current = await carts.current(owner, create=True)
        assert current is not None
        with pytest.raises(CartRefusedError):
            await carts.save(current.id, "four")
        await carts.delete(made[0].id)
        await carts.delete(made[1].id)
        assert (await carts.save(current.id, "three")).name == "three"

    async def test_names(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        for name in ("", "x" * 201, "\ud800"):
            with pytest.raises(CartRefusedError):
                await carts.save(cart.id, name)


class TestLines:
    async def test_deltas_and_quantities(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        applied = await carts.apply(cart.id, [add(7, 3), add(8, "0.25"), add(7, -1), put(9, 4), put(8, "1.5")])
        assert shown(applied.cart) == [(1, 7, "2"), (2, 8, "1.5"), (3, 9, "4")]
        assert [one.number for one in applied.results] == [1, 2, 1, 3, 2]
        assert statuses(applied.results) == ["APPLIED"] * 5
        assert applied.cart.version == 1
        applied = await carts.apply(cart.id, [by_number(2, quantity=0), by_number(3, delta="0.000001")])
        assert shown(applied.cart) == [(1, 7, "2"), (3, 9, "4.000001")]
        assert applied.cart == await carts.find(cart.id)

    async def test_numbers_are_never_used_again(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        await carts.apply(cart.id, [add(1), add(2), put(2, 0), add(2)])
        assert shown(await carts.find(cart.id)) == [(1, 1, "1"), (3, 2, "1")]
        assert shown(await carts.clear(cart.id)) == []
        assert shown((await carts.apply(cart.id, [add(1)])).cart) == [(4, 1, "1")]
        gone = await carts.apply(cart.id, [by_number(1, delta=1), by_number(3, quantity=1)])
        assert statuses(gone.results) == ["LINE_NOT_FOUND"] * 2

    async def test_a_batch_sent_again_whole_or_in_part_counts_once(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        batch = [add(1, 2), add(2, 3), put(1, 5), add(1, -1)]
        once = (await carts.apply(cart.id, batch)).cart
        assert shown(once) == [(1, 1, "4"), (2, 2, "3")]
        for again in (batch, batch[::-1], batch[1:2], [batch[0]] * 3):
            applied = await carts.apply(cart.id, again)
            assert statuses(applied.results) == ["DUPLICATE"] * len(again)
            assert applied.cart == once
        upper = [Transaction(id=one.id.upper(), variant_id=1, delta=Decimal(9)) for one in batch]
        assert statuses((await carts.apply(cart.id, upper)).results) == ["DUPLICATE"] * 4

    async def test_deltas_overtaking_one_another(self, carts: CartStore) -> None:
        """The later request arrives first."""
        cart = await carts.create(customer())
        assert shown((await carts.apply(cart.id, [add(1, -3)])).cart) == []
        assert shown((await carts.apply(cart.id, [add(1, 5)])).cart) == [(1, 1, "2")]
        assert shown((await carts.apply(cart.id, [by_number(1, delta=-4)])).cart) == []
        assert shown((await carts.apply(cart.id, [add(1, 3)])).cart) == [(2, 1, "1")]
        assert shown((await carts.apply(cart.id, [add(1, -4), put(1, 2), add(1, 1)])).cart) == [(3, 1, "3")]

    async def test_what_was_taken_too_much_is_forgotten_soon(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(owed_seconds=0.05))
        cart = await carts.create(customer())
        await carts.apply(cart.id, [add(1), add(1, -1), add(1, -1)])
        await asyncio.sleep(0.1)
        assert shown((await carts.apply(cart.id, [add(1)])).cart) == [(2, 1, "1")]

    async def test_equal_options_equal_line(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        long = {"engraving": "ü" * 300, "colour": "red"}
        batch = [
            add(1, options={"a": "1", "b": "ü"}),
            add(1, options={"b": "ü", "a": "1"}),
            add(1, options={"a": "1"}),
            add(1),
            add(1, options=long),
            add(1, options=dict(reversed(long.items()))),
            add(11, options={}),
        ]
        applied = await carts.apply(cart.id, batch)
        assert [one.number for one in applied.results] == [1, 1, 2, 3, 4, 4, 5]
        assert [dict(line.options) for line in applied.cart.lines] == [{"a": "1", "b": "ü"}, {"a": "1"}, {}, long, {}]

    async def test_notes(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        applied = await carts.apply(cart.id, [add(1, note="für Otto\0"), add(1), add(2, note=""), add(3, note="x")])
        assert [line.note for line in applied.cart.lines] == ["für Otto\0", None, "x"]
        applied = await carts.apply(cart.id, [add(1, 0, note="neu"), add(3, note=""), add(2, 0)])
        assert [line.note for line in applied.cart.lines] == ["neu", None, None]
        assert [line.quantity for line in applied.cart.lines] == [2, 1, 2]
        assert shown((await carts.apply(cart.id, [add(4, 0, note="nothing there")])).cart)[3:] == []

    async def test_rejected_ones_are_not_remembered(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        batch = [add(1), add(2), add(3)]
        hidden = {batch[1].id: ("PRODUCT_NOT_FOUND", "no such product")}
        applied = await carts.apply(cart.id, batch, rejected=hidden)  # type: ignore[arg-type]
        assert statuses(applied.results) == ["APPLIED", "PRODUCT_NOT_FOUND", "APPLIED"]
        assert applied.results[1].message == "no such product"
        assert statuses((await carts.apply(cart.id, batch)).results) == ["DUPLICATE", "APPLIED", "DUPLICATE"]
        # it was applied when nothing was wrong with it yet: the first answer stands
        applied = await carts.apply(cart.id, batch, rejected=hidden)  # type: ignore[arg-type]
        assert statuses(applied.results) == ["DUPLICATE"] * 3
        before = applied.cart
        assert (await carts.apply(cart.id, [add(1)], rejected={})).cart.version == before.version + 1

    async def test_bad_ones(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        ok = str(uuid4())
        bad = [
            Transaction(id="1", variant_id=1, delta=Decimal(1)),
            Transaction(id="x" * 99, variant_id=1, delta=Decimal(1)),
            Transaction(id=ok, variant_id=1),
            Transaction(id=ok, variant_id=1, delta=Decimal(1), quantity=Decimal(1)),
            Transaction(id=ok, delta=Decimal(1)),
            Transaction(id=ok, delta=Decimal(1), variant_id=1, number=1),
            add(1, "NaN", id=ok),
            add(1, "Infinity", id=ok),
            add(1, "0.0000001", id=ok),
            add(1, "1E-400", id=ok),
            add(1, note="x" * 2001, id=ok),
            add(1, note="\ud800", id=ok),
            add(1, options={"a": "x" * 4000}, id=ok),
            add(1, options={"a": "\udfff"}, id=ok),
        ]
        applied = await carts.apply(cart.id, bad)
        assert statuses(applied.results) == ["BAD_TRANSACTION"] * len(bad)
        assert all(one.message for one in applied.results)
        assert (applied.cart.version, applied.cart.lines) == (0, ())
        others = [add(0), add(2**31), add(-5), by_number(0, delta=1)]
        expected = ["PRODUCT_NOT_FOUND"] * 3 + ["LINE_NOT_FOUND"]
        assert statuses((await carts.apply(cart.id, others)).results) == expected

    async def test_quantities_are_exact_up_to_the_largest(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        applied = await carts.apply(
            cart.id, [add(1, "999999999.999999"), add(1, "0.000001"), put(2, "123456789.123457"), add(3, "1E+3")]
        )
        assert shown(applied.cart) == [(1, 1, "1000000000"), (2, 2, "123456789.123457"), (3, 3, "1000")]
        too_large = [add(1, "0.000001"), add(4, "1E+10"), put(2, "1E+999999"), add(4, "-1000000000.000001")]
        applied = await carts.apply(cart.id, too_large)
        assert statuses(applied.results) == ["QUANTITY_TOO_LARGE"] * 4
        assert shown((await carts.apply(cart.id, [put(1, -7), put(2, "-1E+999999")])).cart) == [(3, 3, "1000")]

    async def test_limits(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(limits=Limits(lines=3, batch=5)))
        cart = await carts.create(customer())
        applied = await carts.apply(cart.id, [add(1), add(2), add(3), add(4), add(1)])
        assert statuses(applied.results) == ["APPLIED"] * 3 + ["TOO_MANY_LINES", "APPLIED"]
        applied = await carts.apply(cart.id, [put(1, 0), add(4)])
        assert shown(applied.cart) == [(2, 2, "1"), (3, 3, "1"), (4, 4, "1")]
        many = [add(2) for _ in range(6)]
        applied = await carts.apply(cart.id, many)
        assert statuses(applied.results) == ["BAD_TRANSACTION"] * 6
        assert statuses((await carts.apply(cart.id, many[:5])).results) == ["APPLIED"] * 5

    async def test_the_last_transactions_are_remembered(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(limits=Limits(batch=10), remember_most=20))
        cart = await carts.create(customer())
        batches = [[add(1) for _ in range(10)] for _ in range(4)]
        for batch in batches:
            await carts.apply(cart.id, batch)
            await asyncio.sleep(0.002)
        for batch in batches[2:]:
            assert statuses((await carts.apply(cart.id, batch)).results) == ["DUPLICATE"] * 10
        assert statuses((await carts.apply(cart.id, batches[0][:1])).results) == ["APPLIED"]

    async def test_transactions_are_forgotten_in_time(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(remember_seconds=0.05))
        cart = await carts.create(customer())
        old = add(1)
        await carts.apply(cart.id, [old])
        assert statuses((await carts.apply(cart.id, [old])).results) == ["DUPLICATE"]
        await asyncio.sleep(0.1)
        await carts.apply(cart.id, [add(2)])
        assert statuses((await carts.apply(cart.id, [old])).results) == ["APPLIED"]

    async def test_an_empty_batch_reads(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        applied = await carts.apply(cart.id, [])
        assert (applied.cart, applied.results) == (cart, ())


class TestDetails:
    async def test_details_are_changed_one_by_one(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        changed = await carts.set_details(cart.id, partner_id=7, codes=["A", "B", "A"], note="bitte läuten")
        assert changed.details == CartDetails(partner_id=7, codes=("A", "B"), note="bitte läuten")
        assert changed.version == 1
        changed = await carts.set_details(cart.id, partner_id=None, codes=(), carrier_id=2, reference="PO-1")
        assert changed.details == CartDetails(note="bitte läuten", carrier_id=2, reference="PO-1")
        assert changed == await carts.find(cart.id)

    async def test_bad_details(self, carts: CartStore) -> None:
        cart = await carts.create(customer())
        for bad in (
            {"partner_id": "x"},
            {"note": "x" * 2001},
            {"reference": "x" * 201},
            {"codes": [str(one) for one in range(51)]},
            {"codes": [None]},
            {"note": "\ud800"},
        ):
            with pytest.raises(CartRefusedError):
                await carts.set_details(cart.id, **bad)
        with pytest.raises(TypeError):
            await carts.set_details(cart.id, colour="red")
        assert await carts.find(cart.id) == cart


class TestEnds:
    async def test_guests_carts_end_sooner(self, store_of: StoreOf) -> None:
        carts = store_of(CartRules(guest=0.2, customer=60))
        theirs, mine = await carts.create(guest()), await carts.create(customer())
        await carts.apply(theirs.id, [add(1)])
        await carts.apply(mine.id, [add(1)])
        await asyncio.sleep(0.3)
        assert await carts.find(theirs.id) is None
        assert await carts.current(theirs.owner, create=False) is None
        assert await carts.carts_of(theirs.owner) == []
        assert await carts.find(mine.id) is not None
        new = await carts.current(theirs.owner, create=True)
        assert new is not None
        assert new.id != theirs.id

    async def test_changes_let_a_cart_live_on(self, store_of: StoreOf) -> None:
        life = 1.5
        carts = store_of(CartRules(guest=life))
        while True:
            cart = await carts.create(guest())
            pauses = []
            for _ in range(6):
                began = time.monotonic()
                await asyncio.sleep(0.2 * life)
                with suppress(CartNotFoundError):
                    applied = await carts.apply(cart.id, [add(1)])
                pauses.append(time.monotonic() - began)
            if max(pauses) < 0.8 * life:  # else it may have ended, as the machine stood still
                break
        assert shown(applied.cart) == [(1, 1, "6")]
