"""Start the NLU server: Rasa with one model, configured by the environment.

    NLU_MODEL=…/model.tar.gz NLU_HOST=127.0.0.1 NLU_PORT=5005 NLU_TOKEN=… python -m nlu.serve

The token is in the environment because every user of a machine can read a command line. When the
model file is missing Rasa silently takes another one from its folder; this program then ends, as it
does without a token. Of Rasa's routes only `/model/parse` and `/status` are there: others train,
replace the model, fetch addresses or keep conversations.
"""

import os
import sys
from pathlib import Path
from typing import Any

CHANNELS = Path(__file__).with_name("channels.yml")
OFFERED = {("POST", "/model/parse"), ("GET", "/status")}
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
    """Check token and model file, and hand over to Rasa's own command line in this process."""
    secret = token()
    if not secret:
        sys.exit("NLU_TOKEN: set it, here and for the gateway; nobody else may ask")
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
        f"--auth-token={secret}",  # in one word: it may begin with a dash
    ]
    offer_parsing_only()
    from rasa.__main__ import main as rasa  # noqa: PLC0415  # reads the environment when imported

    rasa()


def address() -> list[str]:
    """Say where to listen: on loopback, unless the environment names another interface."""
    host = os.environ.get("NLU_HOST", "127.0.0.1")
    port = os.environ.get("NLU_PORT", "5005")
    return ["--interface", host, "--port", port]


def token() -> str:
    """Read the token that callers must show: from the environment, or a file that it names."""
    path = os.environ.get("NLU_TOKEN_FILE")
    secret = Path(path).read_text("utf-8") if path else os.environ.get("NLU_TOKEN", "")
    return secret.strip()


def offer_parsing_only() -> None:
    """Let Rasa's server answer 404 on every route that the gateway does not ask."""
    from rasa import server  # noqa: PLC0415  # reads the environment when imported
    from sanic.response import text  # noqa: PLC0415

    create_whole_app = server.create_app

    def create_app(*arguments: Any, **options: Any) -> Any:
        app = create_whole_app(*arguments, **options)
        app.register_middleware(refuse_others, "request")
        return app

    def refuse_others(request: Any) -> Any:
        is_offered = (request.method, request.path) in OFFERED
        return None if is_offered else text("not found", status=404)

    server.create_app = create_app


if __name__ == "__main__":
    main()
