"""Templates to begin an advisory from, with the same placeholders (`{place}`) in every language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import wording
from bot.consular.advisories.wording import KINDS, REQUIRED_PARTS, Draft
from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.staff import roles
from bot.models import AdvisoryTemplate, Staff, Texts, texts_from_json, texts_to_json
from bot.text import text
from bot.text.text import LANGUAGES

SEEDS = Path(__file__).parent / "data" / "templates.json"
NAME_LETTERS = 120
TICKS = ("routine", "drill")


async def everything(session: AsyncSession) -> list[AdvisoryTemplate]:
    """List all templates, the oldest first."""
    templates = await session.scalars(select(AdvisoryTemplate).order_by(AdvisoryTemplate.id))
    return list(templates)


async def get(session: AsyncSession, template_id: int) -> AdvisoryTemplate:
    """Return a template. Raises ConsularError."""
    template = await session.get(AdvisoryTemplate, template_id)
    if template is None:
        raise ConsularError("There is no such template.")
    return template


async def begin(session: AsyncSession, template_id: int) -> Draft:
    """Return a draft with the texts of a template, nobody chosen yet. Raises ConsularError."""
    template = await get(session, template_id)
    return draft_of(template.content)


def draft_of(content: Mapping[str, Any]) -> Draft:
    """Return the draft that a template's content makes."""
    columns: dict[str, Any] = {"texts": texts_from_json(content["texts"])}
    for name, kind in KINDS.items():
        if name in content:
            columns[name] = kind(content[name])
    for name in TICKS:
        columns[name] = content.get(name, False)
    return Draft(**columns)


async def save(
    session: AsyncSession,
    staff: Staff,
    names: Mapping[str, str],
    draft: Draft,
    now: datetime,
    template: AdvisoryTemplate | None = None,
) -> AdvisoryTemplate:
    """Write a template, with a name in each language, or make a new one. Raises ConsularError.

    The template keeps neither audience nor times: those belong to another crisis.
    """
    _require(staff)
    template = template or AdvisoryTemplate()
    template.names = _checked_names(names)
    template.content = _content(draft)
    template.saved_at = now
    template.saved_by = staff.id
    session.add(template)
    await session.flush()
    await _note(
        session,
        staff,
        "saved",
        template.id,
        now,
    )
    return template


def _checked_names(names: Mapping[str, str]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for language in LANGUAGES:
        checked[language] = text.clean(names.get(language, ""), NAME_LETTERS)
    if not all(checked.values()):
        raise ConsularError("Write the name in both languages.")
    return checked


def _content(draft: Draft) -> dict[str, Any]:
    """Return what a template keeps of a draft, as JSON. Raises ConsularError."""
    columns = wording.columns(draft)
    texts: Texts = columns["texts"]
    for part in REQUIRED_PARTS:
        if wording.languages_without(texts, part):
            raise ConsularError("Write a headline and a text in both languages.")
    _check_placeholders(texts)
    content: dict[str, Any] = {"texts": texts_to_json(texts)}
    for name in KINDS:
        content[name] = str(columns[name])
    for name in TICKS:
        content[name] = columns[name]
    return content


def _check_placeholders(texts: Texts) -> None:
    """Check that every language has the same placeholders."""
    by_language = [wording.placeholders([text]) for text in texts.values()]
    everywhere = by_language[0].intersection(*by_language)
    lonely = set[str]().union(*by_language) - everywhere
    if lonely:
        names = ", ".join(f"{{{name}}}" for name in sorted(lonely))
        raise ConsularError("{names} stands in one language only.", names=Quote(names))


async def delete(
    session: AsyncSession,
    staff: Staff,
    template: AdvisoryTemplate,
    now: datetime,
) -> None:
    """Delete a template; the advisories written from it stay. Raises ConsularError."""
    _require(staff)
    template_id = template.id
    await session.delete(template)
    await session.flush()
    await _note(
        session,
        staff,
        "deleted",
        template_id,
        now,
    )


def _require(staff: Staff) -> None:
    """Let only those change templates who write for all countries: every post uses them."""
    roles.require(staff, "templates")


async def _note(
    session: AsyncSession,
    staff: Staff,
    event: str,
    template_id: int,
    now: datetime,
) -> None:
    actor = roles.actor(staff)
    await trail.note(
        session,
        actor,
        f"template.{event}",
        f"template:{template_id}",
        now,
    )


async def seed(session: AsyncSession, now: datetime) -> int:
    """Fill an empty table with the first templates; return how many were added."""
    if await session.scalar(select(func.count()).select_from(AdvisoryTemplate)):
        return 0
    seeds = json.loads(SEEDS.read_text(encoding="utf-8"))
    for template in seeds:
        content = _content(draft_of(template["content"]))
        session.add(AdvisoryTemplate(names=template["names"], content=content, saved_at=now))
    await session.flush()
    return len(seeds)
