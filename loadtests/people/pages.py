"""What is on a page? Its forms as a browser would send them, its links, and whether it looks again by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"', re.IGNORECASE)
_META_REFRESH = re.compile(r'<meta\s+http-equiv="refresh"\s+content="([^"]*)"', re.IGNORECASE)
_NOT_SENT = frozenset({"submit", "button", "image", "reset", "file"})

PRACTICE_PAGE = re.compile(r"^/collections/[^/]+/practices/[^/]+(?:/(?P<page>[a-z-]+)(?:/(?P<rest>.+))?)?$")
COLLECTION_PAGE = re.compile(r"^/collections/[^/]+/(?P<page>[a-z-]+)$")


@dataclass(frozen=True, slots=True)
class Form:
    """A form and what it would send untouched: hidden fields, ticked boxes, texts as they stand there."""

    method: str
    action: str
    fields: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key == name), None)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def body(self, typed: Mapping[str, str]) -> str:
        """URL-encoded, with what somebody typed in place of what stood there."""
        kept = [(name, value) for name, value in self.fields if name not in typed]
        return urlencode([*kept, *typed.items()])


@dataclass(frozen=True, slots=True)
class Refresh:
    """The page wants to be looked at again: in so many seconds, and where."""

    seconds: float
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as a browser has it. `url` is where it came from; status 0 where no answer came."""

    status: int
    url: str
    text: str = ""
    refresh_header: str = ""
    location: str = ""
    retry_after: str = ""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def forms(self) -> list[Form]:
        return [_read_form(found.group(), self.url) for found in _FORM.finditer(self.text)]

    def form(self, action: str) -> Form | None:
        """The form whose address has this path's end, None where there is none."""
        return next((form for form in self.forms if urlsplit(form.action).path.endswith(action)), None)

    def links(self) -> list[str]:
        return [urljoin(self.url, unescape(href)) for href in _LINK.findall(self.text)]

    @property
    def refresh(self) -> Refresh | None:
        """From the header, else from the page itself."""
        told = self.refresh_header
        if not told and (found := _META_REFRESH.search(self.text)):
            told = unescape(found.group(1))
        return read_refresh(told, self.url)

    @property
    def is_polite_refusal(self) -> bool:
        """503 that says when to come back."""
        return self.status == 503 and bool(self.retry_after or self.refresh_header)


def read_refresh(told: str, url: str) -> Refresh | None:
    """`7` or `7; url=/x` -> when and where; None where it is neither."""
    seconds, _, rest = told.partition(";")
    try:
        after = float(seconds)
    except ValueError:
        return None
    _, has_url, where = rest.partition("=")
    return Refresh(after, urljoin(url, where.strip().strip("'\"")) if has_url else url)


def name_of(path: str) -> str:
    """How a page's requests are called in the report: one name for every practice."""
    if path == "/":
        return "page home"
    if path.startswith("/sign-in"):
        return f"page {path[1:].replace('/', ' ')}"
    if found := PRACTICE_PAGE.match(path):
        page, rest = found["page"], found["rest"]
        return "page practice" if page is None else "page sign" if rest == "sign" else f"page {page}"
    if found := COLLECTION_PAGE.match(path):
        return f"page {found['page']}"
    return f"page {path}"


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.method, self.action = "get", ""
        self.fields: list[tuple[str, str]] = []
        self._text_of: str | None = None
        self._select_of: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self.method, self.action = found.get("method", "get").lower(), found.get("action", "")
        elif tag == "textarea" and name:
            self._text_of = name
            self.fields.append((name, ""))
        elif tag == "select":
            self._select_of = name
        elif tag == "option" and self._select_of and "selected" in found:
            self.fields.append((self._select_of, found.get("value", "")))
        elif tag == "input" and name and "disabled" not in found:
            kind = found.get("type", "text").lower()
            if kind in ("checkbox", "radio"):
                if "checked" in found:
                    self.fields.append((name, found.get("value", "on")))
            elif kind not in _NOT_SENT:
                self.fields.append((name, found.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._text_of is not None:
            name, before = self.fields[-1]
            self.fields[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text_of = None
        elif tag == "select":
            self._select_of = None


def _read_form(text: str, url: str) -> Form:
    reader = _FormReader()
    reader.feed(text)
    return Form(reader.method, urljoin(url, reader.action), tuple(reader.fields))
