"""What does a run tell while it runs? One line a second."""

from loadtests.record import Sample
from loadtests.run import Run


def line(sample: Sample, run: Run, arrivals: int) -> str:
    """How it stands: people, queue, how quick pages are, and how busy Locust itself is."""
    counts = run.record.total
    told = [
        f"{run.phase.name or 'starting'} {sample.moment:4.0f} s",
        f"{sample.arrivals:,} of {arrivals:,} came",
    ]
    if counts("wanted to sign in"):
        told += [f"{sample.signed_in:,} signed in", f"{sample.waiting:,} wait", f"{sample.signed:,} signed"]
    if run.receipts:
        told.append(f"{len(run.receipts):,} receipts")
    if sample.queue_depth is not None:
        told.append(f"queue {sample.queue_depth:,}")
    if sample.p99 is not None:
        told.append(f"p99 {sample.p99:.2f} s")
    for name in ("not done", "dropped sessions", "faults"):
        if counts(name):
            told.append(f"{counts(name):,} {name}")
    told.append(f"Locust {sample.locust_share:.0%}")
    return "  ".join(told)
