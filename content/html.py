"""Texts of editors as HTML that is safe to show: no scripts, no handlers, no frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt

_TAGS: Final = nh3.ALLOWED_TAGS | {"figure", "figcaption", "picture", "source", "section", "video"}
_ATTRIBUTES: Final = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": {"class", "id", "lang", "title"},
    "source": {"src", "srcset", "media", "type", "sizes"},
    "video": {"src", "poster", "controls", "width", "height", "preload"},
}
_ATTRIBUTES["img"] = _ATTRIBUTES["img"] | {"loading", "srcset", "sizes"}

_markdown: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def clean(html: str) -> str:
    """The HTML without what could do harm."""
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel="noopener noreferrer")


def of_markdown(text: str) -> str:
    """CommonMark with tables; HTML in it counts."""
    return clean(_markdown.render(text))


#: nodes of Strapi's block editor that are an element around their children
_ELEMENTS: Final[Mapping[str, str]] = {"paragraph": "p", "quote": "blockquote", "list-item": "li"}
_MARKS: Final = (("code", "code"), ("bold", "strong"), ("italic", "em"), ("underline", "u"), ("strikethrough", "s"))


def of_nodes(nodes: Sequence[Mapping[str, Any]]) -> str:
    """The tree of Strapi's block editor (its documentation: "Rich text (blocks)"); what is unknown is its text."""
    return clean("".join(map(_node, nodes)))


def _node(node: Mapping[str, Any]) -> str:
    kind = node.get("type")
    if kind == "text":
        text = escape(str(node.get("text", ""))).replace("\n", "<br>")
        for name, tag in _MARKS:
            if node.get(name):
                text = f"<{tag}>{text}</{tag}>"
        return text
    if kind == "image":
        image = node.get("image") or {}
        return (
            f'<img src="{escape(str(image.get("url", "")))}" alt="{escape(str(image.get("alternativeText") or ""))}">'
        )
    inner = "".join(map(_node, node.get("children") or ()))
    if kind == "heading":
        level = node.get("level")
        tag = f"h{level}" if level in {1, 2, 3, 4, 5, 6} else "h2"
    elif kind == "list":
        tag = "ol" if node.get("format") == "ordered" else "ul"
    elif kind == "link":
        return f'<a href="{escape(str(node.get("url", "")))}">{inner}</a>'
    elif kind == "code":
        return f"<pre><code>{inner}</code></pre>"
    else:
        tag = _ELEMENTS.get(str(kind), "")
    return f"<{tag}>{inner}</{tag}>" if tag else inner
