"""Where an error came from, for logs: its own words may hold what a person wrote."""

from __future__ import annotations

from pathlib import Path


def origin(error: BaseException) -> str:
    """Name the function and line that raised an error, such as `sms.py send:120`; "" if unknown."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{Path(code.co_filename).name} {code.co_qualname}:{trace.tb_lineno}"
