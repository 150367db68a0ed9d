"""Do the gates stay silent over two published years, and hear a supplier that is short? The evidence of gates.yaml.

Registers as ISD Scotland published them, 2012-13 and 2013-14; those below 5 were withheld. Scotland does not tell
suppliers, so practices are dealt to four by chance, with the shares of the demonstration's.
"""

import csv
import gzip
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

import pytest

from qof_payments.adapters.gates import load_thresholds
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.national import national_figures
from qof_payments.core.plausibility import Circumstances, findings

pytestmark = pytest.mark.needs_published_data

Counts = Mapping[str, tuple[int, dict[str, int]]]

MARKET = ("northstar",) * 11 + ("meridian",) * 6 + ("fellside",) * 2 + ("harbour",)
SHORT = 24, 25
"""What a supplier that is 4 % short keeps of its registers."""
DEALS = range(10)


@pytest.fixture(scope="module")
def years(published_data: Path) -> Mapping[str, Counts]:
    found: dict[str, dict[str, tuple[int, dict[str, int]]]] = {}
    with gzip.open(published_data / "published" / "prevalence_scotland.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["register"].isdigit() and row["list_size"].isdigit() and int(row["list_size"]):
                of_year = found.setdefault(row["year"], {})
                practice = of_year.setdefault(row["practice"], (int(row["list_size"]), {}))
                practice[1][row["register_group"]] = int(row["register"])
    return found


def dealt(counts: Counts, deal: int, short: str = "") -> list[Reported]:
    random = Random(deal)
    practices = []
    for code, (list_size, registers) in sorted(counts.items()):
        supplier = random.choice(MARKET)
        kept, of = SHORT if supplier == short else (1, 1)
        counted = {register: count * kept // of for register, count in registers.items()}
        practices.append(Reported(code, supplier, list_size, counted, None))
    return practices


def found_in(practices: list[Reported], last_year: Counts) -> list[Finding]:
    year, before = load_parameters("scotland", "2013-14"), load_parameters("scotland", "2012-13")
    figures = national_figures(((one.practice, one.list_size, one.registers) for one in practices), year)
    circumstances = Circumstances(
        achievement_date=date(2014, 3, 31),
        expected={one.practice: one.supplier for one in practices},
        excluded=set(),
        parameters=year,
        parameters_before=before,
        earlier=[Earlier("2012-13", last_year)],
    )
    return findings(practices, figures, circumstances, load_thresholds())


def test_published_year_against_the_one_before_is_worth_a_few_looks(years: Mapping[str, Counts]) -> None:
    found = found_in(dealt(years["2013-14"], 0), years["2012-13"])
    # A care home's practice (half of its list has dementia), another with rare registers, three that jumped.
    assert [one.finding for one in found if one.gate != "supplier-shift"] == [
        "one-decides/DEM/40633",
        "one-decides/PC/40633",
        "far-from-nation/40633/DEM",
        "far-from-nation/40633/PC",
        "far-from-nation/31333/LD",
        "far-from-last-year/61184/LVD/2012-13",
        "far-from-last-year/80679/OBESITY/2012-13",
        "far-from-last-year/31461/CANCER/2012-13",
    ]


@pytest.mark.parametrize("deal", DEALS)
def test_no_deal_of_practices_to_suppliers_stops_a_freeze(years: Mapping[str, Counts], deal: int) -> None:
    found = found_in(dealt(years["2013-14"], deal), years["2012-13"])
    assert [one.finding for one in found if one.severity == "stop"] == []


@pytest.mark.parametrize("deal", DEALS)
@pytest.mark.parametrize("supplier", ["northstar", "meridian"])
def test_supplier_that_is_four_per_cent_short_stops_and_no_other_does(
    years: Mapping[str, Counts], supplier: str, deal: int
) -> None:
    found = found_in(dealt(years["2013-14"], deal, short=supplier), years["2012-13"])
    assert [one.finding for one in found if one.severity == "stop"] == [
        f"supplier-shift/{supplier}/all registers/2012-13"
    ]
