"""How are the figures told? A table by phase and asker, verdicts, and JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.benches.eta.figures import Judged, lines, targets
from loadtests.benches.eta.trace import LOSS
from loadtests.benches.reporting import markdown_table, verdict, write_document

HEADINGS = (
    "phase",
    "who asks",
    "instants",
    "answers",
    "cannot say",
    "through by the 90 % time",
    "by the expected",
    "said (90 %) / waited, median",
    "waited, median s",
)


def table(judged: Sequence[Judged]) -> str:
    rows = [
        (
            line.phase,
            line.who,
            f"{line.instants}",
            f"{line.answers:,}",
            f"{line.cannot_say}",
            f"{line.kept:.1%}",
            f"{line.half:.0%}",
            f"{line.said_of_waited:.2f}",
            f"{line.waited:.1f}",
        )
        for line in lines(judged)
    ]
    return markdown_table(HEADINGS, rows)


def of_the_lost(judged: Sequence[Judged]) -> str:
    """What was said before the loss, about a wait that outlasted it, and what was said otherwise."""
    of = [one for one in judged if one.phase == LOSS and one.bound is not None]
    parts = []
    for name, found in (
        ("said before the loss of waits that outlasted it", [one for one in of if one.is_before_loss]),
        ("the others", [one for one in of if not one.is_before_loss]),
    ):
        if found:
            parts.append(f"{name}: {sum(one.is_kept for one in found) / len(found):.1%} of {len(found):,} kept")
    return f"{LOSS}: {'; '.join(parts)}"


def verdicts(judged: Sequence[Judged]) -> list[str]:
    return [verdict(target) for target in targets(judged)]


def write_json(file: Path, machine: Mapping[str, object], load: Mapping[str, object], judged: Sequence[Judged]) -> None:
    write_document(
        file,
        {
            "machine": machine,
            "load": load,
            "lines": lines(judged),
            "loss": of_the_lost(judged),
            "targets": targets(judged),
        },
    )
