"""Both readers made ready: each trained only when it is missing or old, with its progress on the
terminal.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.embedded import child, model, rasa, training
from bot.embedded.child import EmbeddedError
from bot.embedded.progress import console, step
from bot.embedded.rasa import Nlu

WITHOUT_RASA = (
    "Tammen runs without Rasa now: with buttons, numbers, keywords and its built-in reader."
)

RASA_LOAD_SECONDS = 300.0  # it takes 5 s, or a minute on a machine with much else to do


async def run_readers(data: Path, nlu: Nlu) -> None:
    """Bring in the built-in reader and then Rasa, each as it becomes ready; run Rasa until
    cancelled.

    Meanwhile messages are read by what is there: exact words always.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(_announce_built_in(data))
        group.create_task(_run_rasa(data, nlu))


async def _announce_built_in(data: Path) -> None:
    """Prepare the built-in reader; the worker loads it by itself."""
    try:
        await fallback_model(data)
    except EmbeddedError as error:
        console.print(f"The built-in reader cannot be trained: {error}", markup=False)
        return
    console.print("The built-in reader is ready: free text is read from now on.")


async def _run_rasa(data: Path, nlu: Nlu) -> None:
    """Run Rasa at the address that was promised for it, once its model is there."""
    trained = await rasa_model(data)
    if trained is None:
        return
    async with rasa.running(trained, data, nlu):
        try:
            with step("Rasa loads its model"):
                await rasa.ready(nlu, trained, RASA_LOAD_SECONDS)
            console.print("Rasa is ready: it reads free text from now on.")
        except EmbeddedError as error:
            lines = child.tail(data / "rasa" / "log")
            console.print(f"{error}. It said:", lines, sep="\n", markup=False)
        await asyncio.Event().wait()


async def everything(data: Path) -> Path | None:
    """Prepare both readers side by side; give Rasa's model, or None when there can be no Rasa."""
    _, trained = await asyncio.gather(fallback_model(data), rasa_model(data))
    return trained


async def fallback_model(data: Path) -> Path:
    """Prepare the built-in reader. Raises EmbeddedError when it cannot be trained."""
    built_in = model.fallback_path(data)
    if model.is_trained(built_in):
        return await model.ensure_fallback(data, _ignore)
    with step("Training the built-in reader") as say:
        return await model.ensure_fallback(data, say)


async def rasa_model(data: Path) -> Path | None:
    """Prepare Rasa's environment and model; None, after saying loudly why, when there can be
    none.
    """
    try:
        with step("Rasa's environment (nlu/.venv)") as say:
            await training.build_environment(say)
        if model.is_trained(model.path(data)):
            return await model.ensure(data, _ignore)
        with step("Training Rasa") as say:
            return await model.ensure(data, say)
    except EmbeddedError as error:
        console.print(f"\n[bold red]{'━' * 20} Rasa is missing {'━' * 20}[/]")
        console.print(str(error), WITHOUT_RASA, "", sep="\n", markup=False, soft_wrap=True)
        return None


def _ignore(_line: str) -> None:
    """Drop a line of progress: nothing takes long."""
