#!/usr/bin/env python3
"""Resolves the locks anew: `requirements.lock`, `requirements-dev.lock` and `nlu/requirements.lock`.

    python3 -m tools.lock [--upgrade]

Versions stay as they are unless a requirement changed or `--upgrade` asks for the newest. The locks hold hashes and no
host names, so that uv and pip install the same from any mirror.
"""

import sys
from typing import Sequence

from tools.environments import ENVIRONMENTS, find_or_fetch_python, find_or_fetch_uv, run

PLAIN = ("--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")
GATEWAY = ("--universal", "--python-version", "3.11")


def main(options: Sequence[str]) -> None:
    uv = find_or_fetch_uv()
    lock, dev = str(ENVIRONMENTS["gateway"].lock), str(ENVIRONMENTS["dev"].lock)
    run(uv, "pip", "compile", *PLAIN, *GATEWAY, *options, "pyproject.toml", "--output-file", lock)
    more = ("--constraints", lock, "--group", "dev")  # what runs is what was tested
    run(uv, "pip", "compile", *PLAIN, *GATEWAY, *options, *more, "pyproject.toml", "--output-file", dev)
    nlu = ENVIRONMENTS["nlu"]
    where = ("--python", str(find_or_fetch_python(nlu.pythons)), "--override", "nlu/overrides.txt")
    run(uv, "pip", "compile", *PLAIN, *where, *options, "nlu/requirements.txt", "--output-file", str(nlu.lock))


if __name__ == "__main__":
    main(sys.argv[1:])
