"""create, write, unlink: what they store, what they move, what they refuse, and that failures leave nothing behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.double import Double
from demo.double.recorded import recorded_dataset
from tests.double.caller import Caller, recorded_caller

VERSIONS = ("10.0", "14.0", "19.0")
#: A template with several variants, one of them, one of its extra prices and an item of a pricelist, per version.
SEVERAL = {"10.0": (62, 72), "14.0": (61, 93), "19.0": (69, 100)}
EXTRA = {
    "10.0": "product.attribute.price",
    "14.0": "product.template.attribute.value",
    "19.0": "product.template.attribute.value",
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, 12, 0, 0, 250_000)  # noqa: DTZ001 - naive UTC

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=10)
        return self.now


def clocked(version: str) -> Caller:
    return Caller(Double(recorded_dataset(version), Clock()))


def moved(caller: Caller, change: Any) -> tuple[bool, bool]:
    """Whether a change moves the write date of (template, variant)."""
    template, variant = SEVERAL[caller.double.version]

    def dates() -> tuple[str, str]:
        return (
            caller("product.template", "read", [template], ["write_date"])[0]["write_date"],
            caller("product.product", "read", [variant], ["write_date"])[0]["write_date"],
        )

    before = dates()
    change()
    after = dates()
    return before[0] != after[0], before[1] != after[1]


#: What was recorded as "what touches write_date": (template moves, variant moves).
MOVES = {
    "list_price": {"10.0": (True, False), "14.0": (True, False), "19.0": (True, True)},
    "translation": {"10.0": (True, False), "14.0": (True, False), "19.0": (True, True)},
    "variant code": {"10.0": (True, True), "14.0": (False, True), "19.0": (False, True)},
    "cost": {"10.0": (False, True), "14.0": (False, True), "19.0": (False, True)},
    "extra price": {"10.0": (False, False), "14.0": (False, False), "19.0": (False, False)},
    "pricelist item": {"10.0": (False, False), "14.0": (False, False), "19.0": (False, False)},
    "stock": {"10.0": (False, False), "14.0": (False, False), "19.0": (False, False)},
    "public category": {"10.0": (False, False), "14.0": (False, False), "19.0": (False, False)},
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", list(MOVES))
def test_what_moves_write_dates(version: str, what: str) -> None:
    caller = clocked(version)
    template, variant = SEVERAL[version]
    quantity = caller.double.db.profile.names.quant_quantity

    def first(model: str, domain: list[Any]) -> int:
        return caller(model, "search", domain, limit=1)[0]  # type: ignore[no-any-return]

    changes: dict[str, Any] = {
        "list_price": lambda: caller("product.template", "write", [template], {"list_price": 99.5}),
        "translation": lambda: caller(
            "product.template", "write", [template], {"name": "Autre nom"}, context={"lang": "fr_FR"}
        ),
        "variant code": lambda: caller("product.product", "write", [variant], {"default_code": "NEW-1"}),
        "cost": lambda: caller("product.product", "write", [variant], {"standard_price": 1.23}),
        "extra price": lambda: caller(
            EXTRA[version], "write", [first(EXTRA[version], [["product_tmpl_id", "=", template]])], {"price_extra": 9.0}
        ),
        "pricelist item": lambda: caller(
            "product.pricelist.item", "write", [first("product.pricelist.item", [])], {"min_quantity": 7}
        ),
        "stock": lambda: caller(
            "stock.quant", "write", [first("stock.quant", [["product_id", "=", variant]])], {quantity: 77.0}
        ),
        "public category": lambda: caller(
            "product.public.category", "write", [first("product.public.category", [])], {"name": "Other"}
        ),
    }
    assert moved(caller, changes[what]) == MOVES[what][version]


@pytest.mark.parametrize("version", VERSIONS)
def test_moments_are_stored_with_microseconds_and_read_without(version: str) -> None:
    caller = clocked(version)
    caller("res.partner", "write", [1], {"phone": "1"})
    read = caller("res.partner", "read", [1], ["write_date"])[0]["write_date"]
    assert len(read) == 19
    stored = caller.double.db.table("res.partner").get(1)
    assert stored is not None
    assert stored["write_date"].startswith(read + ".")
    again = caller("res.partner", "search", [["write_date", ">", read]])
    assert again == ([] if version == "19.0" else [1])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_translation_is_written_in_the_context_language_only(version: str) -> None:
    caller = recorded_caller(version)
    template, _ = SEVERAL[version]
    source = caller("product.template", "read", [template], ["name"])[0]["name"]
    caller("product.template", "write", [template], {"name": "Nouveau"}, context={"lang": "fr_FR"})
    assert caller("product.template", "read", [template], ["name"])[0]["name"] == source
    french = caller("product.template", "read", [template], ["name"], context={"lang": "fr_FR"})
    assert french[0]["name"] == "Nouveau"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_template_has_one_variant_that_shares_its_code(version: str) -> None:
    caller = recorded_caller(version)
    values = {"name": "New", "list_price": 4.5, "default_code": "N-1", "standard_price": 2.0}
    made = caller("product.template", "create", values)
    template = made[0] if isinstance(made, list) else made
    row = caller("product.template", "read", [template], ["product_variant_ids", "default_code", "standard_price"])[0]
    assert len(row["product_variant_ids"]) == 1
    assert (row["default_code"], row["standard_price"]) == ("N-1", 2.0)
    variant = caller("product.product", "read", row["product_variant_ids"], ["display_name", "lst_price", "active"])[0]
    assert (variant["display_name"], variant["lst_price"], variant["active"]) == ("[N-1] New", 4.5, True)
    caller("product.template", "write", [template], {"default_code": "N-2"})
    assert caller("product.product", "read", row["product_variant_ids"], ["default_code"])[0]["default_code"] == "N-2"


@pytest.mark.parametrize("version", VERSIONS)
def test_attribute_lines_make_a_variant_per_combination(version: str) -> None:
    caller = recorded_caller(version)
    always: list[Any] = [] if version == "10.0" else [["create_variant", "=", "always"]]
    attributes = [
        row for row in caller("product.attribute", "search_read", always, ["value_ids"]) if len(row["value_ids"]) >= 2
    ][:2]
    lines = [[0, 0, {"attribute_id": row["id"], "value_ids": [[6, 0, row["value_ids"][:2]]]}] for row in attributes]
    made = caller("product.template", "create", {"name": "Combined", "attribute_line_ids": lines})
    variants = caller("product.template", "read", [made], ["product_variant_ids"])[0]["product_variant_ids"]
    names = {row["display_name"] for row in caller("product.product", "read", variants, ["display_name"])}
    assert len(variants) == len(names) == 4


@pytest.mark.parametrize("version", VERSIONS)
def test_a_variant_writes_through_to_its_template(version: str) -> None:
    caller = recorded_caller(version)
    template, variant = SEVERAL[version]
    caller("product.product", "write", [variant], {"name": "Renamed", "barcode": "123"})
    assert caller("product.template", "read", [template], ["name"])[0]["name"] == "Renamed"
    assert caller("product.product", "read", [variant], ["name", "barcode"])[0]["barcode"] == "123"


@pytest.mark.parametrize("version", VERSIONS)
def test_x2many_commands(version: str) -> None:
    caller = recorded_caller(version)
    template, _ = SEVERAL[version]
    field = "public_categ_ids"

    def after(command: list[Any]) -> list[int]:
        caller("product.template", "write", [template], {field: [command]})
        return sorted(caller("product.template", "read", [template], [field])[0][field])

    first, second = sorted(caller("product.public.category", "search", []))[:2]
    assert after([6, 0, [first, second]]) == [first, second]
    assert after([3, first]) == [second]
    assert after([4, first]) == [first, second]
    assert after([5]) == []
    made = after([0, 0, {"name": "Fresh"}])
    assert caller("product.public.category", "read", made, ["name"])[0]["name"] == "Fresh"
    mirrored = "product_tmpl_ids"
    if mirrored in caller.double.db.model("product.public.category").fields:
        assert caller("product.public.category", "read", made, [mirrored])[0][mirrored] == [template]


@pytest.mark.parametrize("version", VERSIONS)
def test_order_lines_by_commands(version: str) -> None:
    caller = recorded_caller(version)
    _, variant = SEVERAL[version]
    line = {"product_id": variant, "product_uom_qty": 3}
    made = caller("sale.order", "create", {"partner_id": 1, "order_line": [[0, 0, line], [0, 0, line]]})
    lines = caller("sale.order", "read", [made], ["order_line", "state", "name"])[0]["order_line"]
    assert len(lines) == 2
    changes = [[1, lines[0], {"product_uom_qty": 5}], [2, lines[1], 0]]
    caller("sale.order", "write", [made], {"order_line": changes})
    left = caller("sale.order.line", "search_read", [["order_id", "=", made]], ["product_uom_qty"])
    assert [(row["id"], row["product_uom_qty"]) for row in left] == [(lines[0], 5.0)]
    caller("sale.order", "unlink", [made])
    assert caller("sale.order.line", "search", [["order_id", "=", made]]) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_archived_records_leave_one2many_and_searches(version: str) -> None:
    caller = recorded_caller(version)
    template, variant = SEVERAL[version]
    caller("product.product", "write", [variant], {"active": False})
    ids = caller("product.template", "read", [template], ["product_variant_ids"])[0]["product_variant_ids"]
    assert variant not in ids
    shown = caller("product.template", "read", [template], ["product_variant_ids"], context={"active_test": False})
    assert variant in shown[0]["product_variant_ids"]


#: The least margin is above the greatest.
MARGINS = {"pricelist_id": 5, "compute_price": "formula", "price_min_margin": 5, "price_max_margin": 1}
_EVERYWHERE = dict.fromkeys(VERSIONS, "")
#: model, method, arguments, and the exception's class per version ("": answered without one).
REFUSALS: list[tuple[str, str, list[Any], dict[str, str]]] = [
    ("res.partner", "create", [{"email": "x@x.example"}], dict.fromkeys(VERSIONS, "ValidationError")),
    ("sale.order", "create", [{}], dict.fromkeys(VERSIONS, "ValidationError")),
    ("res.users", "create", [{"login": "admin", "name": "dup"}], dict.fromkeys(VERSIONS, "ValidationError")),
    ("res.partner", "create", [{"name": "x", "type": "nonsense"}], dict.fromkeys(VERSIONS, "ValueError")),
    ("res.partner", "create", [{"name": "x", "parent_id": 999_999}], dict.fromkeys(VERSIONS, "MissingError")),
    ("res.partner", "write", [[999_999], {"name": "x"}], dict.fromkeys(VERSIONS, "MissingError")),
    ("res.partner", "write", [[1], {"date": "soon"}], {"10.0": "InvalidDatetimeFormat"}),
    ("product.pricelist.item", "create", [MARGINS], dict.fromkeys(VERSIONS, "ValidationError")),
    (
        "res.partner",
        "create",
        [{"name": "x", "nofield": 1}],
        {**_EVERYWHERE, "14.0": "ValueError", "19.0": "ValueError"},
    ),
    ("res.partner", "unlink", [[999_999]], {**_EVERYWHERE, "19.0": "MissingError"}),
    ("sale.order.line", "unlink", [[999_999]], {"10.0": "MissingError", "14.0": "", "19.0": "MissingError"}),
]
_REFUSALS = [
    pytest.param(version, model, method, args, error, id=f"{version} {model}.{method} {str(args)[:40]}")
    for model, method, args, errors in REFUSALS
    for version, error in errors.items()
]


@pytest.mark.parametrize(("version", "model", "method", "args", "error"), _REFUSALS)
def test_refusals(version: str, model: str, method: str, args: list[Any], error: str) -> None:
    caller = recorded_caller(version)
    before = len(caller.double.db.table(model))
    if error:
        assert caller.fault(model, method, *args).class_name == error
    else:
        caller(model, method, *args)
    made = method == "create" and not error
    assert len(caller.double.db.table(model)) == before + made


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_transaction_leaves_nothing(version: str) -> None:
    """The second line is refused: the order, its first line and the changed partner are as before."""
    caller = recorded_caller(version)
    _, variant = SEVERAL[version]
    lines = [[0, 0, {"product_id": variant}], [0, 0, {"product_id": 999_999}]]
    orders, rows = (len(caller.double.db.table(model)) for model in ("sale.order", "sale.order.line"))
    fault = caller.fault("sale.order", "create", {"partner_id": 1, "order_line": lines})
    assert fault.class_name == "MissingError"
    assert len(caller.double.db.table("sale.order")) == orders
    assert len(caller.double.db.table("sale.order.line")) == rows
    assert list(caller.double.db.table("sale.order.line").find("product_id", [999_999])) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_confirmed_orders_are_not_deleted(version: str) -> None:
    caller = recorded_caller(version)
    order = caller("sale.order", "search", [["state", "=", "sale"]], limit=1)[0]
    assert caller.fault("sale.order", "unlink", [order]).class_name == "UserError"
    lines = caller("sale.order", "read", [order], ["order_line"])[0]["order_line"]
    assert caller.fault("sale.order.line", "unlink", lines).class_name == "UserError"


def test_unlinking_lines_returns_nothing_in_14() -> None:
    caller = recorded_caller("14.0")
    draft = caller("sale.order", "search", [["state", "=", "draft"], ["order_line", "!=", False]], limit=1)[0]
    lines = caller("sale.order", "read", [draft], ["order_line"])[0]["order_line"]
    assert caller("sale.order.line", "unlink", lines) is None
    assert caller("sale.order", "read", [draft], ["order_line"])[0]["order_line"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_stock_follows_quants_and_open_orders(version: str) -> None:
    caller = recorded_caller(version)
    names = caller.double.db.profile.names
    quant = caller("stock.quant", "search_read", [["location_id.usage", "=", "internal"]], limit=1)[0]
    product = quant["product_id"][0]
    before = caller("product.product", "read", [product], ["qty_available", "virtual_available"])[0]
    more = {names.quant_quantity: quant[names.quant_quantity] + 10}
    caller("stock.quant", "write", [quant["id"]], more)
    after = caller("product.product", "read", [product], ["qty_available", "virtual_available"])[0]
    assert after["qty_available"] - before["qty_available"] == 10
    assert after["virtual_available"] - before["virtual_available"] == 10
    nowhere = {names.warehouse_context: 999}
    assert caller("product.product", "read", [product], ["qty_available"], context=nowhere)[0]["qty_available"] == 0


def test_the_doubles_own_api_writes_as_odoo_would() -> None:
    double = Double(recorded_dataset("14.0"))
    made = double.create("res.partner", {"name": "Direct"})
    double.write("res.partner", [made], {"city": "Liège"})
    assert double.db.table("res.partner").get(made)["city"] == "Liège"  # type: ignore[index]
    double.unlink("res.partner", [made])
    assert double.db.table("res.partner").get(made) is None
    assert double.calls == []  # its clients' calls only
