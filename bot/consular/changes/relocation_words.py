"""What people are told when a post moves, closes or opens again: catalogued words, no free ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.consular.reference import care, contacts, emergency, places, posts
from bot.consular.reference.care import Care, Tie
from bot.messages import Content, Form, Language
from bot.models import EmergencyNumber, Post
from bot.text import catalogues, sms
from bot.text.text import LANGUAGES, in_language


@dataclass(
    frozen=True,
    slots=True,
)
class Notice:
    """What the people of one country are told; `country` is None for those elsewhere.

    `key` says what happened to the post called `names`; `post` is the one to turn to now.
    """

    key: str
    names: dict[str, str]
    post: Post | None
    country: str | None
    numbers: EmergencyNumber | None

    def words(
        self,
        language: Language,
        form: Form,
    ) -> str:
        """Write the notice in a language, for a screen."""
        name = in_language(
            self.names,
            language,
        )
        follower = (
            in_language(
                self.post.names,
                language,
            )
            if self.post
            else ""
        )
        paragraphs = [
            catalogues.say(
                self.key,
                language,
                form,
                post=name,
                follower=follower,
            )
        ]
        if self.post is not None:
            paragraphs.extend(
                contacts.lines(
                    self.post,
                    language,
                    form,
                )
            )
        paragraphs.append(
            self._first_call(
                language,
                form,
            )
        )
        return "\n".join(
            filter(
                None,
                paragraphs,
            )
        )

    def _first_call(
        self,
        language: Language,
        form: Form,
    ) -> str:
        if self.country is None:
            return ""
        name = places.country_name(
            self.country,
            language,
        )
        return contacts.first_call(
            self.numbers,
            name,
            language,
            form,
        )


def contents(notice: Notice) -> fan_out.Contents:
    """Write a notice for every language and screen."""
    by_language: fan_out.Contents = {}
    for language in LANGUAGES:
        forms: dict[str, object] = {}
        for form in Form:
            words = notice.words(
                language,
                form,
            )
            if form is Form.TEXT:
                words = sms.for_sms(words)
            forms[form.value] = Content(
                words,
                language=language,
            ).to_json()
        by_language[language] = forms
    return by_language


async def moved(
    session: AsyncSession,
    names_before: dict[str, str],
    post: Post,
    country: str | None,
) -> Notice:
    """Tell where a post is now and how it is reached there."""
    numbers = await emergency.of(
        session,
        country,
    )
    return Notice(
        "post_moved",
        names_before,
        post,
        country,
        numbers,
    )


async def opened(
    session: AsyncSession,
    post: Post,
    country: str | None,
) -> Notice:
    """Tell that a post works again."""
    numbers = await emergency.of(
        session,
        country,
    )
    return Notice(
        "post_opened",
        dict(post.names),
        post,
        country,
        numbers,
    )


async def closed(
    session: AsyncSession,
    post: Post,
    country: str | None,
) -> Notice:
    """Tell that a post is closed, and who looks after its people now."""
    caring = await _carers(
        session,
        post,
        country,
    )
    numbers = await emergency.of(
        session,
        country,
    )
    if not caring.posts:
        return Notice(
            "post_closed_alone",
            dict(post.names),
            None,
            country,
            numbers,
        )
    key = "post_closed_nearest" if caring.tie is Tie.NEAREST else "post_closed"
    return Notice(
        key,
        dict(post.names),
        caring.posts[0],
        country,
        numbers,
    )


async def closing(
    session: AsyncSession,
    post: Post,
    successor_id: int | None,
) -> Notice:
    """Word the closing of a post that is open still, for the people of its country."""
    numbers = await emergency.of(
        session,
        post.country,
    )
    others = [
        other
        for other in await posts.covering(
            session,
            post.country,
        )
        if other != post
    ]
    if others:
        following = [other for other in others if other.id == successor_id]
        return Notice(
            "post_closed",
            dict(post.names),
            (following or others)[0],
            post.country,
            numbers,
        )
    if successor_id is not None:
        successor = await posts.get(
            session,
            successor_id,
        )
        return Notice(
            "post_closed",
            dict(post.names),
            successor,
            post.country,
            numbers,
        )
    nearest = await care.nearest(
        session,
        care.position_of(post),
        but=post,
    )
    if not nearest:
        return Notice(
            "post_closed_alone",
            dict(post.names),
            None,
            post.country,
            numbers,
        )
    return Notice(
        "post_closed_nearest",
        dict(post.names),
        nearest[0],
        post.country,
        numbers,
    )


async def _carers(
    session: AsyncSession,
    post: Post,
    country: str | None,
) -> Care:
    follower = await care.successor(
        session,
        post,
    )
    follows_there = follower is not None and follower.country == country
    if country is not None and not follows_there:
        return await care.of(
            session,
            country,
            care.position_of(post),
        )
    return Care(
        Tie.ACCREDITED,
        [follower] if follower else [],
    )
