"""`python -m bot.embedded [built-in]`: train what understands texts, for every command to use.

With `built-in` only the built-in reader is trained, which needs no Rasa: the image of the gateway
does that.
"""

from __future__ import annotations

import asyncio
import sys

from bot.embedded import prepare
from bot.embedded.model import CACHE
from bot.runtime import files


def main() -> None:
    """Train both readers, or one; a missing Rasa is no failure, since Tammen runs without."""
    files.make_private()
    if sys.argv[1:] == ["built-in"]:
        asyncio.run(prepare.fallback_model(CACHE))
    else:
        asyncio.run(prepare.everything(CACHE))


if __name__ == "__main__":
    main()
