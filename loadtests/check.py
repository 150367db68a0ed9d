"""Was anything lost or doubled? Compares what we were told during a run with what the system says afterwards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loadtests.answers import Answers, KeptDeclaration, Progress
from loadtests.ledger import Entry, Freeze, Post, Signature
from loadtests.nation import Nation

CALCULATED = frozenset({"calculated", "reported"})
"""Statuses of an extract that has points."""

TAKEN = frozenset({200, 201})


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which, and where it shows."""

    promise: str
    """`lost`, `doubled`, `imbalance`, `not drained`, `unreported`, `unsigned` or `not frozen`."""
    where: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.where}"


def violations(nation: Nation, entries: Sequence[Entry], answers: Answers) -> list[Violation]:
    """Every broken promise of a run; none is what we hope for."""
    posts = [entry for entry in entries if isinstance(entry, Post)]
    signatures = [entry for entry in entries if isinstance(entry, Signature)]
    return [
        *_of_receipts(nation, posts),
        *_of_kept_extracts(posts, answers),
        *_of_counts(posts, answers),
        *_of_the_freeze(entries, answers),
        *_of_declarations(signatures, answers),
    ]


def _of_receipts(nation: Nation, posts: Sequence[Post]) -> Iterator[Violation]:
    """Every extract has one receipt, the same at each sending, and no other extract has it."""
    receipts: dict[str, set[str | None]] = defaultdict(set)
    texts: dict[str, set[str | None]] = defaultdict(set)
    owners: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        if post.extract_id:
            receipts[post.body_digest].add(post.extract_id)
            texts[post.body_digest].add(post.receipt_digest)
            owners[post.extract_id].add(post.practice)
    for extract in nation.extracts:
        found = receipts[extract.digest]
        if not found:
            yield Violation("lost", f"the extract of {extract.practice} has no receipt")
        elif len(found) > 1:
            yield Violation("doubled", f"the extract of {extract.practice} has {len(found)} receipts: {_list(found)}")
        elif len(texts[extract.digest]) > 1:
            yield Violation("doubled", f"the receipt of {extract.practice} was not the same text each time")
    for extract_id, practices in owners.items():
        if len(practices) > 1:
            yield Violation("lost", f"receipt {extract_id} was given to several practices: {_list(practices)}")


def _of_kept_extracts(posts: Sequence[Post], answers: Answers) -> Iterator[Violation]:
    """Every receipt can be read again, and is about what was sent."""
    for extract_id, post in {post.extract_id: post for post in posts if post.extract_id}.items():
        kept = answers.extracts.get(extract_id)
        if kept is None:
            yield Violation("lost", f"receipt {extract_id} of {post.practice} leads nowhere")
        elif (kept.practice, kept.digest) != (post.practice, post.body_digest):
            yield Violation("lost", f"receipt {extract_id} of {post.practice} leads to {kept.practice} {kept.digest}")


def _of_counts(posts: Sequence[Post], answers: Answers) -> Iterator[Violation]:
    """A supplier's counts agree with its receipts, with each other, and with each single extract."""
    receipts: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        if post.extract_id:
            receipts[post.supplier].add(post.extract_id)
    for supplier, progress in answers.progress.items():
        given = len(receipts[supplier])
        if progress.accepted != given:
            promise = "lost" if progress.accepted < given else "doubled"
            yield Violation(promise, f"{supplier} holds {given} receipts, and {progress.accepted} are accepted")
        if progress.accepted != progress.calculated + progress.rejected + progress.in_flight:
            yield Violation("imbalance", f"{supplier}: accepted = calculated + rejected + in flight fails: {progress}")
        if progress.in_flight:
            yield Violation("not drained", f"{progress.in_flight} extracts of {supplier} are in flight")
        if progress.reported != progress.calculated:
            missing = progress.calculated - progress.reported
            yield Violation("unreported", f"{missing} extracts of {supplier} have points, but no report")
        yield from _of_statuses(supplier, receipts[supplier], progress, answers)


def _of_statuses(supplier: str, receipts: set[str], progress: Progress, answers: Answers) -> Iterator[Violation]:
    statuses = Counter(answers.extracts[one].status for one in receipts if one in answers.extracts)
    calculated = sum(statuses[status] for status in CALCULATED)
    if (calculated, statuses["rejected"]) != (progress.calculated, progress.rejected):
        yield Violation("imbalance", f"{supplier}: the extracts say {dict(statuses)}, the progress says {progress}")


def _of_the_freeze(entries: Sequence[Entry], answers: Answers) -> Iterator[Violation]:
    frozen = [entry for entry in entries if isinstance(entry, Freeze)]
    calculated = sum(progress.calculated for progress in answers.progress.values())
    if not frozen:
        yield Violation("not frozen", "the national figures were not frozen before the time was up")
    for freeze in frozen:
        if freeze.practices != calculated:
            promise = "lost" if freeze.practices < calculated else "imbalance"
            yield Violation(promise, f"{calculated} practices have points; {freeze.practices} are in the figures")
    if len(answers.snapshots) > 1:
        yield Violation("doubled", f"{len(answers.snapshots)} national figures are frozen: {_list(answers.snapshots)}")


def _of_declarations(signatures: Sequence[Signature], answers: Answers) -> Iterator[Violation]:
    """One declaration for every practice with points, however often it pressed, on the report that it read."""
    taken = defaultdict(list)
    for signature in signatures:
        if signature.status in TAKEN:
            taken[signature.practice].append(signature)
    for kept in answers.extracts.values():
        if kept.status in CALCULATED and kept.practice not in taken:
            yield Violation("unsigned", f"{kept.practice} has points, but no signature was taken")
    for practice, presses in taken.items():
        declaration = answers.declarations.get(practice)
        if declaration is None:
            yield Violation("lost", f"{practice} signed, and has no declaration")
        else:
            yield from _of_declaration(practice, presses, declaration)
    kept_signed = answers.practices_by_state.get("signed", 0)
    if kept_signed != len(taken):
        promise = "lost" if kept_signed < len(taken) else "doubled"
        yield Violation(promise, f"{len(taken)} practices signed; the national team sees {kept_signed}")


def _of_declaration(practice: str, presses: Sequence[Signature], kept: KeptDeclaration) -> Iterator[Violation]:
    told = {press.declaration_id for press in presses}
    if len(told) > 1 or len(kept.signed_ids) > 1:
        count = max(len(told), len(kept.signed_ids))
        yield Violation("doubled", f"{practice} pressed {len(presses)} times and has {count} declarations")
    elif told != {kept.declaration_id} or list(kept.signed_ids) != [kept.declaration_id]:
        yield Violation("lost", f"{practice} was told {_list(told)}; its declaration is {kept.declaration_id}")
    if {press.report_digest for press in presses} != {kept.digest}:
        yield Violation("lost", f"{practice} signed another report than {kept.digest}, which is kept")
    if kept.state != "signed":
        yield Violation("lost", f"{practice} signed, and is {kept.state}")


def _list(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))


def table(entries: Sequence[Entry], answers: Answers) -> str:
    """What was sent and what became of it, by supplier, as lines of text."""
    names = ("supplier", "sent", "receipts", "accepted", "calculated", "rejected", "in flight", "reported")
    rows = [_row(supplier, entries, progress) for supplier, progress in sorted(answers.progress.items())]
    rows.append(("all", *(sum(int(row[column]) for row in rows) for column in range(1, len(names)))))
    lines = [
        "  ".join(f"{cell:<12}" if not at else f"{cell:>10}" for at, cell in enumerate(row)) for row in [names, *rows]
    ]
    presses = [entry for entry in entries if isinstance(entry, Signature)]
    declarations = {one for kept in answers.declarations.values() for one in kept.signed_ids}
    lines.append(
        f"{len(presses)} presses on sign by {len({press.practice for press in presses})} practices: "
        f"{len(declarations)} declarations"
    )
    return "\n".join(lines)


def _row(supplier: str, entries: Sequence[Entry], progress: Progress) -> tuple[str | int, ...]:
    posts = [entry for entry in entries if isinstance(entry, Post) and entry.supplier == supplier]
    receipts = {post.extract_id for post in posts if post.extract_id}
    counts = (progress.accepted, progress.calculated, progress.rejected, progress.in_flight, progress.reported)
    return (supplier, len(posts), len(receipts), *counts)
