"""Codes of posters, by a link or an SMS: read before the conversation, which sees /start."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import Context
from bot.consular.people import posters
from bot.consular.reference import care, contacts
from bot.dialogue.hearing import START_COMMAND
from bot.messages import Inbound, Kind, Reply
from bot.models import Post
from bot.text.text import in_language


def as_start(inbound: Inbound) -> Inbound:
    """Read the words of a poster's SMS as the start that its link would be."""
    if inbound.kind is not Kind.TEXT or inbound.is_forwarded:
        return inbound
    post_id = posters.read(inbound.text)
    if post_id is None:
        return inbound
    return replace(
        inbound,
        kind=Kind.COMMAND,
        text=START_COMMAND,
        payload=posters.code(post_id),
    )


async def note(ctx: Context) -> None:
    """Keep the post whose poster brought a person, and tell them how it is reached.

    A code of no post of ours is a start like any other.
    """
    inbound = ctx.inbound
    if inbound.kind is not Kind.COMMAND or inbound.text.casefold() != START_COMMAND:
        return
    post_id = posters.read(inbound.payload)
    if post_id is None:
        return
    post = await posters.carry(ctx.session, ctx.person, post_id, ctx.now)
    if post is not None:
        ctx.asides.append(await _introduction(ctx, post))


async def _introduction(ctx: Context, post: Post) -> Reply:
    follower = await care.successor(ctx.session, post)
    name = in_language(post.names, ctx.language)
    if follower is None:
        return Reply("post_closed_alone", {"post": name})
    lines = contacts.lines(follower, ctx.language, ctx.address.form)
    details = {
        "post": name,
        "contacts": "\n".join(lines),
        "follower": in_language(follower.names, ctx.language),
    }
    key = "poster_welcome" if follower == post else "poster_follower"
    return Reply(key, details)
