"""Pages as a browser reads them: forms, refreshes, redirect names."""

import pytest
from loadtests.people.pages import Page, Refresh, name_of, read_refresh

URL = "http://127.0.0.1:8104/collections/C/practices/A1/declaration"
PAGE = """<html><head><noscript><meta http-equiv="refresh" content="12"></noscript></head>
<a class="x" href="/collections/C/practices/A1?a=1&amp;b=2">All</a>
<form method="post" action="/sign-out"><button type="submit" name="go" value="1">Out</button></form>
<form method="post" action="/collections/C/practices/A1/declaration/sign" novalidate>
  <input type="hidden" name="csrf" value="t&quot;1"><input type="hidden" name="digest" value="abc">
  <textarea name="statement" rows="4">so &amp; so</textarea>
  <input type="checkbox" name="confirm" value="yes"><input type="checkbox" name="tick" value="1" checked>
  <input type="checkbox" name="tick" value="2" checked><input name="off" value="x" disabled>
  <select name="sort"><option value="a">A</option><option value="b" selected>B</option></select>
  <button class="nhsuk-button" type="submit">Sign</button>
</form>"""


def test_a_form_sends_what_stands_in_it_and_what_is_typed() -> None:
    form = Page(200, URL, PAGE).form("/declaration/sign")
    assert form is not None
    assert form.method == "post"
    assert form.action == "http://127.0.0.1:8104/collections/C/practices/A1/declaration/sign"
    assert form.fields == (
        ("csrf", 't"1'),
        ("digest", "abc"),
        ("statement", "so & so"),
        ("tick", "1"),
        ("tick", "2"),
        ("sort", "b"),
    )
    assert form.values("tick") == ["1", "2"]
    assert form.body({"confirm": "yes", "statement": ""}) == (
        "csrf=t%221&digest=abc&tick=1&tick=2&sort=b&confirm=yes&statement="
    )


def test_a_form_that_is_not_there_is_none() -> None:
    assert Page(200, URL, "<p>signed</p>").form("/declaration/sign") is None


def test_links_are_whole_addresses() -> None:
    assert Page(200, URL, PAGE).links() == ["http://127.0.0.1:8104/collections/C/practices/A1?a=1&b=2"]


def test_a_page_looks_again_as_its_text_says_and_its_header_before_that() -> None:
    assert Page(200, URL, PAGE).refresh == Refresh(12.0, URL)
    assert Page(503, URL, PAGE, refresh_header="7; url=/x").refresh == Refresh(7.0, "http://127.0.0.1:8104/x")
    assert Page(200, URL, "<p>").refresh is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("7", Refresh(7.0, URL)),
        ("7;url='/a?b=c'", Refresh(7.0, "http://127.0.0.1:8104/a?b=c")),
        ("soon", None),
        ("", None),
    ],
)
def test_refresh_says_when_and_where(told: str, expected: Refresh | None) -> None:
    assert read_refresh(told, URL) == expected


def test_a_refusal_is_polite_when_it_says_when_to_come_back() -> None:
    assert Page(503, URL, retry_after="4").is_polite_refusal
    assert not Page(503, URL).is_polite_refusal
    assert not Page(500, URL, retry_after="4").is_polite_refusal


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "page home"),
        ("/sign-in/callback", "page sign-in callback"),
        ("/collections/C/practices/A1", "page practice"),
        ("/collections/C/practices/A1/report", "page report"),
        ("/collections/C/practices/A1/report/indicators/AF06", "page report"),
        ("/collections/C/practices/A1/declaration", "page declaration"),
        ("/collections/C/practices/A1/declaration/sign", "page sign"),
        ("/collections/C/practices/A1/receipts/b0a2", "page receipts"),
        ("/collections/C/work-list", "page work-list"),
    ],
)
def test_every_practice_has_the_same_names_of_pages(path: str, name: str) -> None:
    assert name_of(path) == name
