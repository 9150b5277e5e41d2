"""The alarms that we deliver ask for figures that exist, with labels that they have."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from bot.runtime import metrics
from bot.runtime.settings import ROOT

ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
FIGURE = re.compile(r"(tammen_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)=")


def shown() -> dict[str, set[str]]:
    """Our metrics by the name they are shown under, with their labels."""
    figures: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            ending = "_total" if isinstance(metric, Counter) else ""
            inside: Any = metric
            figures[f"{inside._name}{ending}"] = set(inside._labelnames)
    return figures


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_asks_for_a_figure_that_exists(rule: dict[str, Any]) -> None:
    asked = FIGURE.findall(rule["expr"])
    assert asked
    for name, labels in asked:
        assert name in shown()
        assert set(LABEL.findall(labels)) <= shown()[name]
    assert rule["annotations"]["summary"]
