"""Reads filters: ``published and category in (3, "Food / Dogs") and not tag = "Shareholders"``.

filter     = conjunction { "or" conjunction }
conjunction= negation { "and" negation }
negation   = "not" negation | "(" filter ")" | "all" | "nothing" | flag | comparison
comparison = field ( "=" | "!=" ) value
           | field [ "not" ] "in" "(" value { "," value } ")"
           | field "starts with" text                          (sku, barcode)
           | field ( "<" | "<=" | "=" | "!=" | ">=" | ">" ) number  (list_price)
field      = a name of `identity.filters.FIELDS` | "attribute" "(" value ")"
value      = number | text in " or ', with \\ before a quote or a \\ within it
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, NamedTuple, cast

from identity.filters import (
    ATTRIBUTE,
    CHOICES,
    EVERYTHING,
    FIELDS,
    FLAGS,
    NOTHING,
    Compare,
    Filter,
    Flag,
    Kind,
    OneOf,
    Sign,
    StartsWith,
    Value,
    all_of,
    any_of,
    negated,
)

#: no filter is longer, or has brackets and nots deeper within one another
MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 40

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>"(?:[^"\\\n]|\\["'\\])*"|'(?:[^'\\\n]|\\["'\\])*')
    | (?P<number>-?\d{1,15}(?:\.\d{1,9})?(?![\w.]))
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)""",
    re.VERBOSE,
)
_RESERVED: Final = frozenset({"and", "or", "not", "in", "all", "nothing", "starts", "with"})
_SIGNS: Final = ("<", "<=", "=", ">=", ">")


class FilterSyntaxError(Exception):
    """``offset``: how many characters stand before what is wrong."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class _Token(NamedTuple):
    kind: str  # text, number, word, sign, end
    text: str
    offset: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else self.text if self.kind == "text" else f'"{self.text}"'


def parse(text: str) -> Filter:
    """The tree of a filter, every ``not not`` and needless bracket gone. Raises `FilterSyntaxError`."""
    if not text.strip():
        return NOTHING
    if len(text) > MAX_LENGTH:
        raise FilterSyntaxError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(_tokens(text))
    found = parser.disjunction()
    parser.expect_end()
    return found


def _tokens(text: str) -> list[_Token]:
    tokens = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            quote = text[at] in "\"'"
            raise FilterSyntaxError(
                "a text that does not end" if quote else f"not understood: {text[at : at + 20]!r}", at
            )
        if match.lastgroup != "space":
            tokens.append(_Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*tokens, _Token("end", "", len(text.rstrip()))]


class _Parser:
    """A step for every level of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _accept(self, *words: str) -> bool:
        """Step over one of these words or signs, if it is next."""
        found = self._next.kind in {"word", "sign"} and self._next.text in words
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._error(f'expected "{sign}", found {self._next}')

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._error(f'expected "and", "or" or the end, found {self._next}')

    def _error(self, reason: str, token: _Token | None = None) -> FilterSyntaxError:
        return FilterSyntaxError(reason, (token or self._next).offset)

    def disjunction(self) -> Filter:
        return any_of(self._separated("or", lambda: all_of(self._separated("and", self._negation))))

    def _separated(self, word: str, part: Callable[[], Filter]) -> list[Filter]:
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        return parts

    def _negation(self) -> Filter:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} brackets within one another")
        try:
            if self._accept("not"):
                return negated(self._negation())
            if self._accept("("):
                found = self.disjunction()
                self._expect(")")
                return found
            return self._leaf()
        finally:
            self._depth -= 1

    def _leaf(self) -> Filter:
        if self._accept("all"):
            return EVERYTHING
        if self._accept("nothing"):
            return NOTHING
        token = self._take()
        if token.kind != "word" or token.text in _RESERVED:
            raise self._error(f"expected a field, found {token}", token)
        if token.text in FLAGS:
            return Flag(token.text)
        if token.text == ATTRIBUTE:
            self._expect("(")
            of = self._value(ATTRIBUTE, Kind.WORD)
            self._expect(")")
            return self._one_of(ATTRIBUTE, Kind.WORD, of)
        kind = FIELDS.get(token.text)
        if kind is None:
            raise self._error(_unknown(token.text), token)
        if kind is Kind.NUMBER:
            return self._compare(token.text)
        if kind is Kind.TEXT and self._accept("starts"):
            self._expect("with")
            return StartsWith(token.text, cast(str, self._value(token.text, kind)))
        return self._one_of(token.text, kind, None)

    def _one_of(self, field: str, kind: Kind, of: Value | None) -> Filter:
        sign = self._next
        if self._accept("=", "!="):
            found = OneOf(field, (self._value(field, kind),), of)
            return negated(found) if sign.text == "!=" else found
        negative = self._accept("not")
        if not self._accept("in"):
            raise self._error(f'expected "=", "!=", "in" or "not in" after {field}, found {self._next}')
        self._expect("(")
        values = [self._value(field, kind)]
        while self._accept(","):
            values.append(self._value(field, kind))
        self._expect(")")
        found = OneOf(field, tuple(dict.fromkeys(values)), of)
        return negated(found) if negative else found

    def _compare(self, field: str) -> Filter:
        sign = self._next
        if not self._accept(*_SIGNS, "!="):
            raise self._error(f"expected =, !=, <, <=, > or >= after {field}, found {sign}")
        token = self._take()
        if token.kind != "number":
            raise self._error(f"{field} is compared with a number, not {token}", token)
        number = Decimal(token.text)
        if sign.text == "!=":
            return negated(Compare(field, "=", number))
        return Compare(field, cast(Sign, sign.text), number)

    def _value(self, field: str, kind: Kind) -> Value:
        token = self._take()
        if token.kind == "number" and kind in {Kind.ID, Kind.WORD} and token.text.isdecimal():
            return int(token.text)
        if token.kind == "text" and kind is not Kind.ID:
            value = re.sub(r"\\(.)", r"\1", token.text[1:-1])
            if not value.strip():
                raise self._error("an empty text", token)
            if field in CHOICES and value not in CHOICES[field]:
                raise self._error(f"{field} is one of {', '.join(CHOICES[field])}", token)
            return value
        raise self._error(f"{field} is compared with {kind.value}, not {token}", token)


def _unknown(word: str) -> str:
    known = [*FIELDS, ATTRIBUTE, *FLAGS]
    near = get_close_matches(word, known, 1)
    return f'no field "{word}"' + (f"; meant {near[0]}?" if near else f"; there are {', '.join(known)}")
