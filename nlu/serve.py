"""Starts the NLU server: Rasa with one model, told what it needs by the environment.

    NLU_MODEL=…/model.tar.gz NLU_HOST=127.0.0.1 NLU_PORT=5005 NLU_TOKEN=… python -m nlu.serve

The token goes through the environment because every user of a machine can read a command line. When
the model file is missing Rasa silently takes another one from its folder; we refuse to start.
"""

import os
import sys
from pathlib import Path

# One request is parsed at a time, so more threads only get into each other's way; texts must not
# reach the log.
CALM = {
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_WORKERS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
}


def main() -> None:
    """Checks the model file and hands over to Rasa's own command line in this process."""
    model = Path(os.environ.get("NLU_MODEL", ""))
    if not model.is_file():
        sys.exit(f"NLU_MODEL: there is no model file at {str(model)!r}")
    os.environ.update(CALM)
    channels = ["--credentials", str(Path(__file__).with_name("channels.yml"))]
    sys.argv = [
        "rasa",
        "run",
        "--quiet",
        "--enable-api",
        "--model",
        str(model),
        *channels,
        *address(),
        *token(),
    ]
    from rasa.__main__ import main as rasa  # noqa: PLC0415  # reads the environment when imported

    rasa()


def address() -> list[str]:
    """Where to listen: loopback unless told."""
    return [
        "--interface",
        os.environ.get("NLU_HOST", "127.0.0.1"),
        "--port",
        os.environ.get("NLU_PORT", "5005"),
    ]


def token() -> list[str]:
    """The token that callers must show, when there is one."""
    secret = os.environ.get("NLU_TOKEN", "")
    return ["--auth-token", secret] if secret else []


if __name__ == "__main__":
    main()
