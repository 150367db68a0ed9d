"""Pieces are written as their macros would write them, and whatever is put into them is escaped."""

from itertools import product

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined

from qof_declarations.entrypoints.web.pieces import APART, Pieces, escaped

TEMPLATE = """
{% macro row(address, name, note) %}
<td width="50%"><a href="{{ address }}">{{ name }}</a>{% if note %}<b title="{{ note }}">{{ name }}</b>{% endif %}</td>
{% endmacro %}
{% macro rule() %}<hr>{% endmacro %}
{% macro one(name) %}{{ name }}{% endmacro %}
"""

ENVIRONMENT = Environment(
    loader=DictLoader({"some.html": TEMPLATE}), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)

VALUES = ("", "plain", "<script>alert('1')</script>", 'say "no" & go', "100 %", "%s %(name)s", "{{ name }}", "£1 – ’")


@pytest.fixture
def pieces() -> Pieces:
    return Pieces(ENVIRONMENT.get_template("some.html"))


def test_whatever_is_put_in_comes_out_as_the_macro_writes_it(pieces: Pieces) -> None:
    macro = ENVIRONMENT.get_template("some.html").module.row  # type: ignore[attr-defined]
    rows = list(product(VALUES, repeat=3))
    assert pieces.write([("row", row) for row in rows]) == "".join(str(macro(*row)) for row in rows)


def test_pieces_stand_one_after_the_other(pieces: Pieces) -> None:
    told = pieces.write([("one", ("<1>",)), ("rule", ()), ("one", ("2",)), ("rule", ())])
    assert told == "&lt;1&gt;<hr>2<hr>"
    assert pieces.write([]) == ""


def test_a_value_that_holds_what_stands_between_values_stays_one(pieces: Pieces) -> None:
    sly = f"a{APART}<b>"
    assert list(escaped(["<", sly, ">"])) == ["&lt;", f"a{APART}&lt;b&gt;", "&gt;"]
    assert pieces.write([("one", (sly,)), ("one", ("c",))]) == f"a{APART}&lt;b&gt;c"


def test_a_private_character_in_a_value_stands_for_nothing_else(pieces: Pieces) -> None:
    assert pieces.write([("one", ("\U000f0000",)), ("one", ("x",))]) == "\U000f0000x"


def test_a_piece_with_too_few_values_is_refused(pieces: Pieces) -> None:
    with pytest.raises(ValueError, match=r"row of some\.html takes address, name, note; here are 2"):
        pieces.write([("row", ("a", "b"))])
