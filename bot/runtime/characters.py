"""Characters that act on a screen: they begin commands to a terminal, or turn a line around.

The isolates (U+2066 to U+2069) and marks that our own texts put around numbers are none of them: an
isolate ends with its paragraph, and what people type loses theirs when it comes in (`text.clean`).
"""

from __future__ import annotations

import re

# C0 without tab and line ends, DEL, C1; the Arabic letter mark; embeddings and overrides; what was
# used for them before; annotations; halves of characters.
_ACTING = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u061c\\u202a-\\u202e"
    "\\u206a-\\u206f\\ufff9-\\ufffb\\ud800-\\udfff]"
)


def removed(text: str) -> str:
    """Return a text without them, for pages and files."""
    return _ACTING.sub("", text)


def spelled_out(text: str) -> str:
    """Return a text that shows their codes, for terminals and logs: `\\u202e`."""
    return _ACTING.sub(_code, text)


def _code(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"
