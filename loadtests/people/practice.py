"""What does somebody of a practice do? Signs in, waits for the report, reads it, and signs exactly that."""

import re
from urllib.parse import urlsplit

import gevent  # type: ignore[import-untyped] # it ships no types

from loadtests.ledger import NotDone, Signature, Wanted
from loadtests.people.browser import Browser, GaveUpError
from loadtests.people.pages import Form, Page
from loadtests.run import Run
from loadtests.shapes.targets import SIGNED

PRESSES = 10
"""How often the impatient press sign, all at once."""
REFRESH_AFTER = 1.0
"""Seconds after which the impatient load a page again that has not come, without waiting for the first answer."""
MOST_TRIES = 6
READING = (0.5, 2.0)
"""Seconds between two pages; they are not counted as waiting."""

_DIGEST = re.compile(r'class="qof-digest">([0-9a-f]{64})<')
_RECEIPT = re.compile(r"/receipts/([0-9a-f-]{36})")


class PracticeVisit(Browser):
    """Somebody of a practice in front of the pages."""

    abstract = True
    tabs = 1
    presses = 1

    def __init__(self, run: Run, practice: str, due: float) -> None:
        super().__init__(run)
        self.practice = practice
        self.due = due
        self.person = run.nation.declarers[practice]
        self.base = f"{run.site}/collections/{run.nation.collection}/practices/{practice}"

    def read(self) -> None:
        """Sign in, look at the home page, read the report."""
        home = self.sign_in(f"{self.run_of.site}/")
        self.run_of.note("due to signed in", self.due)
        self.read_report(home)

    def read_report(self, home: Page) -> None:
        """Go where the home page leads: to the report, or to where it is said how long it takes, and wait there."""
        ways = [link for link in home.links() if f"{link}/".startswith(f"{self.base}/")]
        if not ways:
            raise GaveUpError("the home page does not lead to the practice")
        self.think(*READING)
        if not ways[0].endswith(("/report", "/declaration")):
            self.open(f"{self.base}/waiting")
        self.load(f"{self.base}/report")
        self.run_of.note("due to report", self.due + self.thought)

    def sign_off(self) -> None:
        """All of it: sign in, read, sign what the page shows, see the receipt."""
        self.run_of.ledger.add(Wanted(self.practice))
        self.run_of.count("wanted to sign")
        self.read()
        for _ in range(MOST_TRIES):
            self.think(*READING)
            page = self.load(f"{self.base}/declaration")
            form = page.form("/declaration/sign")
            if self.take(form, page) if form else self.has_signed(page):
                self.run_of.note(SIGNED, self.due + self.thought)
                self.run_of.count("signed")
                return
        raise GaveUpError(f"not signed after {MOST_TRIES} tries")

    def load(self, url: str) -> Page:
        """Open a page as this person does; the impatient in several tabs, again and again."""
        for _ in range(MOST_TRIES):
            page = self.load_once(url)
            if page.status == 200 and page.url == url:
                return page
            # Led elsewhere, to a page that waited until it was ready: what was wanted is there now.
        raise GaveUpError(f"{urlsplit(url).path} leads to {page.path}: {page.status}")

    def load_once(self, url: str) -> Page:
        if self.tabs == 1:
            return self.open(url)
        found = self.at_once(*[lambda: self.hurried(url)] * self.tabs)
        pages: list[Page] = [one for one in found if one is not None]
        if not pages:
            raise GaveUpError(f"{url} came in no tab")
        return pages[0]

    def hurried(self, url: str) -> Page:
        """Load a page, and load it again when it has not come within a second: the server works on both."""
        loads = [self.begin(lambda: self.open(url))]
        loads[0].join(timeout=REFRESH_AFTER)
        if not loads[0].ready():
            loads.append(self.begin(lambda: self.open(url)))
        came: list[Page] = []
        while not came and not all(load.ready() for load in loads):
            gevent.wait([load for load in loads if not load.ready()], count=1)
            came = [load.value for load in loads if load.value is not None]
        came = came or [load.value for load in loads if load.value is not None]
        if not came:
            raise GaveUpError(f"{url} did not come")
        return came[0]

    def take(self, form: Form, page: Page) -> bool:
        """Sign what is shown, once or ten times at once; True when one of the presses was taken."""
        digest = form.value("digest") or ""
        shown = _DIGEST.search(page.text)
        if shown is None or shown.group(1) != digest:
            raise GaveUpError(f"the page shows {shown and shown.group(1)}, and its form would sign {digest}")
        typed = {"confirm": "yes", "statement": ""}

        def press_once() -> Page:
            answer = self.press(form, typed)
            self.run_of.count("presses")
            receipt = _RECEIPT.search(answer.location)
            taken = answer.status == 303 and receipt is not None
            self.run_of.ledger.add(
                Signature(self.practice, digest, 201 if taken else answer.status, receipt.group(1) if receipt else None)
            )
            return answer

        answers = self.at_once(*[press_once] * self.presses)
        taken = [one for one in answers if one is not None and _RECEIPT.search(one.location)]
        if not taken:
            if refresh := answers[-1].refresh:
                self.stay(refresh)
            return False
        # A browser shows what its last press led to.
        return self.follow(taken[-1]).status == 200

    def has_signed(self, page: Page) -> bool:
        """A press of before was taken though its answer was lost: the page leads to the receipt then."""
        receipt = _RECEIPT.search(page.text)
        digest = _DIGEST.search(page.text)
        if receipt is None or digest is None:
            return False
        self.run_of.ledger.add(Signature(self.practice, digest.group(1), 200, receipt.group(1)))
        return True

    def attend(self, *, signs: bool) -> None:
        """The whole visit; what it could not do is written down."""
        try:
            if signs:
                self.sign_off()
            else:
                self.read()
            self.run_of.count("done")
        except GaveUpError as error:
            self.run_of.count("not done")
            self.run_of.ledger.add(NotDone(self.person, str(error)))
        finally:
            self.close()


class ImpatientVisit(PracticeVisit):
    """Two tabs, ten presses, and a page that has not come within a second is loaded again."""

    abstract = True
    tabs = 2
    presses = PRESSES

    def __init__(self, run: Run, practice: str, due: float) -> None:
        super().__init__(run, practice, due)
        self.waits_as_asked = run.chance.random() < 0.5
