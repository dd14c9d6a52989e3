"""A folder of files as a source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import structlog.testing

import server.demo
from content.folder import MOST_BYTES, FolderSource
from content.source import ContentUnavailableError


def written(folder: Path, files: dict[str, str]) -> FolderSource:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return FolderSource(folder)


async def test_pages_by_their_place_or_their_slug(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        {
            "fr/pages/guides/chats.md": '+++\ntitle = "Chats"\n+++\nMiaou',
            "fr/pages/about.md": '+++\nslug = "/a-propos"\n+++\n',
            "fr/pages/plain.md": "Only text",
            "fr/pages/notes.txt": "not content",
        },
    )
    content = await source.read("fr_BE")
    assert [page.slug for page in content.pages] == ["/a-propos", "/guides/chats", "/plain"]
    assert content.page_by_slug["/guides/chats"].blocks[0].html == "<p>Miaou</p>\n"
    assert content.page_by_key["about"].slug == "/a-propos"


async def test_the_exact_language_goes_before_its_family(tmp_path: Path) -> None:
    source = written(tmp_path, {"fr/pages/a.md": "fr", "fr_BE/pages/a.md": "be"})
    assert (await source.read("fr_BE")).pages[0].blocks[0].html == "<p>be</p>\n"
    assert (await source.read("fr_FR")).pages[0].blocks[0].html == "<p>fr</p>\n"
    assert (await source.read("nl_NL")).pages == ()


async def test_a_bad_file_is_left_out_and_told_once(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        {
            "en/pages/good.md": "good",
            "en/pages/head.md": "+++\ntitle = \n+++\n",
            "en/pages/endless.md": "+++\ntitle = 'x'\n",
            "en/pages/list.json": "[]",
            "en/pages/broken.json": "{",
            "en/pages/huge.md": "x" * (MOST_BYTES + 1),
            "en/products/nobody.json": json.dumps({"markdown": "x"}),
        },
    )
    (tmp_path / "en/pages/latin.md").write_bytes(b"caf\xe9")
    with structlog.testing.capture_logs() as told:
        content = await source.read("en_US")
        await source.read("en_US")
    assert [page.slug for page in content.pages] == ["/good"]
    assert content.products == ()
    assert len(told) == 7
    assert {one["event"] for one in told} == {"content.file_left_out"}


async def test_no_folder_is_a_source_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(ContentUnavailableError):
        await FolderSource(tmp_path / "nowhere").read("en_US")


@pytest.mark.parametrize("lang", ["en_US", "fr_FR", "nl_NL"])
async def test_the_content_of_the_demo_is_whole(lang: str) -> None:
    folder = Path(server.demo.__file__).parents[1] / "demo" / "content"
    with structlog.testing.capture_logs() as told:
        content = await FolderSource(folder).read(lang)
    assert not told
    assert {"about", "delivery", "home"} <= set(content.page_by_key)
    assert content.menu_by_name["footer"].items
    for item in content.menu_by_name["footer"].items:
        assert item.url in content.page_by_slug
    assert content.banners
