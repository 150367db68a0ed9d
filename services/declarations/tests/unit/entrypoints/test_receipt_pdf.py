"""The receipt on paper: its facts are on it, every name prints as well as the machine can, and it is reproducible."""

import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from qof_declarations.core.receipt import LogEntry, LogHead, Receipt
from qof_declarations.entrypoints import receipt_pdf as module
from qof_declarations.entrypoints.receipt_pdf import receipt_pdf

HEAD = LogHead(8123, bytes(range(32)), datetime(2013, 4, 2, 12, 1, tzinfo=UTC), "seal")

DOCUMENT: Mapping[str, Any] = {
    "collection": "england-2012-13",
    "declaration_id": "2b1d4f8e-8a43-5d64-9e4e-0f4c8f1f7a52",
    "points": "45/6",
    "pounds": "131003.20",
    "practice": "A81001",
    "practice_name": "Señor Street – Surgery",
    "protested_queries": [],
    "report_digest": "ab" * 32,
    "report_version": 3,
    "role": "practice-declarer",
    "signed_at": "2013-04-02T12:00:03.123456Z",
    "signed_by": "diana",
    "signed_by_name": "Zoë Müller-O’Brien",
    "statement": None,
    "under_protest": False,
    "worked_out_with": {"ruleset": "england-2012-13", "ruleset_digest": "1" * 64},
}


def written(pdf: bytes) -> str:
    """The text of a PDF in the fonts that every reader has."""
    found = ""
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        content = zlib.decompress(stream)
        parts = re.findall(rb"\((.*?)(?<!\\)\)\s*Tj", content, re.DOTALL)
        found += "\n".join(part.decode("latin-1") for part in parts)
    return re.sub(r"\\(.)", r"\1", found)


def test_the_facts_are_on_the_page() -> None:
    text = written(receipt_pdf(Receipt("seal", DOCUMENT, LogEntry(5123, [], HEAD))))
    for fact in ("£131,003.20", "7.50", "A81001", "Version 3", "ab" * 32, "1" * 64, "Entry 5,124", HEAD.root.hex()):
        assert fact in text, fact
    assert "Zoë Müller-O'Brien" in text
    assert "Señor Street - Surgery" in text
    assert "2 April 2013 at 1:00pm" in text
    assert "Under protest" not in text


def test_a_protest_and_a_statement_are_on_the_page() -> None:
    document = {**DOCUMENT, "under_protest": True, "protested_queries": ["1", "2"], "statement": "Checked. " * 300}
    pdf = receipt_pdf(Receipt("seal", document, None))
    text = written(pdf)
    assert "Yes, with 2 queries open" in text
    assert "Checked." in text
    assert "is being entered in the public log" in text
    assert "verify-receipt" in text
    assert pdf.count(b"/Type /Page\n") > 1, "what is long goes on on another page"


def test_the_same_receipt_gives_the_same_bytes() -> None:
    receipt = Receipt("seal", DOCUMENT, LogEntry(5123, [], HEAD))
    assert receipt_pdf(receipt) == receipt_pdf(receipt)


def test_letters_that_cannot_be_printed_here_are_said_to_be_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRUETYPE", ())
    document = {**DOCUMENT, "signed_by_name": "Łukasz Şahin Παπ"}
    text = written(receipt_pdf(Receipt("seal", document, None)))
    assert "Lukasz Sahin ???" in text
    assert "The receipt file has every name as it is." in text


@pytest.mark.skipif(module._truetype() is None, reason="this machine has no DejaVu Sans")
def test_other_letters_print_where_there_is_a_font() -> None:
    pdf = receipt_pdf(Receipt("seal", {**DOCUMENT, "signed_by_name": "Łukasz Şahin Παπ"}, None))
    assert b"DejaVuSans" in pdf
    assert b"/BaseFont /Helvetica" not in pdf
