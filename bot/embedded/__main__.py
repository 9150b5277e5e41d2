"""`python -m bot.embedded [FOLDER]`: what understands texts, in FOLDER (`TAMMEN_DATA`, else `var`)."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.embedded.prepare import everything


def main() -> None:
    """Prepares both; a missing Rasa is said loudly and is no failure, since Tammen runs without."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TAMMEN_DATA") or "var"
    asyncio.run(everything(Path(folder)))


if __name__ == "__main__":
    main()
