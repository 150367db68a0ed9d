"""From which evidence were the gates' thresholds chosen? Prints, never asserts.

python services/payments/tests/published/measure_gates.py PUBLISHED/prevalence_scotland.csv.gz

How far groups of published practices move against the others from 2012-13 to 2013-14: groups by chance, of the sizes
that suppliers have, and health boards (the first two digits of a practice). Then practices, one by one.
"""

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

BEFORE, NOW = "2012-13", "2013-14"
SHARES, DEALS = (55, 30, 10, 5, 2), 150
FEWEST = 15

Counts = Mapping[str, Mapping[str, tuple[int, int]]]
"""Practice -> register -> patients and list."""


def read(file: str) -> dict[str, dict[str, dict[str, tuple[int, int]]]]:
    found: dict[str, dict[str, dict[str, tuple[int, int]]]] = defaultdict(lambda: defaultdict(dict))
    with gzip.open(file, "rt", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["register"].isdigit() and row["list_size"].isdigit() and int(row["list_size"]):
                counts = int(row["register"]), int(row["list_size"])
                found[row["year"]][row["practice"]][row["register_group"]] = counts
    return found


def moves(group: Sequence[str], before: Counts, now: Counts) -> dict[str, list[int]]:
    """Register -> patients now, list now, patients before, list before; `all` are those of all registers."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for practice in group:
        for register in now[practice].keys() & before[practice].keys():
            for name in (register, "all"):
                for place, number in enumerate((*now[practice][register], *before[practice][register])):
                    sums[name][place] += number
    return sums


def shifts(group: Sequence[str], others: Sequence[str], before: Counts, now: Counts) -> dict[str, float]:
    mine, theirs = moves(group, before, now), moves(others, before, now)
    found = {}
    for register in mine.keys() & theirs.keys():
        if all(mine[register]) and all(theirs[register]):
            own, other = (Fraction(s[0] * s[3], s[1] * s[2]) for s in (mine[register], theirs[register]))
            found[register] = abs(float(own / other) - 1)
    return found


def show(name: str, found: Mapping[str, float]) -> None:
    worst = sorted(((shift, register) for register, shift in found.items() if register != "all"), reverse=True)[:6]
    said = ", ".join(f"{register} {shift:.1%}" for shift, register in worst)
    sys.stdout.write(f"{name:34} all registers {found.get('all', 0):6.2%}; single ones up to {said}\n")


def main() -> None:
    years = read(sys.argv[1])
    before, now = years[BEFORE], years[NOW]
    both = sorted(now.keys() & before.keys())
    random = Random(1)
    for share in SHARES:
        worst: dict[str, float] = defaultdict(float)
        size = len(both) * share // 100
        for _ in range(DEALS):
            dealt = random.sample(both, len(both))
            for register, shift in shifts(dealt[:size], dealt[size:], before, now).items():
                worst[register] = max(worst[register], shift)
        show(f"{size} practices by chance, at most", worst)
    boards: dict[str, list[str]] = defaultdict(list)
    for practice in both:
        boards[practice[:2]].append(practice)
    for board, practices in sorted(boards.items()):
        if len(practices) >= FEWEST:
            others = [one for one in both if one[:2] != board]
            show(f"board {board}, {len(practices)} practices", shifts(practices, others, before, now))
    pairs = [(p, r) for p in both for r in now[p].keys() & before[p].keys()]
    sys.stdout.write(f"{len(both)} practices in both years, {len(pairs):,} pairs of registers\n")
    for year, counts in ((BEFORE, before), (NOW, now)):
        for register in sorted({register for of in counts.values() for register in of}):
            shares = sorted(
                ((of[register][0] / of[register][1], practice) for practice, of in counts.items() if register in of),
                reverse=True,
            )
            mean = sum(share for share, _ in shares) / len(shares)
            top, practice = shares[0]
            influence = (top / mean - 1) / (len(shares) - 1)
            sys.stdout.write(
                f"{year} {register:9} mean {mean:7.3%}; highest {practice} {top / mean:5.1f} times, moves it by"
                f" {influence:.2%}\n"
            )


if __name__ == "__main__":
    main()
