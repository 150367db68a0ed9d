"""Which metrics are there? docs/reference/metrics.md, from their declarations."""

from qof_shared.observability.metrics import DECLARED

HEAD = """# Metrics

Made by `make docs` from the code; a test compares them. Every api, worker and relay answers `GET /metrics` with those
that concern it, and with `process_*` and `python_*` of its own: memory, processor, open files, garbage collection.

A histogram `x` is read as `x_count` (how many), `x_sum` (how much together) and `x_bucket` (how many up to `le`).

| metric | type | labels | what it says |
| --- | --- | --- | --- |
"""


def metrics_page() -> str:
    """One line for each metric that the imported modules have declared, by name."""
    lines = [
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels) or '–'} | {one.meaning} |"
        for _, one in sorted(DECLARED.items())
    ]
    return HEAD + "\n".join(lines) + "\n"
