from pathlib import Path

import pytest

from qof_ingest.adapters.directory_file import InvalidDirectoryFileError, read_directory_file
from qof_ingest.core.directory import Recorded, faults_of_directory

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_example_can_be_recorded() -> None:
    directory = read_directory_file(EXAMPLES / "directory.json")
    assert len(directory.practices) == 3
    assert faults_of_directory(directory, Recorded()) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"practices": [{"practice": 10002}]}', "/practices/0/practice"),
        ('{"practices": [{"practice": 10002}]}', "/practices/0/supplier"),
        ('{"practises": []}', "/practises"),
        ('{"practices": [', "line 1 column 15"),
    ],
)
def test_a_fault_of_shape_is_named_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "directory.json"
    file.write_text(text)
    with pytest.raises(InvalidDirectoryFileError, match=place):
        read_directory_file(file)
