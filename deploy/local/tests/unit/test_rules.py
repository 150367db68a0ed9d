"""Can somebody who is called find out what to do? And is every alert tried?"""

import re
from typing import Any

import pytest
import yaml

from qof_local.documents import DOCS
from qof_local.prometheus import OBSERVABILITY


def alerts() -> list[dict[str, Any]]:
    document = yaml.safe_load((OBSERVABILITY / "rules" / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def anchors(text: str) -> set[str]:
    """The addresses of a page's headings, as a reader of Markdown makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_alert_says_who_is_needed_and_leads_to_what_to_do(alert: dict[str, Any]) -> None:
    page, _, section = alert["annotations"]["runbook"].partition("#")
    assert section in anchors((DOCS.parent / page).read_text())
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]


def test_every_alert_is_tried_by_promtool() -> None:
    document = yaml.safe_load((OBSERVABILITY / "tests" / "alerts.yml").read_text())
    tried = {one["alertname"] for test in document["tests"] for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert tried == {alert["alert"] for alert in alerts()}
