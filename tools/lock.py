#!/usr/bin/env python3
"""Resolve the locks anew: `requirements.lock`, `requirements-dev.lock` and `nlu/requirements.lock`.

    python3 -m tools.lock [--upgrade]

Versions stay as they are unless a requirement changed or `--upgrade` asks for the newest. The locks
hold hashes and no host names, so that uv and pip install the same from any mirror.
"""

import sys
from typing import Sequence

from tools.environments import ENVIRONMENTS, find_or_fetch_python, find_or_fetch_uv, run

LOCK_OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
)
OLDEST_GATEWAY_PYTHON = "3.11"
# Rasa's metadata ends at Python 3.10: from 3.11 on its markers switch its own upper bounds off. The
# lock is therefore resolved as for 3.10 and installed on 3.11; `nlu/overrides.txt` names versions
# with wheels for both.
RASA_METADATA_PYTHON = "3.10"


def main(options: Sequence[str]) -> None:
    """Write the three locks; `options` are handed to uv."""
    lock_gateway(options)
    lock_development(options)
    lock_nlu(options)


def lock_gateway(options: Sequence[str]) -> None:
    """Lock the packages that the gateway runs with, for every Python it runs on."""
    target = ("--universal", "--python-version", OLDEST_GATEWAY_PYTHON)
    compile_lock(
        "gateway",
        "pyproject.toml",
        (*target, *options),
    )


def lock_development(options: Sequence[str]) -> None:
    """Lock the development packages, on top of the very versions that the gateway runs with."""
    target = ("--universal", "--python-version", OLDEST_GATEWAY_PYTHON)
    gateway_versions = ("--constraints", str(ENVIRONMENTS["gateway"].lock))
    compile_lock(
        "dev",
        "pyproject.toml",
        (*target, *options, *gateway_versions, "--group", "dev"),
    )


def lock_nlu(options: Sequence[str]) -> None:
    """Lock Rasa's packages."""
    python = find_or_fetch_python(ENVIRONMENTS["nlu"].pythons)
    target = ("--python", str(python), "--python-version", RASA_METADATA_PYTHON)
    overrides = ("--override", "nlu/overrides.txt")
    compile_lock(
        "nlu",
        "nlu/requirements.txt",
        (*target, *overrides, *options),
    )


def compile_lock(name: str, requirements: str, options: Sequence[str]) -> None:
    """Resolve the requirements and write the lock of the environment with this name."""
    output = ("--output-file", str(ENVIRONMENTS[name].lock))
    run(
        find_or_fetch_uv(),
        "pip",
        "compile",
        *LOCK_OPTIONS,
        *options,
        requirements,
        *output,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
