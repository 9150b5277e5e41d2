"""Start the NLU server: Rasa with one model, configured by the environment.

    NLU_MODEL=…/model.tar.gz NLU_HOST=127.0.0.1 NLU_PORT=5005 NLU_TOKEN=… python -m nlu.serve

The token is in the environment because every user of a machine can read a command line. When the
model file is missing Rasa silently takes another one from its folder; this program then ends.
"""

import os
import sys
from pathlib import Path

CHANNELS = Path(__file__).with_name("channels.yml")
# Rasa parses one request at a time, so more threads only hinder each other. Texts must not reach
# the log.
ENVIRONMENT = {
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
    """Check the model file and hand over to Rasa's own command line in this process."""
    model = Path(os.environ.get("NLU_MODEL", ""))
    if not model.is_file():
        sys.exit(f"NLU_MODEL: there is no model file at {str(model)!r}")
    os.environ.update(ENVIRONMENT)
    sys.argv = [
        "rasa",
        "run",
        "--quiet",
        "--enable-api",
        "--model",
        str(model),
        "--credentials",
        str(CHANNELS),
        *address(),
        *token(),
    ]
    from rasa.__main__ import main as rasa  # noqa: PLC0415  # reads the environment when imported

    rasa()


def address() -> list[str]:
    """Say where to listen: on loopback, unless the environment names another interface."""
    host = os.environ.get("NLU_HOST", "127.0.0.1")
    port = os.environ.get("NLU_PORT", "5005")
    return ["--interface", host, "--port", port]


def token() -> list[str]:
    """Say which token callers must show, when there is one."""
    secret = os.environ.get("NLU_TOKEN", "")
    return ["--auth-token", secret] if secret else []


if __name__ == "__main__":
    main()
