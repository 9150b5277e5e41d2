"""Every setting, read from the environment once, all mistakes reported at once."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates
from pydantic import AfterValidator, Field, FilePath, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from bot.runtime import addresses
from bot.runtime.keys import Keyring, KeyringError, load_or_create
from bot.runtime.limits import Limits

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_SENDER_CHARS = 60  # of the name under which we speak: it stands in SMS
ROOT = Path(__file__).resolve().parent.parent.parent


class SettingsError(Exception):
    """Settings that stop the start; the message lists every mistake and how to mend it."""


def _proxies(listed: str) -> str:
    for proxy in listed.split(","):
        name = proxy.strip()
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            if name != "*":
                raise ValueError(
                    "addresses or networks of the proxies before us, separated by commas, "
                    "such as 127.0.0.1,10.0.0.0/8"
                ) from None
    return listed


def _keyring_text(text: str) -> str:
    try:
        Keyring.parse(text)
    except KeyringError as error:
        raise ValueError(f"{error}; `tammen keys` prints a new keyring") from error
    return text


def _telegram_secret(secret: str) -> str:
    if not 1 <= len(secret) <= 256 or not all(
        c.isascii() and (c.isalnum() or c in "_-") for c in secret
    ):
        raise ValueError("1 to 256 of A-Z a-z 0-9 _ and -, as Telegram asks")
    return secret


def _certificates(path: Path) -> Path:
    try:
        load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise ValueError(
            "a PEM file with the certificates of warning services, one after the other"
        ) from None
    return path


def _cap_sender(sender: str) -> str:
    if not 3 <= len(sender) <= 200 or any(c.isspace() or c in ",<&" for c in sender):
        raise ValueError(
            "an e-mail address such as advisories@mofa.example, "
            "without spaces and commas, as CAP asks"
        )
    return sender


def _sender_name(name: str) -> str:
    if len(name) > MAX_SENDER_CHARS or not name.strip() or not name.isprintable():
        raise ValueError(f"a name of one line, of at most {MAX_SENDER_CHARS} letters")
    if any(c in name for c in "{}<>"):
        raise ValueError("a name as people read it, without the signs { } < >")
    return name.strip()


SenderName = Annotated[str, AfterValidator(_sender_name)]
WebAddress = Annotated[str, AfterValidator(addresses.web_address)]


class SmsAccount(NamedTuple):
    """An account of Twilio or of a provider that speaks like it.

    `sender` is a number, a name or `MG…`. `name` is written beside what it sent; `rate` is in
    message parts a second.
    """

    name: str
    account: str
    token: str
    sender: str
    api: str
    rate: float

    @property
    def pace_key(self) -> str:
        """Under which all workers share its pace (see `signals.paces`)."""
        return f"sms:{self.name}:{self.sender}"


class Settings(Limits):
    """Names in the environment are the aliases; `docs/settings.md` explains each."""

    model_config = SettingsConfigDict(
        populate_by_name=True, env_ignore_empty=True, frozen=True, extra="ignore"
    )

    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(8000, alias="PORT", ge=1, le=65535)
    public_url: WebAddress | None = Field(None, alias="PUBLIC_URL")
    sender_name_ar: SenderName | None = Field(None, alias="SENDER_NAME_AR")
    sender_name_en: SenderName | None = Field(None, alias="SENDER_NAME_EN")
    proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        "127.0.0.1", alias="FORWARDED_ALLOW_IPS"
    )
    metrics_token: str | None = Field(None, alias="METRICS_TOKEN", min_length=16)
    data: Path = Field(Path("var"), alias="TAMMEN_DATA")
    database_url: Annotated[str, AfterValidator(addresses.database_address)] | None = Field(
        None, alias="DATABASE_URL"
    )
    redis_url: Annotated[str, AfterValidator(addresses.redis_address)] | None = Field(
        None, alias="REDIS_URL"
    )
    nlu_url: WebAddress | None = Field(None, alias="NLU_URL")
    nlu_token: str = Field("", alias="NLU_TOKEN")
    keys: Annotated[str, AfterValidator(_keyring_text)] | None = Field(None, alias="TAMMEN_KEYS")
    telegram_token: str | None = Field(None, alias="TELEGRAM_BOT_TOKEN", pattern=r"^\d+:[\w-]{3,}$")
    telegram_secret_set: Annotated[str, AfterValidator(_telegram_secret)] | None = Field(
        None, alias="TELEGRAM_SECRET"
    )
    telegram_api: WebAddress = Field("https://api.telegram.org", alias="TELEGRAM_API_URL")
    telegram_rate: float = Field(30, alias="TELEGRAM_RATE", gt=0, description="messages a second")
    twilio_account: str | None = Field(
        None, alias="TWILIO_ACCOUNT_SID", pattern=r"^AC[0-9a-fA-F]{32}$"
    )
    twilio_token: str | None = Field(None, alias="TWILIO_AUTH_TOKEN")
    twilio_from: str | None = Field(None, alias="TWILIO_FROM")
    twilio_api: WebAddress = Field("https://api.twilio.com", alias="TWILIO_API_URL")
    twilio_rate: float = Field(10, alias="TWILIO_RATE", gt=0, description="message parts a second")
    twilio2_account: str | None = Field(
        None, alias="TWILIO2_ACCOUNT_SID", pattern=r"^AC[0-9a-fA-F]{32}$"
    )
    twilio2_token: str | None = Field(None, alias="TWILIO2_AUTH_TOKEN")
    twilio2_from: str | None = Field(None, alias="TWILIO2_FROM")
    twilio2_api: WebAddress = Field("https://api.twilio.com", alias="TWILIO2_API_URL")
    twilio2_rate: float = Field(
        10, alias="TWILIO2_RATE", gt=0, description="message parts a second"
    )
    phone_set: bool | None = Field(None, alias="TAMMEN_PHONE")
    second_factor_set: Literal["required", "off"] | None = Field(None, alias="SECOND_FACTOR")
    session_idle_minutes: int = Field(30, alias="SESSION_IDLE_MINUTES", ge=5, le=720)
    session_life_hours: int = Field(12, alias="SESSION_LIFE_HOURS", ge=1, le=168)
    confirmation_minutes: int = Field(5, alias="CONFIRMATION_MINUTES", ge=1, le=60)
    borders: FilePath | None = Field(None, alias="TAMMEN_BORDERS")
    cap_sender_set: Annotated[str, AfterValidator(_cap_sender)] | None = Field(
        None, alias="CAP_SENDER"
    )
    cap_signing_key: FilePath | None = Field(None, alias="CAP_SIGNING_KEY")
    cap_signing_cert: FilePath | None = Field(None, alias="CAP_SIGNING_CERT")
    cap_trusted_certs: Annotated[FilePath, AfterValidator(_certificates)] | None = Field(
        None, alias="CAP_TRUSTED_CERTS"
    )
    smtp_url: Annotated[str, AfterValidator(addresses.mail_server)] | None = Field(
        None, alias="SMTP_URL"
    )
    smtp_from: str | None = Field(None, alias="SMTP_FROM", pattern=r"^[^@\s]+@[^@\s]+$")
    log: Literal["debug", "info", "warning", "error"] = Field("info", alias="TAMMEN_LOG")

    @model_validator(mode="after")
    def _twilio_is_whole(self) -> Settings:
        first = _is_whole(
            TWILIO_ACCOUNT_SID=self.twilio_account,
            TWILIO_AUTH_TOKEN=self.twilio_token,
            TWILIO_FROM=self.twilio_from,
        )
        second = _is_whole(
            TWILIO2_ACCOUNT_SID=self.twilio2_account,
            TWILIO2_AUTH_TOKEN=self.twilio2_token,
            TWILIO2_FROM=self.twilio2_from,
        )
        if second and not first:
            raise ValueError(
                "TWILIO_ACCOUNT_SID missing: a second SMS sender stands beside a first one"
            )
        if first and not self.public_url:
            raise ValueError(
                "PUBLIC_URL missing: Twilio signs the address it calls, so SMS needs it"
            )
        return self

    @model_validator(mode="after")
    def _cap_signing_is_whole(self) -> Settings:
        if (self.cap_signing_key is None) != (self.cap_signing_cert is None):
            raise ValueError(
                "CAP_SIGNING_KEY and CAP_SIGNING_CERT belong together: set both or neither"
            )
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if (self.smtp_url is None) != (self.smtp_from is None):
            raise ValueError("SMTP_URL and SMTP_FROM belong together: set both or neither")
        return self

    @property
    def site(self) -> str:
        """Where the web process is reached, as far as the settings tell; no slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.public_url:
            return self.public_url
        if host == "0.0.0.0":  # noqa: S104  # all addresses: a browser needs one
            host = "127.0.0.1"
        return f"http://{host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether others reach the site over https."""
        return self.site.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the site."""
        return urlsplit(self.site).hostname in LOOPBACK_HOSTS and self.host in LOOPBACK_HOSTS

    @property
    def needs_second_factor(self) -> bool:
        """Whether accounts that see names sign in with a second factor, everywhere but at home."""
        if self.second_factor_set is not None:
            return self.second_factor_set == "required"
        return not self.is_loopback

    @property
    def cap_sender(self) -> str:
        """Who speaks in our CAP documents."""
        return (
            self.cap_sender_set
            or f"advisories@{urlsplit(self.public_url or '').hostname or 'tammen.invalid'}"
        )

    @property
    def has_telegram(self) -> bool:
        """Whether a Telegram bot is configured."""
        return self.telegram_token is not None

    @property
    def telegram_pace_key(self) -> str:
        """Under which all workers share the bot's pace (see `signals.paces`)."""
        return f"telegram:{(self.telegram_token or '').partition(':')[0]}"

    @property
    def has_sms(self) -> bool:
        """Whether Twilio is configured."""
        return self.twilio_account is not None

    @property
    def sms_accounts(self) -> tuple[SmsAccount, ...]:
        """The accounts that send SMS, the one preferred at rest first."""
        accounts = []
        if self.twilio_account and self.twilio_token and self.twilio_from:
            first = SmsAccount(
                "twilio",
                self.twilio_account,
                self.twilio_token,
                self.twilio_from,
                self.twilio_api,
                self.twilio_rate,
            )
            accounts.append(first)
        if self.twilio2_account and self.twilio2_token and self.twilio2_from:
            second = SmsAccount(
                "twilio2",
                self.twilio2_account,
                self.twilio2_token,
                self.twilio2_from,
                self.twilio2_api,
                self.twilio2_rate,
            )
            accounts.append(second)
        return tuple(accounts)

    @property
    def has_phone(self) -> bool:
        """Whether the phone page is open: for trying on this machine alone, unless told."""
        if self.phone_set is not None:
            return self.phone_set
        return self.is_private and not (self.has_telegram or self.has_sms)

    @property
    def is_private(self) -> bool:
        """Whether nobody beyond this machine reaches the web process."""
        return self.public_url is None and _is_loopback(self.host)

    @property
    def warnings(self) -> list[str]:
        """Say what is allowed and yet dangerous; each is shown when the web process starts."""
        dangers = []
        if self.has_phone and not self.is_private:
            dangers.append(
                "TAMMEN_PHONE=1: everybody who reaches this address may write as anybody "
                "on the phone page. Set it to 0 unless this is a training"
            )
        if not (self.is_https or self.is_loopback):
            dangers.append(
                f"{self.site}: passwords and names travel unencrypted. Put a proxy with TLS before"
                " it and name its https address in PUBLIC_URL"
            )
        return dangers

    @property
    def telegram_secret(self) -> str:
        """The webhook secret: the one set, else one derived from the token, of 64 hex digits."""
        if self.telegram_secret_set:
            return self.telegram_secret_set
        token = (self.telegram_token or "").encode()
        return hmac.new(token, b"tammen webhook", hashlib.sha256).hexdigest()

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data.absolute() / 'tammen.db'}"

    def keyring(self) -> Keyring:
        """The keyring that was set, else the one kept in the data folder (made on first use)."""
        if self.keys:
            return Keyring.parse(self.keys)
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return load_or_create(self.data / "keys")


def load(**overrides: Any) -> Settings:
    """The settings of this process. Raises SettingsError with one line per mistake."""
    try:
        return Settings(**_from_files(), **overrides)
    except ValidationError as error:
        lines = [_explain(mistake) for mistake in error.errors(include_url=False)]
        raise SettingsError("Settings to mend:\n" + "\n".join(lines)) from None


def _from_files() -> dict[str, Any]:
    """Read each setting `NAME` whose file is named by `NAME_FILE`. Raises SettingsError."""
    settings: dict[str, Any] = {}
    mistakes = []
    for field in Settings.model_fields.values():
        name = str(field.alias)
        path = os.environ.get(f"{name}_FILE")
        if not path:
            continue
        if os.environ.get(name):
            mistakes.append(f"  {name}_FILE: {name} is set as well; leave one of them out")
        try:
            settings[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            mistakes.append(f"  {name}_FILE: there is no file {path} with text that we may read")
    if mistakes:
        raise SettingsError("Settings to mend:\n" + "\n".join(mistakes))
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_whole(**parts: str | None) -> bool:
    """Whether all parts of an account are there. Raises ValueError when only some are."""
    missing = [name for name, part in parts.items() if not part]
    if 0 < len(missing) < len(parts):
        raise ValueError(f"{' and '.join(missing)} missing: SMS needs all of {', '.join(parts)}")
    return not missing


def _explain(mistake: Any) -> str:
    words = mistake["msg"].removeprefix("Value error, ")
    name = next((str(part) for part in mistake["loc"]), "")
    return f"  {name}: {words}" if name else f"  {words}"
