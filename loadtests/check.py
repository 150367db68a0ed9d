"""Was anything lost or doubled? Compares what we were told during a run with what the system says afterwards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loadtests.answers import Answers, KeptDeclaration, Progress
from loadtests.ledger import Dropped, Entry, Fault, Freeze, NotDone, Post, Signature, Wanted
from loadtests.steward import DECLARED

CALCULATED = frozenset({"calculated", "reported"})
"""Statuses of an extract that has points."""

TAKEN = frozenset({200, 201})
SHOWN = 5
"""Single persons and requests named of each kind; the rest is counted."""

PROMISES = {
    "lost": "what was acknowledged is there: receipts, extracts, declarations",
    "doubled": "nothing is there twice: one receipt for each extract, one declaration for each practice",
    "imbalance": "accepted = calculated + rejected + dead + in flight",
    "not drained": "nothing is in flight a minute after the run",
    "unreported": "what has points has a report, once the national figures are frozen",
    "not frozen": "the national figures are frozen once",
    "unsigned": "whoever came to sign has signed",
    "dropped session": "whoever is signed in is never asked to sign in again",
    "impolite": "nobody is answered with a 5xx, except a 503 that says when to come back, or not at all",
    "not done": "everybody could do what they came for",
}
"""The lines of the ledger that have to hold, in words."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which (of PROMISES), and where it shows."""

    promise: str
    where: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.where}"


def violations(entries: Sequence[Entry], answers: Answers, *, is_frozen: bool) -> list[Violation]:
    """Every broken promise of a run; none is what we hope for. `is_frozen`: national figures were to be frozen."""
    posts = [entry for entry in entries if isinstance(entry, Post)]
    return [
        *_of_receipts(posts),
        *_of_kept_extracts(posts, answers),
        *_of_counts(posts, answers, is_frozen=is_frozen),
        *_of_operations(answers),
        *(_of_the_freeze(entries, posts, answers) if is_frozen else ()),
        *_of_declarations(entries, answers),
        *_of_people(entries),
    ]


def _of_receipts(posts: Sequence[Post]) -> Iterator[Violation]:
    """Every extract has one receipt, the same at each sending, and no other extract has it."""
    receipts: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, set[str]] = defaultdict(set)
    owners: dict[str, set[str]] = defaultdict(set)
    sent = {post.body_digest: post.practice for post in posts}
    for post in posts:
        if post.extract_id:
            receipts[post.body_digest].add(post.extract_id)
            owners[post.extract_id].add(post.practice)
            if post.receipt_digest:
                texts[post.body_digest].add(post.receipt_digest)
    for digest, practice in sent.items():
        found = receipts[digest]
        if not found:
            yield Violation("lost", f"the extract of {practice} has no receipt")
        elif len(found) > 1:
            yield Violation("doubled", f"the extract of {practice} has {len(found)} receipts: {_list(found)}")
        elif len(texts[digest]) > 1:
            yield Violation("doubled", f"the receipt of {practice} was not the same text each time")
    for extract_id, practices in owners.items():
        if len(practices) > 1:
            yield Violation("lost", f"receipt {extract_id} was given to several practices: {_list(practices)}")


def _of_kept_extracts(posts: Sequence[Post], answers: Answers) -> Iterator[Violation]:
    """Every receipt that was followed can be read again, and is about what was sent."""
    given = {post.extract_id: post for post in posts if post.extract_id}
    for extract_id, post in given.items():
        kept = answers.extracts.get(extract_id)
        if kept and (kept.practice, kept.digest) != (post.practice, post.body_digest):
            yield Violation("lost", f"receipt {extract_id} of {post.practice} leads to {kept.practice} {kept.digest}")
    if missing := answers.followed - len(answers.extracts):
        yield Violation("lost", f"{missing} of {answers.followed} receipts lead nowhere")


def _of_counts(posts: Sequence[Post], answers: Answers, *, is_frozen: bool) -> Iterator[Violation]:
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
        if is_frozen and progress.reported != progress.calculated:
            missing = progress.calculated - progress.reported
            yield Violation("unreported", f"{missing} extracts of {supplier} have points, but no report")
        if receipts[supplier] <= answers.extracts.keys():
            yield from _of_statuses(supplier, receipts[supplier], progress, answers)


def _of_statuses(supplier: str, receipts: set[str], progress: Progress, answers: Answers) -> Iterator[Violation]:
    statuses = Counter(answers.extracts[one].status for one in receipts)
    calculated = sum(statuses[status] for status in CALCULATED)
    if (calculated, statuses["rejected"]) != (progress.calculated, progress.rejected):
        yield Violation("imbalance", f"{supplier}: the extracts say {dict(statuses)}, the progress says {progress}")


def _of_operations(answers: Answers) -> Iterator[Violation]:
    """What operators are shown balances, and agrees with what suppliers are told."""
    told = answers.operations
    if told is None:
        return
    if told["accepted"] != told["calculated"] + told["rejected"] + told["dead"] + told["in_flight"]:
        yield Violation("imbalance", f"operations: accepted = calculated + rejected + dead + in flight fails: {told}")
    accepted = sum(progress.accepted for progress in answers.progress.values())
    if told["accepted"] != accepted:
        yield Violation("imbalance", f"operations say {told['accepted']} accepted, suppliers are told {accepted}")
    if told["dead"]:
        yield Violation("lost", f"{told['dead']} extracts are dead letters")


def _of_the_freeze(entries: Sequence[Entry], posts: Sequence[Post], answers: Answers) -> Iterator[Violation]:
    frozen = [entry for entry in entries if isinstance(entry, Freeze)]
    practices = len({post.practice for post in posts if post.extract_id})
    if not frozen:
        yield Violation("not frozen", "the national figures were not frozen before the time was up")
    for freeze in frozen:
        if freeze.practices != practices:
            promise = "lost" if freeze.practices < practices else "imbalance"
            yield Violation(promise, f"{practices} practices have extracts; {freeze.practices} are in the figures")
    if len(answers.snapshots) > 1:
        yield Violation("doubled", f"{len(answers.snapshots)} national figures are frozen: {_list(answers.snapshots)}")


def _of_declarations(entries: Sequence[Entry], answers: Answers) -> Iterator[Violation]:
    """One declaration for every practice that came to sign, however often it pressed, on the report that it read."""
    taken: dict[str, list[Signature]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry, Signature) and entry.status in TAKEN:
            taken[entry.practice].append(entry)
    for entry in entries:
        if isinstance(entry, Wanted) and entry.practice not in taken:
            yield Violation("unsigned", f"{entry.practice} came to sign, and no signature was taken")
    for practice, presses in taken.items():
        declaration = answers.declarations.get(practice)
        if declaration is None:
            yield Violation("lost", f"{practice} signed, and has no declaration")
        else:
            yield from _of_declaration(practice, presses, declaration)
    kept = sum(count for state, count in answers.practices_by_state.items() if state in DECLARED)
    if kept != len(taken):
        promise = "lost" if kept < len(taken) else "doubled"
        yield Violation(promise, f"{len(taken)} practices signed; the national team sees {kept}")


def _of_declaration(practice: str, presses: Sequence[Signature], kept: KeptDeclaration) -> Iterator[Violation]:
    told = {press.declaration_id for press in presses}
    if len(told) > 1 or len(kept.signed_ids) > 1:
        count = max(len(told), len(kept.signed_ids))
        yield Violation("doubled", f"{practice} pressed {len(presses)} times and has {count} declarations")
    elif told != {kept.declaration_id} or list(kept.signed_ids) != [kept.declaration_id]:
        yield Violation("lost", f"{practice} was told {_list(told)}; its declaration is {kept.declaration_id}")
    if {press.report_digest for press in presses} != {kept.digest}:
        yield Violation("lost", f"{practice} signed another report than {kept.digest}, which is kept")
    if kept.state not in DECLARED:
        yield Violation("lost", f"{practice} signed, and is {kept.state}")


def _of_people(entries: Sequence[Entry]) -> Iterator[Violation]:
    """Nobody was thrown out, answered rudely or not at all, or went without what they came for."""
    dropped = [entry for entry in entries if isinstance(entry, Dropped)]
    yield from _named("dropped session", [f"{one.person} had to sign in again at {one.page}" for one in dropped])
    rude = Counter((one.request, one.status) for one in entries if isinstance(one, Fault))
    for (request, status), count in rude.items():
        answer = f"was answered {status}" if status else "was not answered"
        yield Violation("impolite", f"{request} {answer} {count} times")
    yield from _named("not done", [f"{one.who}: {one.why}" for one in entries if isinstance(one, NotDone)])


def _named(promise: str, found: Sequence[str]) -> Iterator[Violation]:
    for one in found[:SHOWN]:
        yield Violation(promise, one)
    if len(found) > SHOWN:
        yield Violation(promise, f"and {len(found) - SHOWN} more")


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
