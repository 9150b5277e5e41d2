"""The poster of a post: its codes can be read by a phone, its words by people."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot.consular.errors import ConsularError
from bot.consular.people import posters as poster_codes
from bot.models import Post
from bot.reports import posters
from bot.reports.posters import Ways
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.settings import load
from tests.conftest import KEYS

NUMBER = "+218911234567"
BOTH = Ways("tammen_bot", NUMBER)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not here")


def tunis(**columns: object) -> Post:
    names = {"en": "Embassy of Libya, Tunis", "ar": "سفارة ليبيا - تونس"}
    return Post(id=95, country="TN", city="TN/Tunis", names=names, **columns)


def printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def read_codes(ways: Ways) -> set[str]:
    """Read the codes of the rendered page, as a camera does."""
    page = Image.open(BytesIO(await posters.write(tunis(), ways, "png")))
    return {code.text for code in zxingcpp.read_barcodes(page)}


async def test_a_phone_reads_the_link_and_the_text_message() -> None:
    link = "https://t.me/tammen_bot?start=post_95"
    message = f"smsto:{NUMBER}:Tammen 95"
    assert await read_codes(BOTH) == {link, message}
    assert await read_codes(Ways(None, NUMBER)) == {message}
    assert await read_codes(Ways("tammen_bot", None)) == {link}


def test_what_the_codes_say_is_read_as_the_post() -> None:
    post = tunis()
    assert poster_codes.read(poster_codes.code(post.id)) == 95
    assert poster_codes.read(poster_codes.sms_words(post)) == 95
    assert poster_codes.read(poster_codes.sms_words(post, "ar")) == 95
    assert len(poster_codes.code(10**9 - 1)) <= 64
    for words in ("Tammen ٩٥", "tammen  95.", "طمن 95", "«طمّن ٩٥»"):
        assert poster_codes.read(words) == 95, words
    for words in ("95", "post_", "Tammen", "Tammen 95 people need help", "post_9999999999", ""):
        assert poster_codes.read(words) is None, words


async def test_the_poster_is_one_page_of_a4() -> None:
    content = await posters.write(tunis(), BOTH)
    assert content.startswith(b"%PDF-")
    page = Image.open(BytesIO(await posters.write(tunis(), BOTH, "png")))  # two pages would raise
    assert page.height / page.width == pytest.approx(297 / 210, rel=0.01)


@needs_poppler
async def test_the_words_can_be_read_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "poster.pdf"
    path.write_bytes(await posters.write(tunis(), BOTH))
    text = printed("pdftotext", "-layout", str(path), "-")
    for words in ("سفارة", "تونس", "نجدة", "Embassy of Libya, Tunis", "need help", NUMBER):
        assert words in text, words


async def test_a_closed_post_has_no_poster() -> None:
    with pytest.raises(ConsularError, match="closed"):
        await posters.write(tunis(closed_at=SYSTEM_CLOCK()), BOTH)


def test_without_a_bot_and_a_number_there_is_no_poster() -> None:
    with pytest.raises(ConsularError, match="lead nowhere"):
        posters.ways(load(TAMMEN_KEYS=KEYS), None)
