"""E-mail addresses of accounts: the one spelling under which an account is found and counted."""

from __future__ import annotations

import unicodedata

MAX_EMAIL_CHARS = 200


def normalised(email: str) -> str:
    """Return the one spelling of an address: without blanks around it, wide letters and capitals.

    Whatever finds an account and whatever counts attempts on it must use the same spelling.
    """
    compatible = unicodedata.normalize("NFKC", email)
    bare = compatible.strip()
    return bare.casefold()


def is_too_long(email: str) -> bool:
    """Whether no account can have the address."""
    spelling = normalised(email)
    return len(spelling) > MAX_EMAIL_CHARS
