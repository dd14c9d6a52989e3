"""Payment: terms, providers, transactions, what buyers owe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, cast

from adapters.payment_rules import PaymentRules
from adapters.reader import Row, among
from adapters.reads.base import Reads
from adapters.reads.order_rows import label, plain
from adapters.records.orders import (
    Credit,
    PaymentMethod,
    PaymentProvider,
    PaymentTerm,
    PaymentTransaction,
    TransactionState,
)
from adapters.values import decimal, ids, many2one, moment, text


class PaymentReads(Reads):
    """Reads about payment. Providers and transactions take rights; without them there are none."""

    payment_rules: ClassVar[PaymentRules]

    async def payment_terms(self, lang: str) -> list[PaymentTerm]:
        return [
            PaymentTerm(id=row["id"], name=row["name"], note=plain(row["note"]), company_id=many2one(row["company"]))
            for row in await self.reader.read("payment_term", [], lang=lang)
        ]

    async def payment_providers(self, lang: str) -> list[PaymentProvider]:
        rows, methods = await self.gather(self.reader.read("provider", [], lang=lang), self._methods(lang))
        return [
            PaymentProvider(
                id=row["id"],
                name=row["name"],
                code=row["code"],
                state="test" if row["mode"] == "test" else "enabled",
                sequence=row["sequence"] or 0,
                company_id=many2one(row["company"]),
                website_id=many2one(row.get("website")),
                country_ids=tuple(sorted(ids(row.get("countries")))),
                message=plain(row["message"]) or plain(row["pending_message"]),
                methods=tuple(methods[key] for key in ids(row.get("methods")) if key in methods),
                public_key=text(row.get(self.payment_rules.public_keys.get(row["code"], ""))),
                captured_by_hand=bool(row.get("captured_by_hand")),
            )
            for row in rows
            if row["mode"] != "disabled" and row.get("published", True)
        ]

    async def _methods(self, lang: str) -> dict[int, PaymentMethod]:
        if not self.offers("payment_method"):
            return {}
        rows = await self.reader.read("payment_method", [], lang=lang)
        brands: dict[int | None, list[Row]] = defaultdict(list)
        for row in rows:
            brands[many2one(row["primary"])].append(row)
        return {row["id"]: _method(row, brands.get(row["id"], [])) for row in brands[None]}

    async def payment_transactions(self, order_ids: Sequence[int]) -> dict[int, list[PaymentTransaction]]:
        source = self.reader.source("transaction")
        found: dict[int, list[PaymentTransaction]] = defaultdict(list)
        if not order_ids:
            return found
        for row in await self.reader.read("transaction", [among(source.fields["order"], order_ids)]):
            transaction = transaction_of(row)
            for order_id in orders_paid_by(row):
                found[order_id].append(transaction)
        return found

    async def credit(self, commercial_partner_ids: Sequence[int]) -> list[Credit]:
        if not commercial_partner_ids or "owed" not in self.reader.source("debtor").fields:
            return []
        rows = await self.reader.read("debtor", [among("id", commercial_partner_ids)])
        return [Credit(commercial_partner_id=row["id"], owed=decimal(row["owed"]), limit=_limit(row)) for row in rows]


def _limit(row: Row) -> Decimal | None:
    limit = decimal(row.get("limit"))
    return limit if limit > 0 and row.get("limited", True) else None


def orders_paid_by(row: Row) -> tuple[int, ...]:
    """The ids of the orders that a payment is for: one up to 10.0, a list since."""
    paid = row["order"] if isinstance(row["order"], list) else []
    one = many2one(row["order"]) if len(paid) == 2 and isinstance(paid[1], str) else None
    return ids(paid) if one is None else (one,)


def transaction_of(row: Row) -> PaymentTransaction:
    """A payment of its row, in our names."""
    return PaymentTransaction(
        id=row["id"],
        reference=text(row["reference"]) or "",
        amount=decimal(row["amount"]),
        currency=label(row["currency"]),
        state=cast(TransactionState, row["state"]),
        provider=label(row["provider"]),
        provider_id=many2one(row["provider"]) or 0,
        provider_reference=text(row["provider_reference"]),
        created_at=moment(row["created"]),
        payment_id=many2one(row.get("payment")),
        payment_name=label(row.get("payment")) or None,
    )


def _method(row: Row, brands: Sequence[Row] = ()) -> PaymentMethod:
    return PaymentMethod(
        id=row["id"],
        name=row["name"],
        code=row["code"],
        sequence=row["sequence"] or 0,
        image_url=f"/web/image/payment.method/{row['id']}/image",
        brands=tuple(_method(brand) for brand in brands),
    )
