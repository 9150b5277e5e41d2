"""Posters of posts: the code that one carries, and the post that brought a person to us."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Person, PersonPost, Post
from bot.text.text import ascii_digits

# What a link to the bot carries, and what the SMS of a poster says: "post_17", "Tammen 17".
# People copy the SMS by hand, so both languages and both kinds of digits are read.
_CODE = re.compile(
    r"(?:post_|(?:tammen|طمّن|طمن)\s+)(\d{1,9})",
    re.IGNORECASE,
)
_SMS_WORDS = {"ar": "طمّن {number}", "en": "Tammen {number}"}


def code(post_id: int) -> str:
    """Return what the link of a post's poster carries: no secret, and not signed.

    Posters hang for years, longer than a key lasts, and whoever makes one up learns and changes
    nothing but their own post.
    """
    return f"post_{post_id}"


def sms_words(
    post: Post,
    language: str = "en",
) -> str:
    """Return the words of the SMS that a poster asks for: in English letters any phone has."""
    return _SMS_WORDS[language].format(number=post.id)


def read(text: str) -> int | None:
    """Read the number of a post in a text that is nothing but a poster's code."""
    code = _CODE.fullmatch(ascii_digits(text).strip(" .!،«»\"'"))
    if code is None:
        return None
    return int(code[1])


async def carry(
    session: AsyncSession,
    person: Person,
    post_id: int,
    now: datetime,
) -> Post | None:
    """Keep which post's poster brought a person; return the post, None where there is none.

    A later poster takes the place of an earlier one: they live near it now.
    """
    post = await session.get(
        Post,
        post_id,
    )
    if post is None:
        return None
    own = await session.get(
        PersonPost,
        person.id,
    )
    if own is None:
        session.add(
            PersonPost(
                person_id=person.id,
                post_id=post.id,
                since=now,
            )
        )
    else:
        own.post_id = post.id
        own.since = now
    await session.flush()
    return post


async def of(
    session: AsyncSession,
    person: Person,
) -> Post | None:
    """Return the post whose poster brought a person, if one did."""
    query = select(Post).join(
        PersonPost,
        PersonPost.post_id == Post.id,
    )
    return await session.scalar(query.where(PersonPost.person_id == person.id))


async def count(
    session: AsyncSession,
    post: Post,
) -> int:
    """Count the people whom the poster of a post brought."""
    query = (
        select(func.count())
        .select_from(PersonPost)
        .join(
            Person,
            Person.id == PersonPost.person_id,
        )
    )
    query = query.where(
        PersonPost.post_id == post.id,
        Person.forgotten_at.is_(None),
    )
    return await session.scalar(query) or 0
