"""How does a plain browser behave? Follows redirects, keeps cookies, sends forms, and waits where a page says so."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import gevent  # type: ignore[import-untyped] # it ships no types
from locust import FastHttpUser

from loadtests.ledger import Dropped, Fault
from loadtests.nation import check_loopback
from loadtests.people.pages import Form, Page, Refresh, name_of
from loadtests.run import Run

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_HOPS = 12
PATIENCE_AFTER_SILENCE = 3.0
"""Seconds until somebody loads a page again that did not come at all."""
MOST_STEPS = 30
"""From opening a page to being signed in."""
LONGEST_REFRESH = 600.0
"""Longer than any page asks; the page's own time ends the wait."""
MOST_LOADS = 40
"""How often one page is loaded again, waiting pages included, before the person gives up."""


class GaveUpError(Exception):
    """The person could not do what they came for; the text says why."""


class Browser(FastHttpUser):
    """One browser of one person. Made for one visit, by the run and not by Locust, so it is no class of users."""

    abstract = True
    host = "http://127.0.0.1"
    """Never used: every address is whole."""
    network_timeout = 60.0
    connection_timeout = 30.0
    max_redirects = 0
    concurrency = 24
    """Requests at once: whoever presses ten times in two tabs has so many."""

    waits_as_asked = True
    """Whether a waiting page is given the time that it asks for; the hasty look again at once."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.environment)
        self.run_of = run
        self.person = "nobody"
        self.is_signed_in = False
        self.beside: list[Any] = []
        self.thought = 0.0
        """Seconds that the person spent reading, which nobody kept them waiting."""
        # Each hop is a request of its own in the report, and its address is checked before it is asked.
        self.client.client.redirect_response_codes = frozenset()  # type: ignore[misc]

    def sign_in(self, url: str) -> Page:
        """Open an address without being signed in, do what the provider asks, and come back. Raises GaveUpError.

        The development provider has a form with `account` and `password`, and perhaps a reminder with a button.
        """
        run = self.run_of
        run.count("wanted to sign in")
        page = self.open(url)
        for _ in range(MOST_STEPS):
            if page.url.startswith(run.site + "/"):
                if page.status != 200:
                    raise GaveUpError(f"signing in ended with {page.status} at {page.path}")
                self.is_signed_in = True
                run.count("signed in")
                return page
            form = next((one for one in page.forms if one.method == "post"), None)
            if form is None:
                raise GaveUpError(f"the provider shows no form at {page.path}: {page.status}")
            typed = {"account": self.person, "password": run.nation.passwords[self.person]}
            page = self.send(form, typed if form.value("account") is not None else {})
            if page.refresh is not None:
                self.stay(page.refresh)
                page = self.open(page.refresh.url)
            elif page.status == 0 or page.status >= 500:
                page = self.open(url)
        raise GaveUpError(f"not signed in after {MOST_STEPS} steps")

    def context(self) -> dict[str, Any]:
        return {"run": self.run_of}

    def think(self, low: float, high: float) -> None:
        seconds = self.run_of.chance.uniform(low, high)
        self.thought += seconds
        time.sleep(seconds)

    def open(self, url: str) -> Page:
        """Open an address, and stay until the page that was wanted is there: follow it where it waits."""
        for _ in range(MOST_LOADS):
            page = self.follow(self.ask("GET", url))
            if page.status == 0:
                time.sleep(PATIENCE_AFTER_SILENCE)
            elif (refresh := page.refresh) is not None:
                self.stay(refresh)
                url = refresh.url
            elif page.status >= 500:
                time.sleep(PATIENCE_AFTER_SILENCE)
            else:
                return page
        raise GaveUpError(f"{urlsplit(url).path} was not there after {MOST_LOADS} loads")

    def stay(self, refresh: Refresh) -> None:
        """Stay at a page that waits, until it wants to be looked at again."""
        counts = self.run_of.gauges
        counts["waiting"] += 1
        try:
            if self.waits_as_asked and urlsplit(refresh.url).path.endswith("/waiting"):
                with gevent.Timeout(refresh.seconds, False):
                    self.listen(refresh.url)
            else:
                time.sleep(refresh.seconds if self.waits_as_asked else self.run_of.chance.uniform(0.3, 1.0))
        finally:
            counts["waiting"] -= 1

    def listen(self, url: str) -> None:
        """What the script of the page that says where an extract is does: it is told when the stage moves. Where nobody
        tells (too many listen), the page is looked at again when it says."""
        headers = {"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        with self.client.request(
            "GET", f"{url}/events", name="listening", headers=headers, stream=True, catch_response=True
        ) as response:
            response.success()
            stage = None
            while response.status_code == 200 and (line := response.stream.readline(b"\n")):
                if line.startswith(b"data:"):
                    told = json.loads(line[5:])["stage"]
                    if stage not in (None, told):
                        return
                    stage = told
        time.sleep(LONGEST_REFRESH)

    def send(self, form: Form, typed: Mapping[str, str]) -> Page:
        """Send a form once and follow to the page it leads to; what it answers is not loaded again."""
        return self.follow(self.press(form, typed))

    def press(self, form: Form, typed: Mapping[str, str]) -> Page:
        """Send a form once; the answer as it came."""
        body = form.body(typed)
        if form.method == "get":
            return self.ask("GET", f"{form.action}?{body}")
        return self.ask("POST", form.action, body)

    def follow(self, page: Page) -> Page:
        """Where redirects lead to."""
        for _ in range(MOST_HOPS):
            if page.status not in REDIRECTS or not page.location:
                return page
            target = urljoin(page.url, page.location)
            if self.is_signed_in and self.is_sign_in(target):
                self.is_signed_in = False
                self.run_of.count("dropped sessions")
                self.run_of.ledger.add(Dropped(self.person, page.path))
            page = self.ask("GET", target)
        raise GaveUpError(f"{page.path} leads on and on")

    def is_sign_in(self, url: str) -> bool:
        """Whether an address asks who somebody is: at our site, or at the provider."""
        return not url.startswith(self.run_of.site + "/") or urlsplit(url).path == "/sign-in"

    def ask(self, method: str, url: str, body: str | None = None) -> Page:
        """One request, counted and judged: a 5xx that does not say when to come back is a fault, and so is silence."""
        origin = "/".join(url.split("/", 3)[:3])
        if origin not in self.run_of.origins:
            if not self.run_of.is_anywhere_allowed:
                check_loopback([url])
            self.run_of.origins.add(origin)
        path = urlsplit(url).path
        is_site = origin == self.run_of.site
        name = name_of(path) if is_site else f"provider {path}"
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        if method == "GET":
            headers["Sec-Fetch-Site"] = "none"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with self.client.request(
            method, url, name=name, data=body, headers=headers, catch_response=True, allow_redirects=True
        ) as response:
            page = _page(response, url)
            if page.is_polite_refusal:
                response.request_meta["name"] = "page in the queue" if is_site else name
                self.run_of.count("polite 503")
                response.success()
            elif page.status == 0 or page.status >= 500:
                self.run_of.ledger.add(Fault(name, page.status, self.person))
                self.run_of.count("faults")
                response.failure(f"{page.status}")
            elif page.status >= 400:
                response.failure(f"{page.status}")
            else:
                response.success()
        return page

    def at_once(self, *works: Any) -> list[Any]:
        """Several things at the same time, as in several tabs; what each gave, None where it gave up."""
        tabs = [self.begin(work) for work in works]
        gevent.joinall(tabs)
        return [tab.value for tab in tabs]

    def begin(self, work: Any) -> Any:
        """Something that goes on beside the rest, until the visit ends; its value is None where it gave up."""
        self.beside.append(gevent.spawn(_kept, work))
        return self.beside[-1]

    def close(self) -> None:
        """Close the browser: what still loads is given up."""
        gevent.killall(self.beside)
        self.client.client.close()


def _kept(work: Any) -> Any:
    try:
        return work()
    except GaveUpError:
        return None


def _page(response: Any, url: str) -> Page:
    headers = response.headers or {}
    content = response.content or b""
    return Page(
        status=response.status_code or 0,
        url=url,
        text=content.decode("utf-8", "replace") if isinstance(content, bytes) else content,
        refresh_header=headers.get("refresh") or "",
        location=headers.get("location") or "",
        retry_after=headers.get("retry-after") or "",
    )
