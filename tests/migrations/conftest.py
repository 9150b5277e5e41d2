"""Tests of migrations change the schema, so each has a database of its own."""

from __future__ import annotations

import pytest


@pytest.fixture
def postgresql_url(new_postgresql_url: str) -> str:
    """An empty, migrated PostgreSQL database that no other test uses."""
    return new_postgresql_url
