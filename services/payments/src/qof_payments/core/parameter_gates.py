"""Are these the year's money parameters, or another year's?

In 2014 every practice of a nation was first paid by the wrong year's average list, some two per cent too little
(rules.md P2). Its day gives such a list away, and so does what a point is worth for one patient. A release is
checked for both (core.years); what is about to be paid by is checked again.
"""

from collections.abc import Iterator

from qof_payments.core.gates import Finding
from qof_payments.core.parameters import Parameters
from qof_payments.core.years import faults_between_years

GATE = "average-list"


def average_list(year: Parameters, before: Parameters | None) -> Iterator[Finding]:
    """What speaks against the year's parameters; `before` are those of the year before, None: none are known."""
    of_this_year = f"{year.parameters_id}: "
    faults = faults_between_years([year] if before is None else [before, year])
    for number, fault in enumerate((fault for fault in faults if fault.startswith(of_this_year)), start=1):
        yield Finding(
            finding=f"{GATE}/{year.parameters_id}/{number}",
            gate=GATE,
            severity="stop",
            where=year.parameters_id,
            says=fault.removeprefix(of_this_year),
            numbers={},
            mend="Look the average list and the value of a point up in their sources; a release mends parameters.",
        )
    if before is None:
        yield Finding(
            finding=f"{GATE}/{year.parameters_id}/alone",
            gate=GATE,
            severity="look",
            where=year.parameters_id,
            says="this release has no parameters of the year before, so the value of a point cannot be compared",
            numbers={},
            mend="Compare it with last year's by hand: pounds of a point ÷ average list.",
        )
