"""Templates: words to begin an advisory from, with placeholders such as `{place}`, the same ones in both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import wording
from bot.consular.advisories.wording import KINDS, WORDS, Draft
from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.staff import roles
from bot.models import AdvisoryTemplate, Staff
from bot.text import text

FIRST = Path(__file__).parent / "data" / "templates.json"
NAME_LETTERS = 120
KEPT = (*WORDS, *KINDS, "routine", "drill")


async def everything(session: AsyncSession) -> list[AdvisoryTemplate]:
    """All templates, oldest first."""
    return list(await session.scalars(select(AdvisoryTemplate).order_by(AdvisoryTemplate.id)))


async def get(session: AsyncSession, template_id: int) -> AdvisoryTemplate:
    """The template. Raises ConsularError."""
    found = await session.get(AdvisoryTemplate, template_id)
    if found is None:
        raise ConsularError("There is no such template.")
    return found


async def begin(session: AsyncSession, template_id: int) -> Draft:
    """A draft with the template's words, nobody chosen yet. Raises ConsularError."""
    return said((await get(session, template_id)).said)


def said(kept: Mapping[str, Any]) -> Draft:
    """A draft of what a template keeps."""
    plain: dict[str, Any] = {
        name: value for name, value in kept.items() if name in KEPT and name not in KINDS
    }
    kinds: dict[str, Any] = {name: kind(kept[name]) for name, kind in KINDS.items() if name in kept}
    return Draft(**plain, **kinds)


async def save(
    session: AsyncSession,
    staff: Staff,
    names: Mapping[str, str],
    words: Draft,
    now: datetime,
    template: AdvisoryTemplate | None = None,
) -> AdvisoryTemplate:
    """Writes a template (`names`: `name_en`, `name_ar`), or makes a new one. Raises ConsularError.

    Audience and times are not kept: they are another crisis'.
    """
    _require(staff)
    called = {name: text.clean(names[name], NAME_LETTERS) for name in ("name_en", "name_ar")}
    if not all(called.values()):
        raise ConsularError("Write the name in both languages.")
    row = template or AdvisoryTemplate()
    row.name_en, row.name_ar = called["name_en"], called["name_ar"]
    row.said, row.saved_at, row.saved_by = _kept(words), now, staff.id
    session.add(row)
    await session.flush()
    await trail.note(session, roles.actor(staff), "template.saved", f"template:{row.id}", now)
    return row


def _kept(words: Draft) -> dict[str, Any]:
    values = wording.columns(words)
    kept = {name: str(values[name]) if name in KINDS else values[name] for name in KEPT}
    if not all(
        kept[f"{part}_{language}"] for part in ("headline", "text") for language in text.LANGUAGES
    ):
        raise ConsularError("Write a headline and a text in both languages.")
    gaps = {language: _gaps(kept, language) for language in text.LANGUAGES}
    if alone := gaps["ar"] ^ gaps["en"]:
        raise ConsularError(
            "{names} stands in one language only.",
            names=Quote(", ".join(f"{{{gap}}}" for gap in sorted(alone))),
        )
    return kept


def _gaps(kept: Mapping[str, Any], language: str) -> set[str]:
    return wording.placeholders({name: kept[name] for name in WORDS if name.endswith(language)})


async def delete(
    session: AsyncSession, staff: Staff, template: AdvisoryTemplate, now: datetime
) -> None:
    """The template goes; what was written from it stays. Raises ConsularError."""
    _require(staff)
    number = template.id
    await session.delete(template)
    await session.flush()
    await trail.note(session, roles.actor(staff), "template.deleted", f"template:{number}", now)


def _require(staff: Staff) -> None:
    """Templates are everybody's: a post officer writes advisories for one country, and changes none."""
    roles.require(staff, "templates")


async def seed(session: AsyncSession, now: datetime) -> int:
    """Fills an empty table with the first templates; how many were added."""
    if await session.scalar(select(func.count()).select_from(AdvisoryTemplate)):
        return 0
    rows = json.loads(FIRST.read_text(encoding="utf-8"))
    session.add_all(
        AdvisoryTemplate(
            name_en=row["name_en"],
            name_ar=row["name_ar"],
            said=_kept(said(row["said"])),
            saved_at=now,
        )
        for row in rows
    )
    await session.flush()
    return len(rows)
