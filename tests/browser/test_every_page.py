"""Every page at the width of a phone: answered as it should be, nothing cut, usable by everybody.

Two states of each page here, and all of the rest in `make screenshots`, which takes minutes: axe-core reads every
element.
"""

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.screenshots import WIDTHS, file_of, open_stage, take
from tests.browser.shots import Shot

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(600)]

STATES = 2


def test_every_page(postgres_url: str, browser: Browser, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    def is_another_page(shot: Shot) -> bool:
        page, _, state = shot.name.partition(", ")
        seen[page] += 1
        return seen[page] <= STATES or page in ("error", "national") or "waiting" in state

    with open_stage(postgres_url, tmp_path) as stage:
        taken, wrong = take(stage, browser, tmp_path, is_another_page, {"phone": WIDTHS["phone"]})
    assert not wrong, "\n".join(wrong)
    assert len(taken) > len(seen) > 10
    assert all((tmp_path / file_of(shot, "phone")).stat().st_size > 0 for shot in taken)
