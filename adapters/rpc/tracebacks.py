"""What a Python traceback from Odoo says in Python's own words: frames, the class, the text.

Only these are read, never a sentence: Odoo's sentences come in the user's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAME = re.compile(r'^  File ".*", line \d+, in (\S+)$')
_CLASS = re.compile(r"^([A-Za-z_][\w.]*)(?:: (.*))?$", re.DOTALL)
_TUPLE = re.compile(r"^\((?P<unicode>u?)(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"),(?P<rest>.*)\)$", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
HEAD = "Traceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class RemoteError:
    """An exception raised inside Odoo.

    ``name``: its class, with the module where it is known. ``frames``: function names from the outermost
    to the one that raised, empty when no traceback came along.
    """

    name: str
    text: str
    frames: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The class without its module: Python 2 writes no module in a traceback."""
        return self.name.rpartition(".")[2]

    @property
    def raised_in(self) -> str:
        """The function that raised, '' when unknown."""
        return self.frames[-1] if self.frames else ""


def frames_of(traceback: str) -> tuple[str, ...]:
    """Function names of the last traceback in ``traceback`` (a chain of exceptions has several)."""
    return tuple(name for line in _last_block(traceback) if (name := _frame(line)))


def parse_traceback(traceback: str) -> RemoteError | None:
    """The exception at the end of ``traceback``; None when the text is no traceback."""
    block = _last_block(traceback)
    last = max((i for i, line in enumerate(block) if _frame(line)), default=None)
    if last is None:
        return None
    for start in range(last + 1, len(block)):
        if block[start][:1] not in ("", " "):
            break
    else:
        return None
    found = _CLASS.match("\n".join(block[start:]).rstrip())
    if found is None:
        return None
    frames = tuple(name for line in block if (name := _frame(line)))
    return RemoteError(found[1], found[2] or "", frames)


def split_tuple(text: str) -> tuple[str, str]:
    """``("Denied", "None")`` of ``(u'Denied', None)``; ``(text, "")`` of a text that is no tuple.

    Odoo up to 13 puts the Python representation of an exception's arguments where its message belongs.
    """
    found = _TUPLE.match(text.strip())
    if found is None:
        return text, ""
    plain = _ESCAPE.sub(_unescape, found["text"][1:-1])
    return (plain if found["unicode"] else _from_bytes(plain)), found["rest"].strip()


def _frame(line: str) -> str | None:
    found = _FRAME.match(line)
    return found[1] if found else None


def _last_block(traceback: str) -> list[str]:
    lines = traceback.split("\n")
    heads = [i for i, line in enumerate(lines) if line == HEAD]
    return lines[heads[-1] + 1 :] if heads else []


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "�"
    return _LETTERS.get(code, code)


def _from_bytes(text: str) -> str:
    """Python 2 represents a byte string byte by byte: such a text is UTF-8 in disguise."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
