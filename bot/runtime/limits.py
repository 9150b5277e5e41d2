"""Settings with a range: what replies by SMS may cost in an hour, and how long things are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from pydantic import Field
from pydantic_settings import BaseSettings

DAYS_OF_A_YEAR = 365


class ReplyBudget(NamedTuple):
    """The SMS parts that may leave as replies within an hour.

    `number` is for one number, `block` for the numbers that differ in their last four digits
    alone, `country` for one country and `all_numbers` for everybody. `cries` are the cries for
    help of one number that are answered within an hour beyond every budget.
    """

    number: int = 40
    block: int = 500
    country: int = 10_000
    all_numbers: int = 30_000
    cries: int = 6


class Periods(NamedTuple):
    """How long rows stay that nobody looks after; a case on hold keeps its person's rows."""

    received: timedelta = timedelta(days=90)
    replies: timedelta = timedelta(days=90)
    strangers: timedelta = timedelta(days=30)
    silent: timedelta = timedelta(days=5 * DAYS_OF_A_YEAR)
    answers: timedelta = timedelta(days=2 * DAYS_OF_A_YEAR)
    cases: timedelta = timedelta(days=5 * DAYS_OF_A_YEAR)
    trips: timedelta = timedelta(days=30)
    surveys: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=10 * DAYS_OF_A_YEAR)

    @property
    def messages(self) -> timedelta:
        """Return how long the words of a conversation stay on either side."""
        return max(self.received, self.replies)


DEFAULT_BUDGET = ReplyBudget()
DEFAULT_PERIODS = Periods()


class Limits(BaseSettings):
    """Names in the environment are the aliases; a number out of its range stops the start."""

    reply_parts_per_number: int = Field(40, alias="REPLY_PARTS_PER_NUMBER", ge=10, le=1_000_000)
    reply_parts_per_block: int = Field(500, alias="REPLY_PARTS_PER_BLOCK", ge=10, le=1_000_000)
    reply_parts_per_country: int = Field(
        10_000, alias="REPLY_PARTS_PER_COUNTRY", ge=10, le=10_000_000
    )
    reply_parts_per_hour: int = Field(30_000, alias="REPLY_PARTS_PER_HOUR", ge=10, le=10_000_000)
    reply_cries_per_number: int = Field(6, alias="REPLY_CRIES_PER_NUMBER", ge=1, le=100)
    freshness_questions_per_hour: int = Field(
        300, alias="FRESHNESS_QUESTIONS_PER_HOUR", ge=0, le=100_000
    )
    keep_received_days: int = Field(90, alias="KEEP_RECEIVED_DAYS", ge=7, le=730)
    keep_replies_days: int = Field(90, alias="KEEP_REPLIES_DAYS", ge=7, le=730)
    keep_strangers_days: int = Field(30, alias="KEEP_STRANGERS_DAYS", ge=1, le=365)
    keep_silent_days: int = Field(1825, alias="KEEP_SILENT_DAYS", ge=180, le=7300)
    keep_answers_days: int = Field(730, alias="KEEP_ANSWERS_DAYS", ge=30, le=7300)
    keep_cases_days: int = Field(1825, alias="KEEP_CASES_DAYS", ge=30, le=7300)
    keep_trips_days: int = Field(30, alias="KEEP_TRIPS_DAYS", ge=1, le=365)
    keep_survey_days: int = Field(90, alias="KEEP_SURVEY_DAYS", ge=1, le=730)
    keep_audit_years: int = Field(10, alias="KEEP_AUDIT_YEARS", ge=2, le=50)

    @property
    def reply_budget(self) -> ReplyBudget:
        """What replies by SMS may cost in an hour."""
        return ReplyBudget(
            number=self.reply_parts_per_number,
            block=self.reply_parts_per_block,
            country=self.reply_parts_per_country,
            all_numbers=self.reply_parts_per_hour,
            cries=self.reply_cries_per_number,
        )

    @property
    def periods(self) -> Periods:
        """How long things are kept."""
        return Periods(
            received=timedelta(days=self.keep_received_days),
            replies=timedelta(days=self.keep_replies_days),
            strangers=timedelta(days=self.keep_strangers_days),
            silent=timedelta(days=self.keep_silent_days),
            answers=timedelta(days=self.keep_answers_days),
            cases=timedelta(days=self.keep_cases_days),
            trips=timedelta(days=self.keep_trips_days),
            surveys=timedelta(days=self.keep_survey_days),
            audit=timedelta(days=self.keep_audit_years * DAYS_OF_A_YEAR),
        )
