"""Tells customers what is news to them: everybody once, whatever breaks off in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from adapters.errors import OdooError, OdooUnavailableError
from subscriptions.channels import Channel, NotToldError
from subscriptions.model import Batch, Target
from subscriptions.news import NewsReader, NoFollowerError
from subscriptions.store import Subscriptions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TellingRules:
    """``at_once``: customers told in one go. ``lease``: seconds after which others take over what somebody began.

    ``pause``: seconds after the first failure, doubled with each, up to ``longest``; after ``tries`` that the other
    side refused, it is given up.
    """

    at_once: int = 8
    lease: float = 180.0
    pause: float = 30.0
    longest: float = 3_600.0
    tries: int = 40


class AwayForNowError(Exception):
    """Odoo is away: what was to be told is kept, and told when it is back."""


class Teller:
    """Takes what is to be told, looks whether it still may be, tells it, and marks it as told.

    Who dies in between leaves the batch as it was, under the same id: whoever takes over asks the channel first.
    """

    def __init__(
        self, subscriptions: Subscriptions, reader: NewsReader, channel: Channel, rules: TellingRules | None = None
    ) -> None:
        self._subscriptions = subscriptions
        self._reader = reader
        self._channel = channel
        self._rules: Final = rules or TellingRules()

    async def tell(self) -> bool:
        """Tell some customers. May there be more? Raises SubscriptionsUnavailableError, AwayForNowError."""
        batches = await self._subscriptions.claim(self._rules.at_once, self._rules.lease)
        if not batches:
            return False
        try:
            told = await self._channel.told([batch.id for batch in batches])
        except OdooError as error:
            await self._put_off(batches, self._rules.pause)
            raise AwayForNowError(type(error).__name__) from error
        for place, batch in enumerate(batches):
            try:
                if batch.id in told:
                    await self._subscriptions.done(batch, _of_stock(batch))
                else:
                    await self._one(batch)
            except AwayForNowError:
                await self._put_off(batches[place + 1 :], self._rules.pause)
                raise
        return len(batches) == self._rules.at_once

    async def close(self) -> None:
        await self._channel.close()

    async def _one(self, batch: Batch) -> None:
        followed = {(one.target, one.turn) for one in await self._subscriptions.of(batch.owner)}
        lasting = tuple(item for item in batch.items if (item.target, item.turn) in followed)
        try:
            news = await self._reader.news_of(replace(batch, items=lasting))
        except NoFollowerError:
            log.info("subscriptions.follower_gone", partner_id=batch.owner.partner_id)
            await self._subscriptions.forget(batch.owner)
            return
        except OdooUnavailableError as error:
            await self._put_off([batch], self._rules.pause)
            raise AwayForNowError(type(error).__name__) from error
        except OdooError as error:
            await self._refused(batch, error)
            return
        if news.sections:
            try:
                await self._channel.send(batch.id, news)
            except OdooUnavailableError as error:
                # it may be under way still: not before it is known what became of it
                await self._put_off([batch], max(self._rules.pause, self._channel.unsure))
                raise AwayForNowError(type(error).__name__) from error
            except (OdooError, NotToldError) as error:
                await self._refused(batch, error)
                return
            log.info("subscriptions.told", partner_id=batch.owner.partner_id, batch=batch.id)
        await self._subscriptions.done(batch, news.over, pricelist_id=news.pricelist_id)

    async def _put_off(self, batches: Sequence[Batch], pause: float) -> None:
        for batch in batches:
            await self._subscriptions.later(batch, pause, counts=False)

    async def _refused(self, batch: Batch, error: Exception) -> None:
        """The other side does not want it: later again, and some time never."""
        tries = batch.tries + 1
        if tries >= self._rules.tries:
            log.error("subscriptions.given_up", partner_id=batch.owner.partner_id, batch=batch.id, error=str(error))
            await self._subscriptions.done(batch, ())
            return
        pause = min(self._rules.pause * 2.0 ** min(batch.tries, 20), self._rules.longest)
        log.warning(
            "subscriptions.not_told", partner_id=batch.owner.partner_id, error=str(error) or type(error).__name__,
            tries=tries, again=pause,
        )  # fmt: skip
        await self._subscriptions.later(batch, pause, counts=True)


def _of_stock(batch: Batch) -> list[tuple[Target, int]]:
    return [(item.target, item.turn) for item in batch.items if item.event == "BACK_IN_STOCK"]
