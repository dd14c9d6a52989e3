"""Orders in the double: prices and totals by version, imports that repeat, stages, deliveries, codes, invoices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from demo.double import Double
from demo.double.errors import SERIALIZATION_FAILURE, USER_ERROR, VALIDATION_ERROR, OdooFault
from demo.wholesale import generate
from tests.double.caller import Caller

VERSIONS = ("10.0", "14.0", "19.0")
NOW = datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - naive UTC, as Odoo keeps its moments
UNIT = {"10.0": "product_uom", "14.0": "product_uom", "19.0": "product_uom_id"}
TAXES = {"10.0": "tax_id", "14.0": "tax_id", "19.0": "tax_ids"}
CUSTOMER = 10


@pytest.fixture(params=VERSIONS)
def call(request: pytest.FixtureRequest) -> Caller:
    return wholesale(request.param)


def wholesale(version: str) -> Caller:
    return Caller(Double(generate(version, products=60, pricelists=3), lambda: NOW))


def goods(call: Caller, count: int = 3) -> list[int]:
    """Variants that are sold, with a price and a tax."""
    domain = [["sale_ok", "=", True], ["list_price", ">", 1], ["taxes_id", "!=", False], ["type", "!=", "service"]]
    found: list[int] = call("product.product", "search", domain, limit=count, order="id")
    assert len(found) == count
    return found


def order(call: Caller, *lines: tuple[int, float], partner: int = CUSTOMER, **values: Any) -> int:
    unit = UNIT[call.double.version]
    commands = []
    for product, quantity in lines:
        own = call("product.product", "read", [product], ["uom_id"])[0]["uom_id"][0]
        commands.append((0, 0, {"product_id": product, "product_uom_qty": quantity, unit: own}))
    made: int = call("sale.order", "create", {"partner_id": partner, "order_line": commands, **values})
    return made


def read(call: Caller, order_id: int, *names: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = call("sale.order", "read", [order_id], list(names))
    return rows[0]


def line_rows(call: Caller, order_id: int, *names: str) -> list[dict[str, Any]]:
    ids = read(call, order_id, "order_line")["order_line"]
    rows: list[dict[str, Any]] = call("sale.order.line", "read", ids, list(names))
    return rows


# ------------------------------------------------------------------------------------------- prices and totals


def test_totals_are_those_of_the_lines(call: Caller) -> None:
    products = goods(call)
    order_id = order(call, *((product, 3.0) for product in products))
    told = read(call, order_id, "amount_untaxed", "amount_tax", "amount_total", "name", "state", "currency_id")
    rows = line_rows(call, order_id, "price_unit", "price_subtotal", "price_tax", "price_total", "product_uom_qty")
    assert told["state"] == "draft"
    assert told["name"] == {"10.0": "SO101", "14.0": "S00101", "19.0": "S00101"}[call.double.version]
    for row in rows:
        assert row["price_subtotal"] == pytest.approx(row["price_unit"] * 3, abs=0.006)
    assert told["amount_untaxed"] == pytest.approx(sum(row["price_subtotal"] for row in rows))
    assert told["amount_total"] == pytest.approx(told["amount_untaxed"] + told["amount_tax"])
    assert told["amount_tax"] > 0


def test_a_changed_quantity_changes_the_price_in_19_alone() -> None:
    for version in VERSIONS:
        call = wholesale(version)
        product = goods(call, 1)[0]
        rule = {"pricelist_id": 1, "applied_on": "0_product_variant", "product_id": product, "compute_price": "fixed"}
        template = call("product.product", "read", [product], ["product_tmpl_id"])[0]["product_tmpl_id"][0]
        for quantity, price in ((1, 9.0), (10, 7.0)):
            values = {**rule, "product_tmpl_id": template, "min_quantity": quantity, "fixed_price": price}
            call("product.pricelist.item", "create", values)
        order_id = order(call, (product, 1.0), pricelist_id=1)
        assert line_rows(call, order_id, "price_unit")[0]["price_unit"] == 9.0
        line_id = read(call, order_id, "order_line")["order_line"][0]
        call("sale.order", "write", [order_id], {"order_line": [(1, line_id, {"product_uom_qty": 10})]})
        row = line_rows(call, order_id, "price_unit", "price_subtotal")[0]
        assert row["price_unit"] == (7.0 if version == "19.0" else 9.0)
        assert row["price_subtotal"] == 10 * row["price_unit"]


def test_without_its_unit_10_prices_one_piece() -> None:
    call = wholesale("10.0")
    product = goods(call, 1)[0]
    template = call("product.product", "read", [product], ["product_tmpl_id"])[0]["product_tmpl_id"][0]
    for quantity, price in ((1, 9.0), (10, 7.0)):
        rule = {"pricelist_id": 1, "applied_on": "1_product", "product_tmpl_id": template, "compute_price": "fixed"}
        call("product.pricelist.item", "create", {**rule, "min_quantity": quantity, "fixed_price": price})
    line = {"product_id": product, "product_uom_qty": 10}
    order_id = call("sale.order", "create", {"partner_id": CUSTOMER, "pricelist_id": 1, "order_line": [(0, 0, line)]})
    assert line_rows(call, order_id, "price_unit")[0]["price_unit"] == 9.0


def test_terms_and_fiscal_position_come_by_themselves_in_19_alone(call: Caller) -> None:
    abroad = call("res.partner", "search", [["property_account_position_id", "=", 2], ["is_company", "=", True]])
    order_id = order(call, (goods(call, 1)[0], 2.0), partner=abroad[0])
    told = read(call, order_id, "payment_term_id", "fiscal_position_id", "amount_tax")
    filled = call.double.version == "19.0"
    assert bool(told["payment_term_id"]) is filled
    assert bool(told["fiscal_position_id"]) is filled
    assert told["amount_tax"] == 0.0  # the taxes of the lines are right in every version
    assert line_rows(call, order_id, TAXES[call.double.version])[0][TAXES[call.double.version]] == [4]


def test_many_lines(call: Caller) -> None:
    products = goods(call, 40)
    order_id = order(call, *((products[number % 40], float(number + 1)) for number in range(500)))
    ids = read(call, order_id, "order_line")["order_line"]
    assert len(ids) == 500
    changed = [(1, line_id, {"product_uom_qty": 2}) for line_id in ids[:250]] + [(2, ids[-1], False)]
    call("sale.order", "write", [order_id], {"order_line": changed})
    rows = line_rows(call, order_id, "price_subtotal")
    assert len(rows) == 499
    assert read(call, order_id, "amount_untaxed")["amount_untaxed"] == pytest.approx(
        sum(row["price_subtotal"] for row in rows)
    )


# ------------------------------------------------------------------------------------------------------ import


def test_an_import_with_an_external_id_makes_one_order(call: Caller) -> None:
    fields, row = ["id", "partner_id/.id", "origin"], ["headless_odoo.cart_a1", str(CUSTOMER), "a1"]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: call("sale.order", "load", fields, [row]), range(5)))
    ids = {answer["ids"][0] for answer in answers}
    assert len(ids) == 1
    assert call("sale.order", "search_count", [["origin", "=", "a1"]]) == 1
    again = call("sale.order", "load", fields, [[row[0], row[1], "a2"]])
    assert set(again["ids"]) == ids
    assert read(call, again["ids"][0], "origin")["origin"] == "a2"
    names = call("ir.model.data", "search_read", [["module", "=", "headless_odoo"]], ["name", "model", "res_id"])
    assert [(row["name"], row["model"], row["res_id"]) for row in names] == [("cart_a1", "sale.order", *ids)]
    twice = {"module": "headless_odoo", "name": "cart_a1", "model": "sale.order", "res_id": 1}
    assert call.fault("ir.model.data", "create", twice).name == VALIDATION_ERROR


def test_the_external_id_goes_with_the_order(call: Caller) -> None:
    row = [["headless_odoo.cart_b", str(CUSTOMER)]]
    first = call("sale.order", "load", ["id", "partner_id/.id"], row)["ids"]
    call("sale.order", "unlink", first)
    second = call("sale.order", "load", ["id", "partner_id/.id"], row)["ids"]
    assert second != first
    assert call("sale.order", "search", [["id", "in", [*first, *second]]]) == second


def test_a_bad_import_is_told_and_undone(call: Caller) -> None:
    rows = [["m.good", str(CUSTOMER)], ["m.bad", "999999"]]
    before = call("sale.order", "search_count", [])
    answer = call("sale.order", "load", ["id", "partner_id/.id"], rows)
    assert answer["ids"] is False
    assert [message["record"] for message in answer["messages"]] == [1]
    assert "database id '999999'" in answer["messages"][0]["message"]
    assert call("sale.order", "search_count", []) == before
    assert call("ir.model.data", "search_count", [["module", "=", "m"]]) == 0


# ------------------------------------------------------------------------------------------------------ stages


def test_confirming_twice(call: Caller) -> None:
    order_id = order(call, (goods(call, 1)[0], 1.0))
    assert call("sale.order", "action_confirm", [order_id]) is True
    told = read(call, order_id, "state", "picking_ids", "invoice_status")
    assert (told["state"], len(told["picking_ids"]), told["invoice_status"]) == ("sale", 1, "to invoice")
    if call.double.version == "19.0":
        fault = call.fault("sale.order", "action_confirm", [order_id])
        assert fault.message == "Some orders are not in a state requiring confirmation."
    else:
        assert call("sale.order", "action_confirm", [order_id]) is True
    assert len(read(call, order_id, "picking_ids")["picking_ids"]) == 1
    line_id = read(call, order_id, "order_line")["order_line"][0]
    assert call.fault("sale.order.line", "unlink", [line_id]).name == USER_ERROR
    assert call.fault("sale.order", "unlink", [order_id]).name == USER_ERROR
    assert call("sale.order", "action_cancel", [order_id]) is True
    assert read(call, order_id, "state")["state"] == "cancel"
    call("sale.order", "action_draft", [order_id])
    assert read(call, order_id, "state")["state"] == "draft"
    call("sale.order", "unlink", [order_id])


def test_of_parallel_confirmations_19_takes_one() -> None:
    call = wholesale("19.0")
    order_id = order(call, (goods(call, 1)[0], 1.0))

    def confirm(_number: int) -> str:
        try:
            return str(call("sale.order", "action_confirm", [order_id]))
        except OdooFault as fault:
            return fault.name

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(confirm, range(4))) == ["True", *[USER_ERROR] * 3]


def test_a_cancelled_order_is_not_confirmed_in_14() -> None:
    call = wholesale("14.0")
    order_id = order(call)
    call("sale.order", "action_cancel", [order_id])
    assert "not allowed to confirm" in call.fault("sale.order", "action_confirm", [order_id]).message


def test_locked_orders(call: Caller) -> None:
    order_id = order(call, (goods(call, 1)[0], 1.0))
    call("sale.order", "action_confirm", [order_id])
    call("sale.order", "action_lock" if call.double.version == "19.0" else "action_done", [order_id])
    line_id = read(call, order_id, "order_line")["order_line"][0]
    if call.double.version != "10.0":
        fault = call.fault("sale.order.line", "write", [line_id], {"price_unit": 1.0})
        assert fault.message.startswith("It is forbidden to modify the following fields in a locked order:\n")
    if call.double.version == "19.0":
        assert "locked order" in call.fault("sale.order", "action_cancel", [order_id]).message
    else:
        assert read(call, order_id, "state")["state"] == "done"


# -------------------------------------------------------------------------------------------- deliveries, codes


def deliver(call: Caller, order_id: int, carrier: int) -> float:
    """Put a carrier's charge on the order: its price."""
    if call.double.version == "10.0":
        call("sale.order", "write", [order_id], {"carrier_id": carrier})
        call("sale.order", "delivery_set", [order_id])
    else:
        wizard = call("choose.delivery.carrier", "create", {"order_id": order_id, "carrier_id": carrier})
        call("choose.delivery.carrier", "update_price", [wizard])
        call("choose.delivery.carrier", "button_confirm", [wizard])
    charges = [row for row in line_rows(call, order_id, "is_delivery", "price_unit") if row["is_delivery"]]
    assert len(charges) == 1
    return float(charges[0]["price_unit"])


def test_deliveries_are_fixed_free_or_by_rule(call: Caller) -> None:
    product = goods(call, 1)[0]
    call("product.product", "write", [product], {"lst_price": 10.0, "weight": 1.0})
    order_id = order(call, (product, 2.0), pricelist_id=1)
    values = {"price_unit": 10.0}
    call("sale.order.line", "write", read(call, order_id, "order_line")["order_line"], values)
    assert deliver(call, order_id, 1) == 9.5
    assert deliver(call, order_id, 4) == 7.5  # 2 kg, in place of the charge before
    line_id = read(call, order_id, "order_line")["order_line"][0]
    call("sale.order.line", "write", [line_id], {"product_uom_qty": 40, "price_unit": 10.0})
    assert deliver(call, order_id, 1) == 0.0  # over 250
    assert deliver(call, order_id, 4) == pytest.approx(14.9 + 0.35 * 40)
    total = read(call, order_id, "amount_total", "carrier_id")
    assert total["carrier_id"][0] == 4


def test_a_carrier_that_does_not_go_there(call: Caller) -> None:
    abroad = call("res.partner", "search", [["country_id.code", "=", "NL"], ["is_company", "=", True]])
    order_id = order(call, (goods(call, 1)[0], 1.0), partner=abroad[0])
    if call.double.version == "10.0":
        call("sale.order", "write", [order_id], {"carrier_id": 1})
        assert call.fault("sale.order", "delivery_set", [order_id]).message == "No carrier matching."
        return
    wizard = call("choose.delivery.carrier", "create", {"order_id": order_id, "carrier_id": 1})
    fault = call.fault("choose.delivery.carrier", "update_price", [wizard])
    assert fault.message == "Error: this delivery method is not available for this address."


def apply(call: Caller, order_id: int, code: str) -> str:
    """Apply a code and claim its first reward; the refusal, if there is one."""
    try:
        if call.double.version == "14.0":
            wizard = call("sale.coupon.apply.code", "create", {"coupon_code": code})
            call("sale.coupon.apply.code", "process_coupon", [wizard], context={"active_id": order_id})
            return ""
        model = "sale.loyalty.coupon.wizard"
        wizard = call(model, "create", {"order_id": order_id, "coupon_code": code})
        rewards = call(model, "action_apply", [wizard])["context"]["default_reward_ids"]
        claim = {"order_id": order_id, "selected_reward_id": rewards[0]}
        wizard = call("sale.loyalty.reward.wizard", "create", claim)
        call("sale.loyalty.reward.wizard", "action_apply", [wizard])
    except OdooFault as fault:
        return fault.message
    return ""


@pytest.mark.parametrize("version", ["14.0", "19.0"])
def test_codes(version: str) -> None:
    call = wholesale(version)
    product = goods(call, 1)[0]
    order_id = order(call, (product, 2.0))
    line_id = read(call, order_id, "order_line")["order_line"][0]
    call("sale.order.line", "write", [line_id], {"price_unit": 100.0})
    refusals = {"14.0": "This coupon is invalid (NOPE).", "19.0": "This code is invalid (NOPE)."}
    assert apply(call, order_id, "NOPE") == refusals[version]
    assert apply(call, order_id, "BIG50") == "A minimum of 500.0 EUR should be purchased to get the reward"
    used = {"14.0": "This coupon has already been used (VET-2026-0002).", "19.0": "This coupon has already been used."}
    assert apply(call, order_id, "VET-2026-0002") == used[version]
    assert apply(call, order_id, "WELCOME10") == ""
    assert read(call, order_id, "amount_untaxed")["amount_untaxed"] == 180.0
    again = {
        "14.0": "The promo code is already applied on this order",
        "19.0": "This promo code is already applied.",
    }
    assert apply(call, order_id, "WELCOME10") == again[version]
    rewards = [row for row in line_rows(call, order_id, "is_reward_line", "price_unit") if row["is_reward_line"]]
    assert [row["price_unit"] for row in rewards] == [-20.0]


@pytest.mark.parametrize("version", ["14.0", "19.0"])
def test_a_coupon_is_used_once(version: str) -> None:
    call = wholesale(version)
    product = goods(call, 1)[0]
    first, second = order(call, (product, 2.0)), order(call, (product, 2.0))
    assert apply(call, first, "VET-2026-0001") == ""
    call("sale.order", "action_confirm", [first])
    assert apply(call, second, "VET-2026-0001").startswith("This coupon has already been used")


def test_a_gift_card_pays() -> None:
    call = wholesale("19.0")
    order_id = order(call, (goods(call, 1)[0], 2.0))
    line_id = read(call, order_id, "order_line")["order_line"][0]
    call("sale.order.line", "write", [line_id], {"price_unit": 10.0, "tax_ids": [(6, 0, [4])]})
    assert apply(call, order_id, "GIFT-EMPTY") == "This coupon has already been used."
    assert apply(call, order_id, "GIFT-100") == ""
    assert read(call, order_id, "amount_total")["amount_total"] == 0.0
    call("sale.order", "action_confirm", [order_id])
    assert call("loyalty.card", "search_read", [["code", "=", "GIFT-100"]], ["points"])[0]["points"] == 80.0


# ---------------------------------------------------------------------------------------- invoices and payments


def test_an_invoice_and_what_is_owed(call: Caller) -> None:
    order_id = order(call, (goods(call, 1)[0], 2.0), client_order_ref="PO-7")
    owed = call("res.partner", "read", [CUSTOMER], ["credit"])[0]["credit"]
    call("sale.order", "action_confirm", [order_id])
    total = read(call, order_id, "amount_total")["amount_total"]
    if call.double.version == "10.0":
        ids = call("sale.order", "action_invoice_create", [order_id])
        model, post, states = "account.invoice", "action_invoice_open", ("draft", "open")
    else:
        context = {"active_ids": [order_id], "active_model": "sale.order"}
        values = {"advance_payment_method": "delivered"}
        if call.double.version == "19.0":
            values["sale_order_ids"] = [(6, 0, [order_id])]  # type: ignore[assignment]
        wizard = call("sale.advance.payment.inv", "create", values, context=context)
        call("sale.advance.payment.inv", "create_invoices", [wizard], context=context)
        ids = read(call, order_id, "invoice_ids")["invoice_ids"]
        model, post, states = "account.move", "action_post", ("draft", "posted")
    assert call(model, "read", ids, ["state"])[0]["state"] == states[0]
    call(model, post, ids)
    invoice = call(model, "read", ids, ["state", "amount_total", "partner_id", "commercial_partner_id"])[0]
    assert (invoice["state"], invoice["amount_total"]) == (states[1], total)
    assert invoice["commercial_partner_id"][0] == CUSTOMER
    assert read(call, order_id, "invoice_status", "invoice_ids") == {
        "id": order_id,
        "invoice_status": "invoiced",
        "invoice_ids": ids,
    }
    assert call("res.partner", "read", [CUSTOMER], ["credit"])[0]["credit"] == pytest.approx(owed + total)
    assert call.fault(model, post, ids).name == USER_ERROR


def test_payment_transactions_have_references_of_their_own(call: Caller) -> None:
    order_id = order(call, (goods(call, 1)[0], 1.0))
    provider = "provider_id" if call.double.version == "19.0" else "acquirer_id"
    values: dict[str, Any] = {"reference": "S1", "amount": 5.0, "currency_id": 1, provider: 1, "state": "pending"}
    if call.double.version == "10.0":
        values["sale_order_id"] = order_id
    else:
        values["sale_order_ids"] = [(6, 0, [order_id])]
    made = call("payment.transaction", "create", values)
    assert call("payment.transaction", "read", [made], ["state", "amount"])[0]["state"] == "pending"
    if call.double.version != "10.0":
        assert read(call, order_id, "transaction_ids")["transaction_ids"] == [made]
    assert call.fault("payment.transaction", "create", values).name == VALIDATION_ERROR


def test_conflicts_in_an_import_are_messages(call: Caller) -> None:
    from demo.double.core import INJECTED
    from demo.double.faults import failure

    token = INJECTED.set(failure("conflict"))
    try:
        answer = call("sale.order", "load", ["id", "partner_id/.id"], [["m.x", str(CUSTOMER)]])
        assert call.fault("sale.order", "write", [1], {"note": "x"}).name == SERIALIZATION_FAILURE
    finally:
        INJECTED.reset(token)
    assert answer["ids"] is False
    assert "could not serialize access" in answer["messages"][0]["message"]
    assert call("ir.model.data", "search_count", [["module", "=", "m"]]) == 0
