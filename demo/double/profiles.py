"""What differs between the Odoo versions the double plays, as data: one record per version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from demo.double import errors


@dataclass(frozen=True, slots=True)
class Names:
    """Field names that moved between versions."""

    published: str
    quant_quantity: str
    user_groups: str
    parent_order: str  # how categories sort among pricelist rules
    warehouse_context: str
    image_sizes: tuple[str, ...]  # widest first
    variant_image: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One version's behaviour on the wire and in the ORM. Every flag was seen in a recording."""

    version: str
    server_version_info: tuple[int | str, ...]
    names: Names
    #: ``read`` of an unknown field: silently left out, or ValueError.
    read_unknown_field: Literal["omit", "error"]
    #: ``create``/``write`` with an unknown field: silently ignored, or ValueError.
    write_unknown_field: Literal["ignore", "error"]
    #: a context language that is not installed: the source text is read, or UserError.
    unknown_language: Literal["source", "error"]
    #: datetimes in domains are compared with their microseconds, or as whole seconds.
    datetime_precision: Literal["microsecond", "second"]
    #: an empty text equals False in a domain.
    empty_text_is_false: bool
    #: many2many values leave out archived records.
    many2many_hides_archived: bool
    #: a recomputed stored field moves the write date of its record.
    recompute_moves_write_date: bool
    #: XML-RPC fault code of each exception class; anything else is fault 1 with a traceback.
    fault_codes: Mapping[str, int]
    #: JSON-RPC error code.
    jsonrpc_code: int
    #: exception classes as this version's JSON-RPC names them, where the name is not ours.
    jsonrpc_names: Mapping[str, str] = field(default_factory=dict)
    #: ``exception_type`` in JSON-RPC errors (up to 10); empty where the key does not exist.
    exception_types: Mapping[str, str] = field(default_factory=dict)
    #: malformed XML: a HTTP 500 page, or fault 1.
    malformed_xml: Literal["http_500", "fault_1"] = "http_500"
    #: HTTP statuses of /web/image: no picture, unpublished, missing.
    image_statuses: tuple[int, int, int] = (200, 200, 200)
    #: exceptions carry (text, None): fault strings are a tuple's repr, JSON-RPC arguments have a null.
    paired_arguments: bool = False
    json2: bool = False
    #: after some failed logins from an address, none from there is taken for a while.
    login_cooldown: bool = True
    #: the context key of the company that company-dependent fields are read for.
    company_context: str = "allowed_company_ids"
    #: `unlink` of missing ids: True (the deletion is simply done), or MissingError.
    unlink_missing_models: frozenset[str] = frozenset()
    server_header: str = ""
    xml_content_type: str = "text/xml"
    json_content_type: str = "application/json"
    access_denied_text: str = "Access Denied"


_IMAGES_10 = ("image", "image_medium", "image_small")
_IMAGES_13 = ("image_1920", "image_1024", "image_512", "image_256", "image_128")

PROFILES: Mapping[str, Profile] = {
    "10.0": Profile(
        version="10.0",
        server_version_info=(10, 0, 0, "final", 0, ""),
        names=Names(
            published="website_published",
            quant_quantity="qty",
            user_groups="groups_id",
            parent_order="parent_left",
            warehouse_context="warehouse",
            image_sizes=_IMAGES_10,
            variant_image="image_variant",
        ),
        read_unknown_field="omit",
        write_unknown_field="ignore",
        unknown_language="source",
        datetime_precision="microsecond",
        empty_text_is_false=False,
        many2many_hides_archived=False,
        recompute_moves_write_date=True,
        fault_codes={
            errors.USER_ERROR: 2,
            errors.MISSING_ERROR: 2,
            errors.UNKNOWN_MODEL: 2,
            errors.ACCESS_DENIED: 3,
            errors.ACCESS_ERROR: 4,
        },
        jsonrpc_code=200,
        jsonrpc_names={
            errors.VALUE_ERROR: "exceptions.ValueError",
            errors.TYPE_ERROR: "exceptions.TypeError",
            errors.KEY_ERROR: "exceptions.KeyError",
            errors.ATTRIBUTE_ERROR: "exceptions.AttributeError",
            errors.NOT_IMPLEMENTED: "exceptions.NotImplementedError",
            errors.UNKNOWN_MODEL: errors.USER_ERROR,
            errors.SERIALIZATION_FAILURE: "psycopg2.extensions.TransactionRollbackError",
        },
        exception_types={
            errors.USER_ERROR: "user_error",
            errors.UNKNOWN_MODEL: "user_error",
            errors.MISSING_ERROR: "missing_error",
            errors.ACCESS_ERROR: "access_error",
            errors.ACCESS_DENIED: "access_denied",
            errors.VALIDATION_ERROR: "validation_error",
            "": "internal_error",
        },
        image_statuses=(200, 403, 404),
        paired_arguments=True,
        unlink_missing_models=frozenset({"sale.order.line", "sale.order"}),
        server_header="Werkzeug/0.11.15 Python/2.7.18",
        access_denied_text="Access denied",
        login_cooldown=False,
        company_context="force_company",
    ),
    "14.0": Profile(
        version="14.0",
        server_version_info=(14, 0, 0, "final", 0, ""),
        names=Names(
            published="is_published",
            quant_quantity="quantity",
            user_groups="groups_id",
            parent_order="complete_name",
            warehouse_context="warehouse",
            image_sizes=_IMAGES_13,
            variant_image="image_variant_1920",
        ),
        read_unknown_field="error",
        write_unknown_field="error",
        unknown_language="source",
        datetime_precision="microsecond",
        empty_text_is_false=False,
        many2many_hides_archived=True,
        recompute_moves_write_date=False,
        fault_codes={
            errors.USER_ERROR: 2,
            errors.VALIDATION_ERROR: 2,
            errors.MISSING_ERROR: 2,
            errors.UNKNOWN_MODEL: 2,
            errors.ACCESS_DENIED: 3,
            errors.ACCESS_ERROR: 4,
        },
        jsonrpc_code=200,
        jsonrpc_names={errors.UNKNOWN_MODEL: errors.USER_ERROR},
        server_header="Werkzeug/1.0.1 Python/3.9.2",
    ),
    "19.0": Profile(
        version="19.0",
        server_version_info=(19, 0, 0, "final", 0, ""),
        names=Names(
            published="is_published",
            quant_quantity="quantity",
            user_groups="group_ids",
            parent_order="complete_name",
            warehouse_context="warehouse_id",
            image_sizes=_IMAGES_13,
            variant_image="image_variant_1920",
        ),
        read_unknown_field="error",
        write_unknown_field="error",
        unknown_language="error",
        datetime_precision="second",
        empty_text_is_false=True,
        many2many_hides_archived=True,
        recompute_moves_write_date=False,
        fault_codes={
            errors.USER_ERROR: 2,
            errors.VALIDATION_ERROR: 2,
            errors.MISSING_ERROR: 2,
            errors.UNKNOWN_MODEL: 2,
            errors.ACCESS_DENIED: 3,
            errors.ACCESS_ERROR: 4,
        },
        jsonrpc_code=0,
        jsonrpc_names={errors.UNKNOWN_MODEL: errors.USER_ERROR},
        malformed_xml="fault_1",
        json2=True,
        server_header="Werkzeug/2.2.2 Python/3.11.7",
        xml_content_type="text/xml; charset=utf-8",
        json_content_type="application/json; charset=utf-8",
    ),
}

#: HTTP status of an exception class over JSON-2 (Odoo 19); anything else is 500.
JSON2_STATUSES: Mapping[str, int] = {
    errors.BAD_REQUEST: 400,
    errors.UNAUTHORIZED: 401,
    errors.ACCESS_DENIED: 403,
    errors.ACCESS_ERROR: 403,
    errors.MISSING_ERROR: 404,
    errors.NOT_FOUND: 404,
    errors.USER_ERROR: 422,
    errors.VALIDATION_ERROR: 422,
    errors.UNPROCESSABLE: 422,
}
