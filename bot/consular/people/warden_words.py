"""What we write to wardens unasked: the invitation, and the test in quiet times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.people import addressing, wardens
from bot.consular.people.wardens import Area
from bot.consular.reference import places
from bot.messages import Button, Content, Form, Language
from bot.models import Person, Warden
from bot.text import catalogues, sms, text

YES = "warden_yes"  # of the buttons: `/warden_yes 12`
NO = "warden_no"
HERE = "warden_here"  # `/warden_here 3`, the number of the test
LIST_COMMAND = "mypeople"
COMMAS: dict[Language, str] = {"ar": "، ", "en": ", "}


def area_name(area: Area, language: Language) -> str:
    """Name what a warden looks after: «صفاقس، تونس», "students, Tunisia", "Tunisia"."""
    names: list[str] = []
    if area.community is not None:
        names.append(area.community)
    if area.city is not None:
        names.append(places.city_name(area.city, language))
    names.append(places.country_name(area.country, language))
    return COMMAS[language].join(names)


async def invite(
    session: AsyncSession,
    warden: Warden,
    now: datetime,
) -> bool:
    """Ask a person to be a warden; False where no message reaches them."""
    answers = ((f"/{YES} {warden.id}", "warden_answer_yes"), (f"/{NO} {warden.id}", "label_no"))
    return await tell(
        session,
        warden,
        "warden_invitation",
        answers,
        now,
    )


async def test(
    session: AsyncSession,
    warden: Warden,
    test_id: int,
    now: datetime,
) -> bool:
    """Ask a warden whether they are there; False where no message reaches them."""
    answers = (
        (f"/{HERE} {test_id}", "warden_answer_here"),
        (f"/{NO} {warden.id}", "warden_answer_stop"),
    )
    return await tell(
        session,
        warden,
        "warden_test",
        answers,
        now,
    )


async def farewell(
    session: AsyncSession,
    warden: Warden,
    now: datetime,
) -> bool:
    """Tell a person that they are no longer the warden; False where no message reaches them.

    Whoever never agreed hears nothing.
    """
    if warden.agreement is None:
        return False
    return await tell(
        session,
        warden,
        "warden_ended",
        (),
        now,
    )


async def tell(
    session: AsyncSession,
    warden: Warden,
    key: str,
    answers: tuple[tuple[str, str], ...],
    now: datetime,
    **placeholders: str,
) -> bool:
    """Queue one message to a warden, with (payload, key of the label) of each button.

    False where no message reaches them.
    """
    person = await session.get_one(Person, warden.person_id)
    address = await addressing.last_used(session, person)
    if address is None:
        return False
    language = text.language_of(person.language)
    area = area_name(wardens.area_of(warden), language)
    words = catalogues.say(
        key,
        language,
        address.form,
        area=area,
        **placeholders,
    )
    if address.form is Form.TEXT:
        words = sms.for_sms(words)
    buttons: list[Button] = []
    for payload, label_key in answers:
        label = catalogues.say(
            label_key,
            language,
            address.form,
        )
        buttons.append(Button(label, payload))
    await outbox.reply(
        session,
        person=person,
        address=address,
        content=Content(
            words,
            tuple(buttons),
            language=language,
        ),
        inbound_id=None,
        now=now,
    )
    return True
