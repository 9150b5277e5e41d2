"""The words of reports in one language: texts of the catalogue, numbers, times, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from bot.consular.reference import places
from bot.documents.parts import Number
from bot.messages import Language
from bot.text import catalogues, sender, text

MINUS = "\u2212"
NOTHING = "—"
COMMAS: Mapping[Language, str] = {"ar": "، ", "en": ", "}
ROUNDING = 1.4  # 90 minutes are "2 hours", 80 minutes are "1 hour"


def N_(message: str) -> str:  # noqa: N802  # gettext's own name: marks words for the catalogue
    """Return the same message; the catalogue translates it when the reader is known."""
    return message


STANDINGS: Mapping[str, str] = {
    "safe": N_("safe"),
    "help": N_("need help"),
    "evacuate": N_("want evacuation"),
    "staying": N_("are staying"),
    "no_answer": N_("no answer"),
    "not_asked": N_("not asked yet"),
    "unreachable": N_("unreachable"),
}
KINDS: Mapping[str, str] = {
    "life": N_("life at risk"),
    "medical": N_("medical"),
    "detained": N_("held or kidnapped"),
    "evacuation": N_("evacuation"),
    "unclear": N_("unclear, perhaps a cry for help"),
    "relative": N_("about a relative"),
    "human": N_("asks for a person"),
    "fault": N_("the bot failed"),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """Everything that a report says in one language."""

    language: Language

    @property
    def sender(self) -> str:
        """The name under which we speak."""
        return sender.name(self.language)

    def gettext(self, message: str, **details: Any) -> str:
        """Translate a message and fill its `%(name)s`."""
        translation = str(catalogues.console(self.language).ugettext(message))
        if not details:
            return translation
        return translation % details

    def exercise(self, is_drill: bool) -> str:
        """Say of a drill that it is one; nothing of a crisis."""
        if not is_drill:
            return ""
        return self.gettext("EXERCISE")

    def all(self, *messages: str) -> list[str]:
        """Translate messages."""
        return list(map(self.gettext, messages))

    def term(
        self,
        labels: Mapping[str, str],
        code: str,
    ) -> str:
        """Translate a code by its label; a code without one stays as it is."""
        return self.gettext(labels.get(code, code))

    def own(self, texts: Mapping[str, str]) -> str:
        """Return what staff wrote in the reader's language, kept from turning a line around."""
        return self.isolated(
            text.in_language(
                texts,
                self.language,
            )
        )

    def isolated(self, foreign: str) -> str:
        """Keep foreign words from turning a line around."""
        return f"{text.ISOLATE}{foreign}{text.POP}"

    def entered(self, entry: str) -> str:
        """Return what staff entered, a dash where they entered nothing."""
        if not entry:
            return NOTHING
        return self.isolated(entry)

    def number(self, amount: float) -> Number:
        """Write a number."""
        return Number(amount, format_decimal(amount, locale=self._locale))

    def share(
        self,
        part: float,
        whole: float,
    ) -> Number:
        """Write which share of a whole a part is, per cent; 0 of nothing."""
        ratio = part / max(whole, 1)
        percent = format_percent(ratio, locale=self._locale)
        return Number(ratio, percent, is_share=True)

    def change(
        self,
        amount: int,
        before: int | None,
    ) -> Number:
        """Write how a number changed, with its sign; a dash where there is nothing before."""
        if before is None:
            return Number(None, NOTHING)
        difference = amount - before
        digits = format_decimal(abs(difference), locale=self._locale)
        sign = ""
        if difference > 0:
            sign = "+"
        if difference < 0:
            sign = MINUS
        signed = f"{text.ISOLATE_LEFT_TO_RIGHT}{sign}{digits}{text.POP}"
        return Number(difference, signed)

    def when(self, at: datetime) -> str:
        """Write a time in UTC."""
        moment = format_datetime(
            at.astimezone(UTC),
            "d MMM y, HH:mm",
            locale=self._locale,
        )
        return f"{moment} UTC"

    def hour(self, at: datetime) -> str:
        """Write the day and the hour of a time in UTC, in short."""
        return format_datetime(
            at.astimezone(UTC),
            "d MMM HH:mm",
            locale=self._locale,
        )

    def day(self, at: datetime) -> str:
        """Write the day of a time."""
        return format_date(
            at.astimezone(UTC),
            "d MMM y",
            locale=self._locale,
        )

    def length_of_time(self, seconds: float | None) -> Number:
        """Write how long something took; a dash where it did not happen."""
        if seconds is None:
            return Number(None, NOTHING)
        length = timedelta(seconds=seconds)
        duration = format_timedelta(
            length,
            threshold=ROUNDING,
            locale=self._locale,
        )
        return Number(seconds, duration)

    def country(self, code: str) -> str:
        """Name a country; for none, say that nobody told it."""
        if not code:
            return self.gettext("no country told")
        return places.country_name(code, self.language)

    def countries(self, codes: Sequence[str]) -> str:
        """Name countries in a list."""
        return COMMAS[self.language].join(
            map(
                self.country,
                codes,
            )
        )

    def city(self, city: str) -> str:
        """Name a city; for none, say that nobody told it."""
        if not city:
            return self.gettext("no city told")
        return self.isolated(
            places.city_name(
                city,
                self.language,
            )
        )

    @property
    def _locale(self) -> str:
        return text.LOCALES[self.language]
