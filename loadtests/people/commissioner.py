"""What do a commissioner's people do? Filter the work list and approve a page of practices; then finance does so."""

from loadtests.ledger import NotDone
from loadtests.people.browser import Browser, GaveUpError
from loadtests.people.pages import Form, Page
from loadtests.run import Run


class CommissionerVisit(Browser):
    """An approver approves what was signed, then a finance approver the payments; each in a browser of their own."""

    abstract = True

    def __init__(self, run: Run, commissioner: str, due: float, *, is_finance: bool = False) -> None:
        super().__init__(run)
        self.commissioner = commissioner
        self.due = due
        self.is_finance = is_finance
        self.person = (run.nation.financiers if is_finance else run.nation.approvers)[commissioner]
        self.base = f"{run.site}/collections/{run.nation.collection}"

    def attend(self) -> None:
        try:
            self.sign_in(f"{self.run_of.site}/")
            approved = self.approve("/finance" if self.is_finance else "/work-list")
            self.run_of.count("payments approved" if self.is_finance else "approved", approved)
            self.run_of.note(f"due to {'payments approved' if self.is_finance else 'approved'}", self.due)
            self.run_of.count("done")
        except GaveUpError as error:
            self.run_of.count("not done")
            self.run_of.ledger.add(NotDone(self.person, str(error)))
        finally:
            self.close()

    def approve(self, list_page: str) -> int:
        """How many of one page of the list were approved."""
        if not self.is_finance:
            self.open(f"{self.base}{list_page}")
            self.open(f"{self.base}{list_page}?search=A8&sort=")
        ticked = self.open(f"{self.base}{list_page}?{'tick=all' if self.is_finance else 'filter=signed&tick=all'}")
        form = ticked.form("/approvals")
        if form is None or not form.values("practice"):
            return 0
        weighed = self.send(form, {})
        decision = _decision(weighed)
        if decision is None:
            return 0
        done = self.send(decision, {})
        if done.refresh is not None:
            self.stay(done.refresh)
            done = self.open(done.refresh.url)
        if done.status != 200:
            raise GaveUpError(f"approving was answered with {done.status}")
        return len(decision.values("declaration_id"))


def _decision(page: Page) -> Form | None:
    return next((form for form in page.forms if form.method == "post" and form.values("declaration_id")), None)
