"""Every setting, read from the environment once, all mistakes reported at once."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.keys import Keyring, KeyringError, load_or_create

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """Settings that stop the start; the message lists every mistake and how to mend it."""


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("write a full address such as https://example.org")
    return value.rstrip("/")


def _database_address(value: str) -> str:
    for plain, driver in (("postgresql://", "postgresql+asyncpg://"), ("postgres://", "postgresql+asyncpg://")):
        if value.startswith(plain):
            return driver + value.removeprefix(plain)
    if value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        return value
    raise ValueError("write postgresql://user:password@host/name, or leave it out for SQLite")


def _redis_address(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://", "redis+sentinel://", "redis+cluster://")):
        raise ValueError("write redis://host:6379/0, rediss://…, redis+sentinel://… or redis+cluster://…")
    return value


def _keyring_text(value: str) -> str:
    try:
        Keyring.parse(value)
    except KeyringError as error:
        raise ValueError(f"{error}; `tammen keys` prints a new keyring") from error
    return value


def _telegram_secret(value: str) -> str:
    if not 1 <= len(value) <= 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in value):
        raise ValueError("1 to 256 of A-Z a-z 0-9 _ and -, as Telegram asks")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """Names in the environment are the aliases; `docs/settings.md` explains each."""

    model_config = SettingsConfigDict(populate_by_name=True, env_ignore_empty=True, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(8000, alias="PORT", ge=1, le=65535)
    public_url: WebAddress | None = Field(None, alias="PUBLIC_URL")
    data: Path = Field(Path("var"), alias="TAMMEN_DATA")
    database_url: Annotated[str, AfterValidator(_database_address)] | None = Field(None, alias="DATABASE_URL")
    redis_url: Annotated[str, AfterValidator(_redis_address)] | None = Field(None, alias="REDIS_URL")
    nlu_url: WebAddress | None = Field(None, alias="NLU_URL")
    nlu_token: str = Field("", alias="NLU_TOKEN")
    keys: Annotated[str, AfterValidator(_keyring_text)] | None = Field(None, alias="TAMMEN_KEYS")
    telegram_token: str | None = Field(None, alias="TELEGRAM_BOT_TOKEN", pattern=r"^\d+:[\w-]{3,}$")
    telegram_secret_set: Annotated[str, AfterValidator(_telegram_secret)] | None = Field(None, alias="TELEGRAM_SECRET")
    telegram_api: WebAddress = Field("https://api.telegram.org", alias="TELEGRAM_API_URL")
    telegram_rate: float = Field(30, alias="TELEGRAM_RATE", gt=0, description="messages a second")
    twilio_account: str | None = Field(None, alias="TWILIO_ACCOUNT_SID", pattern=r"^AC[0-9a-fA-F]{32}$")
    twilio_token: str | None = Field(None, alias="TWILIO_AUTH_TOKEN")
    twilio_from: str | None = Field(None, alias="TWILIO_FROM")
    twilio_api: WebAddress = Field("https://api.twilio.com", alias="TWILIO_API_URL")
    twilio_rate: float = Field(10, alias="TWILIO_RATE", gt=0, description="message parts a second")
    phone_set: bool | None = Field(None, alias="TAMMEN_PHONE")
    borders: FilePath | None = Field(None, alias="TAMMEN_BORDERS")
    log: Literal["debug", "info", "warning", "error"] = Field("info", alias="TAMMEN_LOG")

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> Settings:
        names = {
            "TWILIO_ACCOUNT_SID": self.twilio_account,
            "TWILIO_AUTH_TOKEN": self.twilio_token,
            "TWILIO_FROM": self.twilio_from,
        }
        missing = [name for name, value in names.items() if not value]
        if 0 < len(missing) < len(names):
            raise ValueError(f"{' and '.join(missing)} missing: SMS needs all of {', '.join(names)}")
        if not missing and not self.public_url:
            raise ValueError("PUBLIC_URL missing: Twilio signs the address it calls, so SMS needs it")
        return self

    @property
    def has_telegram(self) -> bool:
        """Whether a Telegram bot is configured."""
        return self.telegram_token is not None

    @property
    def has_sms(self) -> bool:
        """Whether Twilio is configured."""
        return self.twilio_account is not None

    @property
    def has_phone(self) -> bool:
        """Whether the phone page is open: on while no channel token is set, unless told."""
        return self.phone_set if self.phone_set is not None else not (self.has_telegram or self.has_sms)

    @property
    def telegram_secret(self) -> str:
        """The webhook secret: the one set, else one derived from the token (64 hexadecimal digits)."""
        if self.telegram_secret_set:
            return self.telegram_secret_set
        return hmac.new((self.telegram_token or "").encode(), b"tammen webhook", hashlib.sha256).hexdigest()

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data.absolute() / 'tammen.db'}"

    def keyring(self) -> Keyring:
        """The keyring that was set, else the one kept in the data folder (made on first use)."""
        if self.keys:
            return Keyring.parse(self.keys)
        self.data.mkdir(parents=True, exist_ok=True)
        return load_or_create(self.data / "keys")


def load(**overrides: Any) -> Settings:
    """The settings of this process. Raises SettingsError with one line per mistake."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [_explain(mistake) for mistake in error.errors(include_url=False)]
        raise SettingsError("Settings to mend:\n" + "\n".join(lines)) from None


def _explain(mistake: Any) -> str:
    words = mistake["msg"].removeprefix("Value error, ")
    name = next((str(part) for part in mistake["loc"]), "")
    return f"  {name}: {words}" if name else f"  {words}"
