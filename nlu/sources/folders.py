"""The folders that are read and written here."""

from __future__ import annotations

from pathlib import Path

NLU = Path(__file__).parents[1]
ROOT = NLU.parent
TRAINING_DATA = NLU / "data"
LANGUAGE = NLU / "language"
LANGUAGE_DATA = LANGUAGE / "data"
REFERENCE = ROOT / "bot" / "consular" / "reference"
REFERENCE_DATA = REFERENCE / "data"
