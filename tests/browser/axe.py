"""Is a page usable by everybody? axe-core's verdict on it, after WCAG 2.2 AA."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def violations(page: Page) -> list[str]:
    """Every violation that axe-core finds: its rule, what it means and where it is."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {one['help']}\n" + "\n".join(f"    {node['html'][:200]}" for node in one["nodes"][:5])
        for one in found
    ]


def assert_accessible(page: Page) -> None:
    """Fails with every violation."""
    told = violations(page)
    assert not told, f"{page.url}\n" + "\n".join(told)
