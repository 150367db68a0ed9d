"""Where the published results lie: QOF_PUBLISHED_DATA, or `shared/data` beside the project."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder with what was published per practice. Under CI a missing folder is a failure, not a skip."""
    data = Path(os.environ.get("QOF_PUBLISHED_DATA") or PROJECT.parent / "shared" / "data")
    folder = data / "published"
    if not folder.is_dir():
        reason = f"no published results in {folder}; set QOF_PUBLISHED_DATA to the folder that holds `published`"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
