"""The pages' style and script ask nobody else for anything."""

import re

import pytest

from qof_declarations.entrypoints.web.pages import STATIC
from qof_local.web_assets import without_elsewhere


def test_fonts_and_source_maps_from_elsewhere_are_taken_out() -> None:
    font = "@font-face{font-family:F;src:url(https://elsewhere/f.woff2)}"
    style = font + ".a{background:url(/assets/images/b.svg)}\n/*# sourceMappingURL=x.map */\n"
    assert without_elsewhere(style) == ".a{background:url(images/b.svg)}\n"
    assert without_elsewhere("f();\n//# sourceMappingURL=x.js.map\n") == "f();\n"


@pytest.mark.parametrize("name", ["nhsuk-frontend.css", "openqof.css"])
def test_what_a_style_asks_for_is_there(name: str) -> None:
    style = (STATIC / name).read_text(encoding="utf-8")
    asked = set(re.findall(r"url\(([^)]*)\)", style))
    for address in asked:
        if not address.strip("'\"").startswith("data:"):
            assert (STATIC / address.strip("'\"")).is_file(), address
    assert "@import" not in style
