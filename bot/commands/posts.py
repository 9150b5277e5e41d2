"""`tammen posts`: the posts, their countries and plans; a move, a closing, an accreditation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground, spreadsheet_files
from bot.commands.reports import plan
from bot.commands.spreadsheet_files import CsvFile, XlsxFile
from bot.consular.changes import changes, relocation_reach
from bot.consular.changes.kinds import Accrediting, Change, PostClosing, PostMove, PostOpening
from bot.consular.people import posters
from bot.consular.reference import accreditation, directory, post_names, posts
from bot.consular.reference.posts import Fields
from bot.models import Post

app = typer.Typer(
    no_args_is_help=True,
    help="Posts: list them, move or close one, its countries, its contingency plan.",
)
app.command()(plan)

PostName = Annotated[
    str, typer.Argument(metavar="POST", help="Its number, or the name of its city or country.")
]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Words = Annotated[str | None, typer.Option(help="Where it is left out, it stays as it is.")]


@app.command("list")
def list_(
    by: By,
    country: Annotated[str, typer.Option(help="Those of a country (TR) only.")] = "",
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    as_json: AsJson = False,
) -> None:
    """List the posts that the account looks after, the closed ones too."""
    ground.run(_list(by, country.upper(), csv_file, xlsx_file, as_json))


async def _list(
    by: str,
    country: str,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    async with ground.reading() as (_runtime, session):
        staff = await ground.account(session, by)
        shown = await post_names.visible(session, staff)
        shown = [post for post in shown if country in ("", post.country)]
        listed = [await _shown(session, post) for post in shown]
        rows = await directory.post_rows(session, shown, spreadsheet_files.LANGUAGE)
    titles = directory.post_titles(spreadsheet_files.LANGUAGE)
    if await spreadsheet_files.write(csv_file, xlsx_file, titles, rows):
        ground.out.print(f"posts: {len(rows)}")
        return
    if as_json:
        ground.show_json(listed)
        return
    _print(listed)


def _print(listed: Sequence[dict[str, Any]]) -> None:
    table = Table("id", "country", Column("name", no_wrap=True), "state", "accredited", "posters")
    for columns in listed:
        table.add_row(
            str(columns["id"]),
            columns["country"],
            columns["names"]["en"],
            columns["state"],
            " ".join(columns["accredited_to"]),
            str(columns["people_by_poster"]),
        )
    ground.out.print(table)


@app.command()
def show(post: PostName, by: By) -> None:
    """Show a post as JSON, and what closing or moving it would reach."""
    ground.run(_show(post, by))


async def _show(name: str, by: str) -> None:
    async with ground.reading() as (runtime, session):
        staff = await ground.account(session, by)
        post = await post_names.chosen(session, name, staff)
        shown = await _shown(session, post)
        preview = await relocation_reach.preview(session, post, runtime.clock())
    reached = {
        "people": preview.people,
        "accounts": preview.accounts,
        "links": preview.links,
        "cases": preview.cases,
        "transports": preview.transports,
    }
    ground.show_json({**shown, "would_reach": reached})


async def _shown(session: AsyncSession, post: Post) -> dict[str, Any]:
    countries = [entry.country for entry in await accreditation.of_post(session, post)]
    return {
        "id": post.id,
        "state": posts.state(post),
        "city": post.city,
        **posts.contents(post),
        "moved_at": post.moved_at,
        "closed_at": post.closed_at,
        "successor": post.successor_id,
        "accredited_to": countries,
        "people_by_poster": await posters.count(session, post),
    }


@app.command()
def move(
    post: PostName,
    city: Annotated[
        str, typer.Option(help="Where it moves: a city (Warsaw) or its value (PL/Warsaw).")
    ],
    by: By,
    name_en: Words = None,
    name_ar: Words = None,
    address_en: Words = None,
    address_ar: Words = None,
    phone: Words = None,
    emergency_phone: Words = None,
    email: Words = None,
) -> None:
    """Propose that a post moves. Its people are told once a second person approves."""
    fields: Fields = {}
    names = _known(en=name_en, ar=name_ar)
    addresses = _known(en=address_en, ar=address_ar)
    if names:
        fields["names"] = names
    if addresses:
        fields["street_addresses"] = addresses
    if phone is not None:
        fields["phone"] = phone
    if emergency_phone is not None:
        fields["emergency_phone"] = emergency_phone
    if email is not None:
        fields["email"] = email
    ground.run(_move(post, city, fields, by))


def _known(**words: str | None) -> dict[str, str]:
    return {language: text for language, text in words.items() if text is not None}


async def _move(name: str, city: str, fields: Fields, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        post = await post_names.chosen(session, name, staff)
        change = PostMove(post.id, post_names.city(city, post.country), fields)
        proposed = await changes.propose(session, staff, change, runtime.clock())
    _show_proposed(proposed.id)


@app.command()
def close(
    post: PostName,
    by: By,
    successor: Annotated[
        str | None,
        typer.Option(metavar="POST", help="Who looks after its people; else the nearest."),
    ] = None,
) -> None:
    """Propose that a post closes: accounts and links end, its people are told, once approved."""
    ground.run(_close(post, successor, by))


async def _close(name: str, successor: str | None, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        post = await post_names.chosen(session, name, staff)
        successor_id: int | None = None
        if successor is not None:
            successor_id = (await post_names.chosen(session, successor)).id
        change = PostClosing(post.id, successor_id)
        proposed = await changes.propose(session, staff, change, runtime.clock())
    _show_proposed(proposed.id)


@app.command("open")
def open_(post: PostName, by: By) -> None:
    """Propose that a closed post opens again. Its people are told, once approved."""
    ground.run(_propose(post, by, _opening))


def _opening(post: Post) -> Change:
    return PostOpening(post.id)


async def _propose(name: str, by: str, change_of: Callable[[Post], Change]) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        post = await post_names.chosen(session, name, staff, closed_too=True)
        proposed = await changes.propose(session, staff, change_of(post), runtime.clock())
    _show_proposed(proposed.id)


@app.command()
def accredit(
    post: PostName,
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="A code: SK.")],
    by: By,
    source: Annotated[str, typer.Option(help="Who says so: a decree, a note.")] = "",
    since: Annotated[str, typer.Option(metavar="DAY", help="As 2026-11-30.")] = "",
    ends: Annotated[bool, typer.Option("--end", help="The accreditation ends.")] = False,
) -> None:
    """Propose that a post looks after a country that has none, or that this ends."""

    def accrediting(chosen: Post) -> Change:
        return Accrediting(chosen.id, country.upper(), source, since, ends)

    ground.run(_propose(post, by, accrediting))


def _show_proposed(change_id: int) -> None:
    ground.out.print(f"change: {change_id}")
    ground.out.print("state: waiting for a second person (tammen changes approve)")
