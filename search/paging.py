"""Pages of a search: by numbers however far, and beside a product that a cursor names, forwards and backwards.

Sorted by what they see, a page begins right after what the product is sorted by. Of what is told nowhere (how well a
text fits, how often a product is sold) nothing stands in a cursor: then the page is where the product was, if it is
still there, else where the engine finds it now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

from search.asking import Asking
from search.queries import Found, digest_of_body, digest_of_counts, found, search_body
from search.request import Asker, Facet, ProductSearch
from search.suggestions import meant, meant_body

#: the engine pages no further than this by numbers; beyond it by what the last product is sorted by
MAX_WINDOW: Final = 10_000
#: what the engine sorts by
SortValue: TypeAlias = str | int | float | bool | None
#: what may stand in a cursor, beside prices of whoever asks
_TOLD: Final = frozenset({"id", "name.sort", "list_price"})
_NO_ID: Final = 2**31
#: counts the products that have the words as they were typed
_WORDED: Final = "worded"
_OPPOSITE: Final = {"asc": "desc", "desc": "asc", "_last": "_first", "_first": "_last"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A product in a list: where it stood, and what it was sorted by, in which search, if that may be told."""

    position: int
    product_id: int
    search: str = ""
    values: tuple[SortValue, ...] = ()

    @property
    def at(self) -> int:
        return max(self.position, 0)


@dataclass(frozen=True, slots=True)
class Window:
    """A page of ``size``: from ``offset`` or ``after`` a product on; ``backward``: up to the end or ``before`` one.

    Never beyond the other one of ``after`` and ``before``.
    """

    size: int
    offset: int = 0
    after: Anchor | None = None
    before: Anchor | None = None
    backward: bool = False


class KeptCounts(Protocol):
    """What is told of all matches of a search, kept by its digest for those who see the same.

    It holds as long as the index is what it was: ``observed_at`` tells that (`search.asking.Reply`).
    """

    def known(self, digest: str) -> tuple[datetime, Found] | None: ...

    def keep(self, digest: str, observed_at: datetime, found: Found) -> None: ...


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked. ``only``: of what they may see of products, these fields. ``meant``: also what was meant.

    ``counts``: so that other pages and orders of a search need not be counted again; None: each time.
    Where no product has the words that were typed, those are answered that have words much like them.
    """

    asker: Asker
    wanted: ProductSearch
    window: Window
    facets: Collection[Facet] = ()
    only: Collection[str] = ()
    highlight: Collection[str] = ()
    meant: bool = False
    counts: KeptCounts | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A product of a page. ``source``: what was wanted of it. ``values``: what it is sorted by."""

    id: int
    source: Mapping[str, Any]
    values: tuple[SortValue, ...]
    highlights: Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False)
class IndexPage:
    """A page, and what is told of all matches (``found``). ``start``: where it begins among them."""

    found: Found
    hits: Sequence[Hit]
    anchors: Sequence[Anchor]
    start: int
    has_previous: bool
    has_next: bool
    observed_at: datetime | None
    meant: str | None


async def page_of(asking: Asking, lang: str, question: Question) -> IndexPage:
    """The page that is asked for. Raises NotAnsweredError, HiddenFieldError."""
    return await _Pager(asking, lang, question).page()


class _Pager:
    """Finds one page: by one call mostly, by few when a product is no longer where it was."""

    def __init__(self, asking: Asking, lang: str, question: Question) -> None:
        self._asking = asking
        self._lang = lang
        self._question = question
        text = question.wanted.text.strip()
        #: are only the words looked for as they were typed?
        self._exact = bool(text) and not question.wanted.any_word
        self._body, self._search = self._searched(exact=self._exact)
        if self._exact and (searches := self._begun()) and searches != {self._search}:
            forgiving = self._searched(exact=False)
            if forgiving[1] in searches:
                (self._body, self._search), self._exact = forgiving, False
        self._like = meant_body(question.asker, question.wanted.text) if question.meant else None
        self._found: Found | None = None
        self._observed_at: datetime | None = None
        self._steady: datetime | None = None
        self._meant: str | None = None

    def _searched(self, *, exact: bool) -> tuple[dict[str, Any], str]:
        """The engine's query, and its digest."""
        question = self._question
        body = search_body(
            question.asker,
            replace(question.wanted, exact=exact),
            size=0,
            facets=question.facets,
            only=question.only,
            highlight=question.highlight,
        )
        return body, digest_of_body(body)

    def _begun(self) -> set[str]:
        """The searches by which the products were found beside which the page is."""
        window = self._question.window
        return {one.search for one in (window.after, window.before) if one is not None and one.search}

    async def page(self) -> IndexPage:
        window = self._question.window
        hits, start, more = await (self._backward(window) if window.backward else self._forward(window))
        found = self._found
        assert found is not None  # noqa: S101  # the first call tells it
        has_previous, has_next = start > 0, start + len(hits) < found.total
        if window.backward:
            has_previous = more if window.before is not None else has_previous
        elif window.after is not None:
            has_next = more
        kept = _within(hits, start, window)
        return IndexPage(
            found=found,
            hits=hits[kept],
            anchors=[self._anchor(start + at, hits[at]) for at in range(kept.start, kept.stop)],
            start=start + kept.start,
            has_previous=has_previous or kept.start > 0,
            has_next=has_next or kept.stop < len(hits),
            observed_at=self._observed_at,
            meant=self._meant,
        )

    def _anchor(self, position: int, hit: Hit) -> Anchor:
        names = [name for one in self._body["sort"] for name in one]
        if all(name in _TOLD or name.startswith("prices.") for name in names):
            return Anchor(position, hit.id, self._search, hit.values)
        return Anchor(position, hit.id)

    # -- both ways: hits, where the first of them stands, and whether there are more that way ------------------

    async def _forward(self, window: Window) -> tuple[list[Hit], int, bool]:
        after, size = window.after, window.size
        if after is None:
            return await self._slice(window.offset, size), window.offset, False
        if values := self._known(after):
            hits = await self._hits(size + 1, after=values)
        elif after.at + size + 2 <= MAX_WINDOW:
            hits = await self._hits(size + 2, offset=after.at)
            if hits and hits[0].id == after.product_id:
                del hits[0]
            elif values := await self._found_again(after):
                hits = await self._hits(size + 1, after=values)
            else:  # it is gone: the next one is in its place
                return hits[:size], after.at, len(hits) > size
        elif values := await self._found_again(after):
            hits = await self._hits(size + 1, after=values)
        else:
            hits = await self._slice(after.at, size + 1)
            return hits[:size], after.at, len(hits) > size
        return hits[:size], after.at + 1, len(hits) > size

    async def _backward(self, window: Window) -> tuple[list[Hit], int, bool]:
        before, size = window.before, window.size
        if before is None:
            return await self._end(size)
        if not (values := self._known(before)):
            first = max(0, before.at - size - 1)
            hits = await self._slice(first, before.at - first + 1)
            if hits and hits[-1].id == before.product_id:
                return _last(hits[:-1], size, before.at)
            if not (values := await self._found_again(before)):
                if len(hits) < before.at - first:
                    return await self._end(size)
                return _last(hits[: before.at - first], size, before.at)
        hits = (await self._hits(size + 1, after=values, backward=True))[::-1]
        return _last(hits, size, max(before.at, len(hits)))

    async def _end(self, size: int) -> tuple[list[Hit], int, bool]:
        hits = (await self._hits(size, backward=True))[::-1]
        return hits, self._total - len(hits), self._total > len(hits)

    async def _slice(self, offset: int, size: int) -> list[Hit]:
        """By numbers; beyond what the engine counts by walking there."""
        if offset + size <= MAX_WINDOW:
            return await self._hits(size, offset=offset)
        values: Sequence[SortValue] | None = None
        while offset > 0:
            step = min(offset, MAX_WINDOW)
            passed = await self._hits(step, after=values, shown=False)
            if len(passed) < step:
                return []
            values, offset = passed[-1].values, offset - step
        return await self._hits(size, after=values)

    # -- calls ------------------------------------------------------------------------------------------------

    @property
    def _total(self) -> int:
        return self._found.total if self._found is not None else 0

    def _known(self, anchor: Anchor) -> Sequence[SortValue]:
        """What the product was sorted by, if it was in this very search."""
        fits = anchor.search == self._search and len(anchor.values) == len(self._body["sort"])
        return anchor.values if fits else ()

    async def _found_again(self, anchor: Anchor) -> Sequence[SortValue]:
        """What the product is sorted by now, whatever filters say; empty if they see no such product."""
        if not 0 < anchor.product_id < _NO_ID:
            return ()
        if self._exact and self._found is None:
            await self._hits(0)  # are words mistyped?
        place = {"term": {"id": anchor.product_id}}
        body = {
            "query": {"bool": {"must": [self._body["query"]], "filter": [place]}},
            "sort": self._body["sort"],
            "size": 1,
            "_source": False,
            "track_total_hits": False,
        }
        hits = hits_of((await self._asking.ask(self._lang, [body])).first)
        return hits[0].values if hits else ()

    async def _hits(
        self,
        size: int,
        *,
        offset: int = 0,
        after: Sequence[SortValue] | None = None,
        backward: bool = False,
        shown: bool = True,
    ) -> list[Hit]:
        body = {**self._body, "size": size}
        if after:
            body["search_after"] = list(after)
        elif offset:
            body["from"] = offset
        if backward:
            body["sort"] = [_reversed(one) for one in body["sort"]]
        if not shown:
            body |= {"_source": False, "highlight": {"fields": {}}}
        counts = self._question.counts if self._found is None else None
        digest = digest_of_counts(self._body) if counts is not None else ""
        if counts is not None and (known := counts.known(digest)) is not None:
            answer = await self._asked(_uncounted(body))
            if known[0] == self._observed_at:
                self._found = known[1]
                return hits_of(answer)
        if self._found is not None:  # all that is told of the matches together is known
            return hits_of((await self._asking.ask(self._lang, [_uncounted(body)])).first)
        if self._exact:
            # filters have no say in this: what has the words may be filtered away
            body["aggs"] = {**body.get("aggs", {}), _WORDED: {"filter": {"match_all": {}}}}
        answer = await self._asked(body)
        if self._exact and not answer["aggregations"][_WORDED]["doc_count"]:
            self._exact = False
            self._body, self._search = self._searched(exact=False)
            return await self._hits(size, offset=offset, after=after, backward=backward, shown=shown)
        self._found = found(answer, self._question.wanted)
        if counts is not None and self._steady is not None:
            counts.keep(digest, self._steady, self._found)
        return hits_of(answer)

    async def _asked(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        like, self._like = self._like, None
        reply = await self._asking.ask(self._lang, [body, *([like] if like is not None else [])])
        self._observed_at, self._steady = reply.observed_at, reply.steady
        if like is not None and (answer := reply.answers[1]) is not None:
            self._meant = meant(self._question.wanted.text, [hit["_source"] for hit in answer["hits"]["hits"]])
        return reply.first


def _uncounted(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same hits, and nothing told of all matches."""
    return {name: part for name, part in body.items() if name != "aggs"} | {"track_total_hits": False}


def _last(hits: list[Hit], size: int, stop: int) -> tuple[list[Hit], int, bool]:
    """The last ones of hits that end at a place."""
    kept = hits[max(0, len(hits) - size) :]
    return kept, stop - len(kept), len(hits) > size


def _within(hits: Sequence[Hit], start: int, window: Window) -> slice:
    """The part of the hits that is within the window's other end."""
    first, stop = 0, len(hits)
    if window.backward and window.after is not None:
        first = _place(hits, start, window.after, 1)
    elif not window.backward and window.before is not None:
        stop = _place(hits, start, window.before, 0)
    return slice(min(first, stop), stop)


def _place(hits: Sequence[Hit], start: int, anchor: Anchor, beyond: int) -> int:
    """Where among the hits the product is (plus ``beyond``), else where it was."""
    at = next((at for at, hit in enumerate(hits) if hit.id == anchor.product_id), None)
    return at + beyond if at is not None else min(max(anchor.position - start, 0), len(hits))


def _reversed(sort: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {key: _OPPOSITE.get(value, value) for key, value in how.items()} for name, how in sort.items()}


def hits_of(answer: Mapping[str, Any]) -> list[Hit]:
    """The products in an answer of the engine to what is sorted."""
    return [
        Hit(int(hit["_id"]), hit.get("_source", {}), tuple(hit["sort"]), hit.get("highlight", {}))
        for hit in answer["hits"]["hits"]
    ]
