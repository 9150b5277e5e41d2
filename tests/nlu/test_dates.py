"""Days of trips as people write them: which day each is, and what is none. Today is a Monday."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.language.reading import itineraries, journeys
from nlu.language.reading.dates import Problem
from nlu.language.reading.itineraries import Itinerary
from nlu.language.reading.journeys import Journey

MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)
NOTHING = ""


def spelled(itinerary: Itinerary) -> str:
    """Write an itinerary in short: `11-27>12-20`, the problem, or nothing."""
    if itinerary.problem is not None:
        return itinerary.problem.value
    if not itinerary.has_days:
        return NOTHING
    days = []
    for day in (itinerary.begins_on, itinerary.until):
        days.append(day.strftime("%y-%m-%d") if day else "")
    return ">".join(days)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # one day
        ("I leave tomorrow", "26-11-24>"),
        ("leaving today", "26-11-23>"),
        ("the day after tomorrow", "26-11-25>"),
        ("I leave on Friday", "26-11-27>"),
        ("I fly next Friday", "26-11-27>"),
        ("the Friday after next", "26-12-04>"),
        ("on Monday", "26-11-30>"),
        ("this Monday", "26-11-23>"),
        ("on the 3rd", "26-12-03>"),
        ("the 24th", "26-11-24>"),
        ("20 December", "26-12-20>"),
        ("December 20th, 2026", "26-12-20>"),
        ("the 5th of January", "27-01-05>"),
        ("Friday, 4 December", "26-12-04>"),
        ("12/12", "26-12-12>"),
        ("5/1", "27-01-05>"),
        ("3/12/2026", "26-12-03>"),
        ("12.12.2026", "26-12-12>"),
        ("2026-12-12", "26-12-12>"),
        ("12/25", "26-12-25>"),
        ("in 3 days", "26-11-26>"),
        ("in two weeks", "26-12-07>"),
        ("next week", "26-11-30>"),
        ("next month", "26-12-01>"),
        ("at the end of the month", "26-11-30>"),
        ("new year", "27-01-01>"),
        ("نسافر بكرة", "26-11-24>"),
        ("نسافر غدوة", "26-11-24>"),
        ("غداً", "26-11-24>"),
        ("بعد بكرة", "26-11-25>"),
        ("بعد غد", "26-11-25>"),
        ("اليوم", "26-11-23>"),
        ("الجمعة", "26-11-27>"),
        ("يوم الجمعة الجاية", "26-11-27>"),
        ("الجمعة اللي بعدها", "26-12-04>"),
        ("هذا الاثنين", "26-11-23>"),
        ("الأحد", "26-11-29>"),
        ("يوم الثلاثاء", "26-11-24>"),
        ("الأربعاء القادم", "26-11-25>"),
        ("يوم ١٢/١٢", "26-12-12>"),
        ("يوم 3", "26-12-03>"),
        ("5 شهر 1", "27-01-05>"),
        ("عشرين ديسمبر", "26-12-20>"),
        ("٣ جانفي", "27-01-03>"),
        ("بعد أسبوع", "26-11-30>"),
        ("بعد يومين", "26-11-25>"),
        ("بعد شهر", "26-12-23>"),
        ("الأسبوع الجاي", "26-11-30>"),
        ("آخر الشهر", "26-11-30>"),
        ("نص الشهر", "26-12-15>"),
        ("أول الشهر الجاي", "26-12-01>"),
        ("ghodwa", "26-11-24>"),
        ("ba3d ghodwa", "26-11-25>"),
        ("il jom3a", "26-11-27>"),
        ("nhar el 5amis", "26-11-26>"),
        ("ba3d osbo3", "26-11-30>"),
        ("5er el shahr", "26-11-30>"),
        # two days, and lengths of time
        ("from Friday to the 20th", "26-11-27>26-12-20"),
        ("from Monday to Thursday", "26-11-30>26-12-03"),
        ("from 12/12 to 20/12", "26-12-12>26-12-20"),
        ("28/12 - 5/1", "26-12-28>27-01-05"),
        ("from 1 to 5 December", "26-12-01>26-12-05"),
        ("between 5/12 and 9/12", "26-12-05>26-12-09"),
        ("tomorrow for ten days", "26-11-24>26-12-04"),
        ("next week for a fortnight", "26-11-30>26-12-14"),
        ("on the 3rd, back on the 10th", "26-12-03>26-12-10"),
        ("until the 30th", ">26-11-30"),
        ("من الجمعة للأحد", "26-11-27>26-11-29"),
        ("من الاثنين حتى الخميس", "26-11-30>26-12-03"),
        ("من ١٢/١٢ إلى ٢٠/١٢", "26-12-12>26-12-20"),
        ("من 10 ل 20 ديسمبر", "26-12-10>26-12-20"),
        ("من 5 شهر 1 لين 20 شهر 1", "27-01-05>27-01-20"),
        ("الجمعة ونرجع بعد أسبوع", "26-11-27>26-12-04"),
        ("بكرة ونرجع يوم الأحد", "26-11-24>26-11-29"),
        ("بكرة لمدة شهر", "26-11-24>26-12-24"),
        ("غدوة أسبوعين", "26-11-24>26-12-08"),
        ("لين 30", ">26-11-30"),
        ("il jom3a w narja3 ba3d osbo3", "26-11-27>26-12-04"),
        # what cannot be taken
        ("31/2", "unreal"),
        ("35/12", "unreal"),
        ("the 35th", "unreal"),
        ("يوم 35", "unreal"),
        ("31 نوفمبر", "unreal"),
        ("15 رمضان", "other_calendar"),
        ("في رمضان", "other_calendar"),
        ("15/9/1447", "other_calendar"),
        ("10 محرم", "other_calendar"),
        ("بعد العيد", "other_calendar"),
        # what is no day to come
        ("since Friday", NOTHING),
        ("I arrived on Friday", NOTHING),
        ("last Friday", NOTHING),
        ("3 days ago", NOTHING),
        ("Friday prayer", NOTHING),
        ("منذ الجمعة", NOTHING),
        ("وصلت يوم الجمعة", NOTHING),
        ("الجمعة اللي فاتت", NOTHING),
        ("صلاة الجمعة", NOTHING),
        ("سوق الجمعة", NOTHING),
        ("my number is 0912121212", NOTHING),
        ("+218 91 212 1212", NOTHING),
        ("I am 25 years old", NOTHING),
        ("عمري 25 سنة", NOTHING),
        ("the 3rd floor", NOTHING),
        ("the 2nd time", NOTHING),
        ("until 5 pm", NOTHING),
        ("room 12, building 4", NOTHING),
        ("we are 5 people", NOTHING),
        ("I sat with my family", NOTHING),
        ("انا رمضان من طرابلس", NOTHING),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: str) -> None:
    assert spelled(itineraries.read(text, MONDAY)) == days


def test_friday_said_on_a_friday_is_the_next_one() -> None:
    assert itineraries.read("الجمعة", FRIDAY).begins_on == date(2026, 12, 4)
    assert itineraries.read("this Friday", FRIDAY).begins_on == FRIDAY


def test_a_last_day_before_the_first_stays_before_it() -> None:
    told = itineraries.read("from 20/12 to 10/12", MONDAY)
    assert (told.begins_on, told.until) == (date(2026, 12, 20), date(2026, 12, 10))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20", date(2026, 12, 20)),
        ("٢٠", date(2026, 12, 20)),
        ("a week", date(2026, 12, 4)),
        ("8 days", date(2026, 12, 5)),
        ("شهر", date(2026, 12, 27)),
        ("أسبوعين", date(2026, 12, 11)),
        ("until the 5th", date(2026, 12, 5)),
        ("osbo3", date(2026, 12, 4)),
        ("31/2", Problem.UNREAL),
        ("do not know", None),
        ("0", Problem.UNREAL),
    ],
)
def test_the_answer_to_until_when_counts_from_the_first_day(
    text: str, day: date | Problem | None
) -> None:
    assert itineraries.answer(text, FRIDAY) == day


@pytest.mark.parametrize(
    ("text", "has_place", "journey"),
    [
        ("I'm travelling to Istanbul from Friday", True, Journey.LEAVES),
        ("we're flying to Malta tomorrow", True, Journey.LEAVES),
        ("I leave on Friday", False, Journey.LEAVES),
        ("heading to Rome on Sunday", True, Journey.LEAVES),
        ("مسافرين لمصر بكرة", True, Journey.LEAVES),
        ("بنسافر يوم 3", False, Journey.LEAVES),
        ("ماشي لتونس يوم السبت", True, Journey.LEAVES),
        ("msafra l masr ghodwa", True, Journey.LEAVES),
        ("I moved to Sfax", True, Journey.MOVED),
        ("انتقلنا لمالطا", True, Journey.MOVED),
        ("na9alna l sfax", True, Journey.MOVED),
        ("I live in Berlin", True, Journey.LIVES),
        ("مقيمة في لندن", True, Journey.LIVES),
        ("3ayesh fi milano", True, Journey.LIVES),
        ("I'm back", False, Journey.BACK),
        ("we are back home", False, Journey.BACK),
        ("رجعنا بالسلامة", False, Journey.BACK),
        ("رجعت من تونس", True, Journey.BACK),
        ("rje3na", False, Journey.BACK),
        ("my trip is cancelled", False, Journey.CANCELS),
        ("بطلت السفر", False, Journey.CANCELS),
        ("I'm staying until the 30th", False, Journey.LONGER),
        ("طولت الرحلة لين 30", False, Journey.LONGER),
        ("I'm going to the embassy tomorrow", False, None),
        ("I'm leaving work tomorrow", False, None),
        ("رايح للسوق غدوة", False, None),
        ("نطلع من المستشفى بكرة", False, None),
        ("رجعت المشكلة", False, None),
        ("I have back pain", False, None),
        ("call me back", False, None),
        ("سافرت لتونس", True, None),
        ("كنت ساكن في برلين", True, None),
        ("I used to live in Berlin", True, None),
        ("I work in Berlin", True, None),
    ],
)
def test_a_text_says_what_its_writer_does(
    text: str, has_place: bool, journey: Journey | None
) -> None:
    assert journeys.read(text, has_place) is journey
