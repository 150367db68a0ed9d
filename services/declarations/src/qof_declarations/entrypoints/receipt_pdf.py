"""A receipt on paper: one A4 page that a practice manager can file and an auditor can read.

It proves nothing by itself, and says so: the signed file does.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from qof_declarations.core.receipt import LogEntry, Receipt
from qof_declarations.entrypoints.web.words import moment, points, pounds

BLUE, GREY, PALE, BLACK = (0, 94, 184), (76, 98, 114), (232, 237, 238), (33, 43, 50)
"""The NHS's."""

MARGIN, WIDTH, LABEL = 20, 170, 46
"""Millimetres."""

TRUETYPE = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/local/share/fonts",
)
"""Where systems keep DejaVu Sans, for letters that the fonts of every PDF reader lack."""

BARRED = str.maketrans("ŁłĐđĦħŦŧıŒœ", "LlDdHhTtiOo")
"""Letters that are no base with an accent."""

ROLES = {"practice-declarer": "Practice declarer"}


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt as a PDF; the same receipt gives the same bytes.

    Latin-1 letters (Å, é, ñ) print everywhere. Others (Ł, ş, Greek) need DejaVu Sans on this machine; without it they
    lose their accents or become question marks, and the page says that the file has them as they are.
    """
    page = _Page(_latin_only(receipt))
    document = receipt.document
    page.banner()
    page.lead(f"{document['signed_by_name']} signed the QOF achievement of {document['practice_name']}.")
    page.sums(points(document["points"]), pounds(document["pounds"]))
    for label, text in _facts(receipt):
        page.fact(label, text)
    page.heading("What was signed")
    page.fact("Report", f"Version {document['report_version']}")
    page.fact("Report digest", document["report_digest"], is_code=True)
    for name, value in sorted(document["worked_out_with"].items()):
        page.fact(_label(name), value or "–", is_code=name.endswith("digest"))
    page.heading("Where it is recorded")
    page.text(_recorded(receipt.entry))
    if receipt.entry is not None:
        page.code(receipt.entry.head.root.hex())
    page.heading("How to check this receipt")
    page.text(
        "This page is for reading. The receipt file (JSON) beside it is signed: anybody can check it, without a "
        "connection, with the published keys (/v1/receipt-keys) and this command:"
    )
    page.code("python -m qof_declarations verify-receipt RECEIPT.json --keys KEYS.json")
    return page.finish(datetime.fromisoformat(document["signed_at"]))


def _facts(receipt: Receipt) -> Iterator[tuple[str, str]]:
    document = receipt.document
    yield "Practice", f"{document['practice_name']} ({document['practice']})"
    yield "Collection", document["collection"]
    yield "Signed by", f"{document['signed_by_name']} ({document['signed_by']})"
    yield "Role", ROLES.get(document["role"], document["role"])
    yield "Signed", moment(datetime.fromisoformat(document["signed_at"]))
    if document["under_protest"]:
        queries = len(document["protested_queries"])
        yield "Under protest", f"Yes, with {queries} {'query' if queries == 1 else 'queries'} open"
    if document["statement"]:
        yield "Statement", document["statement"]
    yield "Declaration", document["declaration_id"]


def _recorded(entry: LogEntry | None) -> str:
    if entry is None:
        return "This receipt is being entered in the public log, which takes some seconds. Open it again after that."
    return (
        f"Entry {entry.leaf + 1:,} of the public log, which had {entry.head.size:,} entries on"
        f" {moment(entry.head.at)}. Nobody can change or remove an entry unseen. This was the log's root:"
    )


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("Ruleset", "Rule set")


def _latin_only(receipt: Receipt) -> bool:
    document = receipt.document
    names = (document["signed_by_name"], document["practice_name"], document["statement"] or "", document["signed_by"])
    return all(_is_latin(name) for name in names)


def _is_latin(text: str) -> bool:
    return _dashes(text).encode("latin-1", "ignore").decode("latin-1") == _dashes(text)


def _dashes(text: str) -> str:
    """Punctuation that Latin-1 lacks, as it has it."""
    return text.translate(str.maketrans("–—−‘’“”…", "---''\"\".", ""))


def _plain(text: str) -> str:
    """The nearest text in Latin-1: without the accents that it lacks."""
    kept = []
    for letter in _dashes(text).translate(BARRED):
        base = letter if _is_latin(letter) else unicodedata.normalize("NFKD", letter)[0]
        kept.append(base if _is_latin(base) else "?")
    return "".join(kept)


def _truetype() -> tuple[Path, Path] | None:
    for folder in TRUETYPE:
        regular, bold = Path(folder, "DejaVuSans.ttf"), Path(folder, "DejaVuSans-Bold.ttf")
        if regular.is_file() and bold.is_file():
            return regular, bold
    return None


class _Page:
    """The paper: knows fonts and colours, not what is said."""

    def __init__(self, is_latin: bool) -> None:
        self._pdf = pdf = FPDF(format="A4")
        pdf.set_title("Receipt for a signed QOF achievement")
        pdf.set_lang("en-GB")
        pdf.set_creator("OpenQOF")
        pdf.set_margins(MARGIN, MARGIN, MARGIN)
        pdf.c_margin = 0
        pdf.set_auto_page_break(True, margin=18)
        found = None if is_latin else _truetype()
        self._has_all_letters = is_latin or found is not None
        self._family = "helvetica"
        self._size = 1.0
        if found is not None:
            self._family, self._size = "dejavu", 0.9
            pdf.add_font("dejavu", "", found[0])
            pdf.add_font("dejavu", "B", found[1])
        self._is_truetype = found is not None
        pdf.add_page()

    def _font(self, size: float, style: str = "", colour: tuple[int, int, int] = BLACK) -> None:
        self._pdf.set_font(self._family, style, size * self._size)
        self._pdf.set_text_color(*colour)

    def _written(self, text: str) -> str:
        return text if self._is_truetype else _plain(text)

    def _lines(self, text: str, height: float, width: float = 0) -> None:
        self._pdf.multi_cell(width, height, self._written(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def banner(self) -> None:
        pdf = self._pdf
        pdf.set_fill_color(*BLUE)
        pdf.rect(0, 0, 210, 26, style="F")
        pdf.set_xy(MARGIN, 8)
        self._font(17, "B", (255, 255, 255))
        pdf.cell(120, 10, "Receipt")
        self._font(11, "", (255, 255, 255))
        pdf.cell(50, 10, "OpenQOF", align="R")
        pdf.set_xy(MARGIN, 34)

    def lead(self, text: str) -> None:
        self._font(13, "B")
        self._lines(text, 6.5)
        self._pdf.ln(3)

    def sums(self, achieved: str, due: str) -> None:
        """Points and pounds, large, on a pale ground."""
        pdf = self._pdf
        top = pdf.get_y()
        pdf.set_fill_color(*PALE)
        pdf.rect(MARGIN, top, WIDTH, 22, style="F")
        for place, (value, label) in enumerate(((due, "pounds"), (achieved, "points"))):
            pdf.set_xy(MARGIN + 5 + place * WIDTH / 2, top + 3.5)
            self._font(19, "B")
            pdf.cell(WIDTH / 2 - 5, 9, self._written(value), new_x=XPos.LEFT, new_y=YPos.NEXT)
            self._font(10, "", GREY)
            pdf.cell(WIDTH / 2 - 5, 6, label)
        pdf.set_xy(MARGIN, top + 26)

    def heading(self, text: str) -> None:
        self._pdf.ln(3.5)
        self._font(12, "B", BLUE)
        self._lines(text, 7)

    def text(self, text: str) -> None:
        self._font(10)
        self._lines(text, 5)
        self._pdf.ln(0.5)

    def fact(self, label: str, text: str, *, is_code: bool = False) -> None:
        pdf = self._pdf
        if pdf.get_y() > 265:
            pdf.add_page()
        self._font(10, "B")
        pdf.cell(LABEL, 5.6, label)
        if is_code:
            pdf.set_font("courier", "", 8)
        else:
            self._font(10)
        self._lines(text, 5.6, WIDTH - LABEL)

    def code(self, text: str) -> None:
        self._pdf.set_font("courier", "", 9)
        self._pdf.set_text_color(*BLACK)
        self._pdf.multi_cell(0, 5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def finish(self, made: datetime) -> bytes:
        if not self._has_all_letters:
            self._pdf.ln(2)
            self._font(9, "", GREY)
            self._lines("Some letters could not be printed here. The receipt file has every name as it is.", 4.5)
        self._pdf.set_creation_date(made)
        return bytes(self._pdf.output())
