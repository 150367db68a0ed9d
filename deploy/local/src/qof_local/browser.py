"""Which Chromium do the browser tests use? One that is there; where we may, we install Debian's."""

import os
import shutil
import subprocess

from qof_local.paths import LocalStackError

VARIABLE = "QOF_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get install --yes --no-install-recommends chromium"
ANSWER_SECONDS = 600


def find_chromium() -> str | None:
    """The path of a Chromium: the one that QOF_TEST_CHROMIUM names, else the first on the PATH."""
    named = os.environ.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise LocalStackError(f"{VARIABLE}={named} is not a program; name a Chromium, or unset it.")
        return named
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure_chromium() -> str:
    """The path of a Chromium, installed where there is none and we may. Raises LocalStackError that says what to do."""
    found = find_chromium()
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LocalStackError(
            f"the pages are tested in Chromium, and there is none; run `sudo {INSTALL}`, or set {VARIABLE}=<path>."
        )
    for command in ("apt-get update", INSTALL):
        done = subprocess.run(
            command.split(),
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
        )
        if done.returncode:
            raise LocalStackError(f"`{command}` failed: {done.stderr.strip()[-500:]}")
    found = find_chromium()
    if not found:
        raise LocalStackError(f"`{INSTALL}` ended well and left no Chromium on the PATH; set {VARIABLE}=<path>.")
    return found
