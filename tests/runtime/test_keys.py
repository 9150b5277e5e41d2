"""The keyring: what it seals opens, what was touched does not."""

import base64
from pathlib import Path

import pytest

from bot.runtime.keys import Keyring, KeyringError, load_or_create

FIRST = "a:" + base64.b64encode(b"1" * 32).decode()
SECOND = "b:" + base64.b64encode(b"2" * 32).decode()


def test_a_sealed_arabic_name_opens_again() -> None:
    keyring = Keyring.parse(FIRST)
    sealed = keyring.encrypt("فاطمة الزهراء".encode(), b"people.name")
    assert "فاطمة".encode() not in sealed
    assert keyring.decrypt(sealed, b"people.name").decode() == "فاطمة الزهراء"


def test_a_value_moved_to_another_column_does_not_open() -> None:
    keyring = Keyring.parse(FIRST)
    sealed = keyring.encrypt(b"+218910000000", b"people.phone")
    with pytest.raises(KeyringError, match="not encrypted with this keyring"):
        keyring.decrypt(sealed, b"people.name")


def test_a_changed_byte_does_not_open() -> None:
    keyring = Keyring.parse(FIRST)
    sealed = bytearray(keyring.encrypt(b"x", b"p"))
    sealed[-1] ^= 1
    with pytest.raises(KeyringError):
        keyring.decrypt(bytes(sealed), b"p")


def test_a_new_key_in_front_still_opens_finds_and_verifies_the_old() -> None:
    old, rotated = Keyring.parse(FIRST), Keyring.parse(f"{SECOND},{FIRST}")
    assert rotated.decrypt(old.encrypt(b"x", b"p"), b"p") == b"x"
    assert rotated.encrypt(b"x", b"p")[:1] == b"b"
    assert rotated.index("+218", b"phone")[:1] == b"b"
    assert old.index("+218", b"phone") in rotated.indexes("+218", b"phone")
    assert rotated.is_signed(b"x", b"p", old.sign(b"x", b"p"))
    assert rotated.sealer(b"x", b"p", old.seal(b"x", b"p")) == "a"
    assert rotated.sealer(b"x", b"p", b"?" * 32) is None


def test_one_text_has_unlike_digests_for_two_purposes() -> None:
    keyring = Keyring.parse(FIRST)
    typed, written_from = (keyring.index("+218", purpose) for purpose in (b"typed", b"address"))
    assert typed[1:] != written_from[1:]


def test_a_lock_has_the_same_number_whichever_key_is_in_front() -> None:
    one, other = Keyring.parse(f"{SECOND},{FIRST}"), Keyring.parse(f"{FIRST},{SECOND}")
    assert one.lock_number("sms:+218", b"address") == other.lock_number("sms:+218", b"address")


def test_a_missing_key_is_named() -> None:
    sealed = Keyring.parse(SECOND).encrypt(b"x", b"p")
    with pytest.raises(KeyringError, match="b'b'"):
        Keyring.parse(FIRST).decrypt(sealed, b"p")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no key"),
        ("1:abc!", "not base64"),
        ("1:YWJj", "32 bytes"),
        (f"{FIRST},{FIRST}", "twice"),
        ("long:" + FIRST[2:], "one letter or digit"),
        (FIRST[2:], "one letter or digit"),
    ],
)
def test_a_wrong_keyring_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(KeyringError, match=words):
        Keyring.parse(text)


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "keys")
    again = load_or_create(tmp_path / "keys")
    assert again.decrypt(first.encrypt(b"x", b"p"), b"p") == b"x"
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
