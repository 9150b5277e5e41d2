"""How a post is reached, in words for people: one line for each thing that is known."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import emergency, places
from bot.messages import Form, Language
from bot.models import EmergencyNumber, Post
from bot.text.catalogues import say
from bot.text.text import in_language

COMMAS: dict[Language, str] = {"ar": "، ", "en": ", "}


def lines(
    post: Post,
    language: Language,
    form: Form,
) -> list[str]:
    """Return the numbers and the address of a post, or that we do not have its number yet."""
    details = {
        "post_emergency": post.emergency_phone,
        "post_phone": post.phone,
        "post_email": post.email,
        "post_address": in_language(
            post.street_addresses,
            language,
        ),
    }
    words: list[str] = []
    for key, detail in details.items():
        if detail:
            words.append(
                say(
                    key,
                    language,
                    form,
                    value=detail,
                )
            )
    if not words:
        words.append(
            say(
                "post_unknown",
                language,
                form,
            )
        )
    return words


def described(
    post: Post,
    language: Language,
    form: Form,
) -> str:
    """Name a post and say how it is reached, a line each."""
    name = in_language(
        post.names,
        language,
    )
    return "\n".join(
        [
            name,
            *lines(
                post,
                language,
                form,
            ),
        ]
    )


async def first_call_in(
    session: AsyncSession,
    country: str,
    language: Language,
    form: Form,
    is_medical: bool = False,
) -> str:
    """Tell whom to call first in a country (alpha-2); empty where no number is known."""
    numbers = await emergency.of(
        session,
        country,
    )
    name = places.country_name(
        country,
        language,
    )
    return first_call(
        numbers,
        name,
        language,
        form,
        is_medical,
    )


def first_call(
    numbers: EmergencyNumber | None,
    country_name: str,
    language: Language,
    form: Form,
    is_medical: bool = False,
) -> str:
    """Tell whom to call first where life is at risk; empty where no number is known."""
    if numbers is None:
        return ""
    calls: list[str] = []
    for service, number in emergency.to_call(
        numbers,
        is_medical,
    ):
        calls.append(
            say(
                f"call_{service}",
                language,
                form,
                number=number,
            )
        )
    if not calls:
        return ""
    spoken = COMMAS[language].join(calls)
    return say(
        "call_first",
        language,
        form,
        numbers=spoken,
        country_name=country_name,
    )
