"""Gets what understands texts ready before the start: each only when it is missing or old."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.embedded import model
from bot.embedded.child import EmbeddedError
from bot.embedded.progress import console, step

WITHOUT = "Tammen runs without Rasa now: with buttons, numbers, keywords and its built-in classifier."


async def everything(data: Path) -> Path | None:
    """The built-in classifier, Rasa's environment, Rasa's model; gives that model, None when there is no Rasa."""
    _, trained = await asyncio.gather(fallback_model(data), rasa_model(data))  # one a core
    return trained


async def fallback_model(data: Path) -> Path:
    """The built-in classifier, trained when it is missing or old."""
    kept = model.fallback_path(data)
    if not model.is_fallback_current(data):
        with step("Training the built-in classifier") as say:
            await model.ensure_fallback(data, say)
    return kept


async def rasa_model(data: Path) -> Path | None:
    """The model to run Rasa with; None, after saying loudly why, when there can be none. Tammen starts regardless."""
    try:
        with step("Rasa's environment (nlu/.venv)") as say:
            await model.build_environment(say)
        if model.path(data).exists():
            return model.path(data)
        with step("Training Rasa") as say:
            return await model.ensure(data, lambda line: say(model.clean(line)))
    except EmbeddedError as error:
        console.print(f"\n[bold red]{'━' * 20} Rasa is missing {'━' * 20}[/]")
        console.print(str(error), WITHOUT, "", sep="\n", markup=False, soft_wrap=True)
        return None
