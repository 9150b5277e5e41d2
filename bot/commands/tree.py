"""The commands by name. Each is imported when somebody asks for it, so that `--help` is quick."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group


@dataclass(frozen=True)
class Entry:
    """Where a command is: a function, or a Typer application with commands of its own."""

    module: str
    attribute: str
    summary: str

    def load(self, name: str) -> Any:
        """Import the command."""
        command = getattr(import_module(f"bot.commands.{self.module}"), self.attribute)
        parent = typer.Typer(add_completion=False)
        if isinstance(command, typer.Typer):
            parent.add_typer(command, name=name)
        else:
            parent.command(name)(command)
        return get_group(parent).commands[name]


COMMANDS = {
    "run": Entry("serving", "run", "Everything in one process, on embedded defaults."),
    "web": Entry("serving", "web_alone", "The web process: webhooks, console, phone page."),
    "worker": Entry("serving", "worker_alone", "A worker: conversations, sending, fan-out."),
    "migrate": Entry("schema", "migrate", "Brings the database to the newest schema."),
    "understand": Entry("talking", "understand_texts", "Shows what is understood of texts."),
    "talk": Entry("talking", "talk_here", "A conversation in the terminal."),
    "dialogues": Entry("talking", "dialogues", "Plays conversations and compares the facts."),
    "flows": Entry("talking", "flows", "The conversations: check them, draw them."),
    "nlu": Entry("nlu", "app", "What the readers of texts did not understand."),
    "seed": Entry("people", "seed_people", "Makes up people, for drills and benchmarks."),
    "staff": Entry("staff", "app", "Accounts of the console."),
    "audit": Entry("auditing", "app", "Is the audit trail whole?"),
    "changes": Entry("changes", "app", "Changes that need two people."),
    "advisories": Entry("advisories", "app", "Advisories, from draft to cancellation."),
    "cap": Entry("cap", "app", "Advisories as CAP documents, out and in."),
    "cases": Entry("cases", "app", "Cases: read, write, take, close, hand over."),
    "communities": Entry("communities", "app", "Registered people, beside estimates of all."),
    "freshness": Entry("freshness", "app", "How old places are, and who is asked about theirs."),
    "posts": Entry("posts", "app", "Posts: move, close, accredit, plan."),
    "reach": Entry("reach", "app", "What each country lets through: how people can answer."),
    "organisations": Entry("organisations", "app", "Libyan organisations abroad: the directory."),
    "poster": Entry("posters", "poster", "The poster of a post, with its codes, as PDF."),
    "emergency": Entry("emergency", "app", "The numbers to call first, by country."),
    "people": Entry("records", "app", "People: list, search, households; merge two records."),
    "pfif": Entry("pfif", "app", "Missing people in files of others, out and in."),
    "crises": Entry("crisis_people", "app", "Crises, their boards, and the people behind."),
    "drill": Entry("drills", "app", "Exercises: invented people answer by a scenario."),
    "trips": Entry("trips", "app", "Trips of people: who is where and when; end one."),
    "doctor": Entry("doctor", "doctor", "Is everything there, and does it work?"),
    "evacuation": Entry("evacuation", "app", "Transports out of a crisis, and their seats."),
    "community": Entry("community", "app", "Figures of the community."),
    "surveys": Entry("surveys", "app", "Events and short surveys in chat; results."),
    "wardens": Entry("wardens", "app", "Wardens: who looks after whom in a crisis."),
    "export": Entry("people", "exports", "What is kept about a person, as JSON."),
    "erase": Entry("people", "erasures", "Forgets a person."),
    "keys": Entry("keyring", "app", "A new keyring; new keys for what is stored."),
}


class CommandTree(TyperGroup):
    """The root command: it knows all names, and imports the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Import the command that the arguments begin with."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in COMMANDS:
            command = COMMANDS[name].load(name)
        return name, command, rest


def root(help_text: str) -> typer.Typer:
    """Build the root command."""
    app = typer.Typer(
        cls=CommandTree,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # boxes would double the time of `--help`
        help=help_text,
    )
    for name, entry in COMMANDS.items():
        app.command(name, help=entry.summary)(_unloaded)
    return app


def _unloaded() -> None:
    """Stand for a command that was not imported."""
