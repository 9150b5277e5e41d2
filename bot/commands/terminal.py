"""The terminal: what people typed is shown, and never obeyed."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from bot.runtime.characters import spelled_out


@dataclass(frozen=True, slots=True)
class _Shown:
    """Something to print, whose texts show the codes of characters that act on a screen."""

    content: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.content, options):
            if segment.control:
                yield segment
            else:
                yield Segment(spelled_out(segment.text), segment.style)


class _Shows(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Wrap what is to be printed."""
        return [_Shown(renderable) for renderable in renderables]


def console(*, stderr: bool = False) -> Console:
    """Open a console on standard output or standard error."""
    opened = Console(stderr=stderr, highlight=False, soft_wrap=True)
    opened.push_render_hook(_Shows())
    return opened
