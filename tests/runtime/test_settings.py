"""Settings: every mistake at once, each with its name and how to mend it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.runtime.keys import Keyring
from bot.runtime.settings import Settings, SettingsError, load

ACCOUNT = "AC" + "0" * 32


def given(**values: Any) -> Settings:
    return load(**values)


def test_without_any_setting_everything_is_embedded_and_the_phone_page_is_open() -> None:
    settings = given()
    assert settings.database.startswith("sqlite+aiosqlite:///")
    assert settings.redis_url is None
    assert settings.has_phone
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_a_channel_token_closes_the_phone_page_unless_told_otherwise() -> None:
    assert not given(TELEGRAM_BOT_TOKEN="1:abc").has_phone
    assert given(TELEGRAM_BOT_TOKEN="1:abc", TAMMEN_PHONE="1").has_phone


@pytest.mark.parametrize(
    ("beyond", "is_open"),
    [
        ({"HOST": "0.0.0.0"}, False),
        ({"HOST": "::"}, False),
        ({"HOST": "10.1.2.3"}, False),
        ({"PUBLIC_URL": "https://tammen.example"}, False),
        ({"HOST": "localhost"}, True),
        ({"HOST": "::1"}, True),
    ],
)
def test_the_phone_page_is_for_this_machine_alone(beyond: dict[str, str], is_open: bool) -> None:
    assert given(**beyond).has_phone is is_open
    loudly = given(**beyond, TAMMEN_PHONE="1")
    assert loudly.has_phone
    phone_warnings = [words for words in loudly.warnings if "TAMMEN_PHONE" in words]
    assert bool(phone_warnings) is not is_open


@pytest.mark.parametrize(
    ("reached", "is_warned"),
    [
        ({}, False),
        ({"PUBLIC_URL": "https://tammen.example"}, False),
        ({"PUBLIC_URL": "http://tammen.example"}, True),
        ({"HOST": "0.0.0.0"}, True),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "https://tammen.example"}, False),
    ],
)
def test_pages_that_travel_unencrypted_are_warned_of(
    reached: dict[str, str], is_warned: bool
) -> None:
    assert any("unencrypted" in words for words in given(**reached).warnings) is is_warned


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The environment, as it was again after the test."""
    before = dict(os.environ)
    yield os.environ  # type: ignore[misc]  # it is used as one
    os.environ.clear()
    os.environ.update(before)


def test_a_secret_is_read_from_the_file_that_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    keys, token = tmp_path / "keys", tmp_path / "token"
    keys.write_text(Keyring.generate() + "\n")
    token.write_text("1:abc\n")
    environment["TAMMEN_KEYS_FILE"] = str(keys)
    environment["TELEGRAM_BOT_TOKEN_FILE"] = str(token)
    settings = load()
    assert settings.keys == keys.read_text().strip()
    assert settings.telegram_token == "1:abc"


def test_a_file_that_is_missing_or_one_too_many_is_a_mistake(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment["NLU_TOKEN_FILE"] = str(tmp_path / "nowhere")
    environment["METRICS_TOKEN_FILE"] = __file__
    environment["METRICS_TOKEN"] = "a-token-of-the-metrics"
    with pytest.raises(SettingsError) as told:
        load()
    assert "NLU_TOKEN_FILE: there is no file" in str(told.value)
    assert "METRICS_TOKEN_FILE: METRICS_TOKEN is set as well" in str(told.value)


@pytest.mark.parametrize("proxies", ["me", "10.0.0.0/8,", "1.2.3.4/99"])
def test_a_proxy_is_an_address_or_a_network(proxies: str) -> None:
    with pytest.raises(SettingsError, match="FORWARDED_ALLOW_IPS"):
        given(FORWARDED_ALLOW_IPS=proxies)


def test_all_mistakes_are_told_at_once_by_name() -> None:
    with pytest.raises(SettingsError) as told:
        given(
            PORT="٩٩٩٩٩٩",
            DATABASE_URL="mysql://x",
            REDIS_URL="localhost",
            TAMMEN_KEYS="1:x",
            TELEGRAM_RATE="0",
        )
    words = str(told.value)
    for name in ("PORT", "DATABASE_URL", "REDIS_URL", "TAMMEN_KEYS", "TELEGRAM_RATE"):
        assert f"\n  {name}: " in words
    assert "postgresql://" in words


def test_half_of_twilio_is_a_mistake_that_names_the_missing_half() -> None:
    with pytest.raises(SettingsError, match="TWILIO_AUTH_TOKEN and TWILIO_FROM missing"):
        given(TWILIO_ACCOUNT_SID=ACCOUNT, PUBLIC_URL="https://example.org")


FIRST = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "x", "TWILIO_FROM": "+12025550100"}
SECOND = {
    "TWILIO2_ACCOUNT_SID": ACCOUNT[:-1] + "2",
    "TWILIO2_AUTH_TOKEN": "y",
    "TWILIO2_FROM": "Tammen",
}


def test_a_second_sms_account_is_whole_or_not_there() -> None:
    with pytest.raises(SettingsError, match="TWILIO2_AUTH_TOKEN and TWILIO2_FROM missing"):
        given(**FIRST, TWILIO2_ACCOUNT_SID=ACCOUNT, PUBLIC_URL="https://example.org")
    with pytest.raises(SettingsError, match="TWILIO_ACCOUNT_SID missing"):
        given(**SECOND, PUBLIC_URL="https://example.org")


def test_sms_accounts_come_in_order_each_with_a_pace_of_its_own() -> None:
    both = given(
        **FIRST, **SECOND, PUBLIC_URL="https://example.org", TWILIO2_RATE="50"
    ).sms_accounts
    assert [(account.name, account.rate) for account in both] == [("twilio", 10), ("twilio2", 50)]
    assert len({account.pace_key for account in both}) == 2
    assert given().sms_accounts == ()


def test_sms_needs_the_public_address_that_twilio_signs() -> None:
    with pytest.raises(SettingsError, match="PUBLIC_URL missing"):
        given(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN="x", TWILIO_FROM="+12025550100")


def test_postgresql_addresses_get_the_driver() -> None:
    assert given(DATABASE_URL="postgresql://u:p@h/n").database == "postgresql+asyncpg://u:p@h/n"


def test_the_webhook_secret_is_derived_and_does_not_contain_the_token() -> None:
    settings = given(TELEGRAM_BOT_TOKEN="123:secret-part")
    assert len(settings.telegram_secret) == 64
    assert "secret-part" not in settings.telegram_secret
    assert given(TELEGRAM_BOT_TOKEN="1:abc", TELEGRAM_SECRET="mine_1").telegram_secret == "mine_1"


def test_a_secret_with_letters_telegram_refuses_is_refused_here() -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_SECRET"):
        given(TELEGRAM_SECRET="سر")


def test_a_set_keyring_is_used_and_none_is_written(tmp_path: Path) -> None:
    text = Keyring.generate()
    given(TAMMEN_KEYS=text, TAMMEN_DATA=str(tmp_path)).keyring()
    assert list(tmp_path.iterdir()) == []
