"""The ways to a customer: through Odoo, or by the shop's own."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol

import aiohttp
import msgspec

from adapters.base import OdooAdapter
from adapters.records.notices import Notice
from subscriptions.news import Entry, News, Section
from subscriptions.texts import heading_of, html_of, subject_of, words_of

#: the shop had taken it before
_CONFLICT: Final = 409
#: Odoo ends a request that takes longer (``limit_time_real``, as shipped): by then it is known whether it was written
_ODOO_SECONDS: Final = 150.0


class NotToldError(Exception):
    """The shop did not take it. The text says why."""


class Channel(Protocol):
    """Tells customers. ``unsure``: seconds to wait, after a failure of `send`, until it is known what became of it."""

    unsure: float

    async def told(self, batch_ids: Sequence[str]) -> frozenset[str]:
        """Which of these were told already, as far as the channel knows. Raises OdooError."""
        ...

    async def send(self, batch_id: str, news: News) -> None:
        """Raises OdooError, NotToldError: then it is not certain that they were told."""
        ...

    async def close(self) -> None: ...


class OdooChannel:
    """Odoo writes to them, and knows by its ``Message-Id`` what it has written."""

    def __init__(self, adapter: Callable[[], Awaitable[OdooAdapter]], *, unsure: float = _ODOO_SECONDS) -> None:
        self._adapter = adapter
        self.unsure = unsure

    async def told(self, batch_ids: Sequence[str]) -> frozenset[str]:
        by_notice = {notice_id(one): one for one in batch_ids}
        posted = await (await self._adapter()).posted_notices(list(by_notice))
        return frozenset(by_notice[one] for one in posted if one in by_notice)

    async def send(self, batch_id: str, news: News) -> None:
        notice = Notice(
            id=notice_id(batch_id),
            partner_id=news.partner_id,
            subject=subject_of(news),
            html=html_of(news),
            lang=news.lang,
        )
        await (await self._adapter()).post_notice(notice)

    async def close(self) -> None:
        return


class WebhookChannel:
    """The shop is told, and writes to them as it likes: ``POST`` of JSON, signed.

    ``X-Notice-Id`` is the same whenever the same is told again: who has taken it answers 2xx or 409, and does nothing.
    ``X-Timestamp`` and ``X-Signature`` are as those of our own webhook for Odoo. ``timeout``: seconds for one call.
    """

    unsure = 0.0

    def __init__(self, url: str, secret: str, *, timeout: float = 10.0, clock: Callable[[], float] = time.time) -> None:
        self._url = url
        self._secret = secret.encode()
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def told(self, batch_ids: Sequence[str]) -> frozenset[str]:
        del batch_ids
        return frozenset()  # it is for the shop to know

    async def send(self, batch_id: str, news: News) -> None:
        body = msgspec.json.encode(payload_of(batch_id, news))
        timestamp = str(int(self._clock()))
        headers = {
            "content-type": "application/json",
            "x-notice-id": batch_id,
            "x-timestamp": timestamp,
            "x-signature": signature_of(self._secret, timestamp, body),
        }
        try:
            async with self._open().post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotToldError(type(error).__name__) from error
        if not 200 <= status < 300 and status != _CONFLICT:
            raise NotToldError(f"status {status}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def notice_id(batch_id: str) -> str:
    """The ``Message-Id`` of what is written for a batch."""
    return f"<{batch_id}.subscription@headless-odoo>"


def signature_of(secret: bytes, timestamp: str, body: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256, in hex, of the timestamp, a full stop, and the body."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def payload_of(batch_id: str, news: News) -> dict[str, Any]:
    """What the shop is sent. Amounts are texts, as in the schema."""
    words = words_of(news.iso_code)
    return {
        "id": batch_id,
        "websiteId": news.website_id,
        "customer": {
            "partnerId": news.partner_id,
            "name": news.name,
            "email": news.email,
            "language": news.lang,
        },
        "subject": subject_of(news),
        "html": html_of(news),
        "news": [{"heading": heading_of(words, one), **_section(one)} for one in news.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "event": section.event,
        "subscription": {"id": section.target.key, "target": section.target.kind},
        "title": section.title,
        "path": section.path,
        "promotion": None
        if section.promotion_id is None
        else {"id": section.promotion_id, "text": section.text, "until": section.until},
        "products": [_entry(entry) for entry in section.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "productId": entry.product_id,
        "variantId": entry.variant_id,
        "name": entry.name,
        "sku": entry.sku,
        "path": entry.path,
        "price": None if entry.price is None else {"amount": _amount(entry.price), "currencyCode": entry.currency},
    }


def _amount(price: Decimal) -> str:
    return format(price, "f")
