"""Which rule sets are there? Reads, lints and compiles every file of `qof_calculator/rulesets`.

    python -m qof_calculator.adapters.rulesets [FILE ...]

lints them all, or the files together with them, prints what each holds, and ends with 1 where there is a fault.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.lint import lint
from qof_calculator.core.ruleset import Ruleset, RulesetError, UnknownRulesetError, ruleset_from_document
from qof_shared.vocabulary import rational_text

RULESETS = files("qof_calculator") / "rulesets"
# libyaml reads a rule set in a sixth of the time of the Python loader; both are safe loaders.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RulesetCatalogue:
    """The rule sets by id, and by nation and QOF year."""

    def __init__(self, rulesets: Iterable[Ruleset]) -> None:
        self._by_id = {ruleset.ruleset_id: compile_ruleset(ruleset) for ruleset in rulesets}

    def __iter__(self) -> Iterator[CompiledRuleset]:
        return iter(self._by_id.values())

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_id))

    def by_id(self, ruleset_id: str) -> CompiledRuleset:
        """The rule set with this id. Raises UnknownRulesetError, which lists the known ones."""
        try:
            return self._by_id[ruleset_id]
        except KeyError:
            raise UnknownRulesetError(
                f"there is no rule set {ruleset_id}; there are {', '.join(self.ids) or 'none'}"
            ) from None

    def for_year(self, nation: str, qof_year: str) -> CompiledRuleset:
        """The rule set of a nation's QOF year (`2012-13`). Raises UnknownRulesetError; there is no nearest year."""
        return self.by_id(f"{nation}-{qof_year}")


def load_rulesets(folder: Traversable = RULESETS) -> RulesetCatalogue:
    """Read every `<ruleset_id>.yaml` of the folder. Raises RulesetError naming every fault of every file."""
    rulesets, faults = lint_files(rule_files(folder))
    if faults:
        raise RulesetError("; ".join(faults))
    return RulesetCatalogue(rulesets)


def rule_files(folder: Traversable = RULESETS) -> list[Traversable]:
    """The rule sets' files in a folder, by name."""
    return sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)


def lint_files(files: Iterable[Traversable]) -> tuple[list[Ruleset], list[str]]:
    """The rule sets that can be read, and the faults of every file, each beginning with the file's name.

    What refers to another year is checked where that year is among the files.
    """
    rulesets: dict[str, Ruleset] = {}
    faults: list[str] = []
    for file in files:
        try:
            ruleset = rulesets[file.name] = read_ruleset(file.read_text(encoding="utf-8"))
        except RulesetError as error:
            faults.append(f"{file.name}: {error}")
            continue
        if file.name != f"{ruleset.ruleset_id}.yaml":
            faults.append(f"{file.name}: the id {ruleset.ruleset_id} is not the file's name")
    by_id = {ruleset.ruleset_id: ruleset for ruleset in rulesets.values()}
    for name, ruleset in rulesets.items():
        faults += [f"{name}: {fault}" for fault in lint(ruleset, by_id)]
    return list(rulesets.values()), faults


def read_ruleset(text: str) -> Ruleset:
    """Read one rule set from YAML text. Raises RulesetError where it cannot be read; does not lint."""
    document = read_document(text)
    return ruleset_from_document(document, digest(document))


def read_document(text: str) -> Mapping[str, Any]:
    """The mapping that a YAML text holds. Raises RulesetError for anything else."""
    try:
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both candidates are safe loaders
    except yaml.YAMLError as error:
        raise RulesetError(f"not readable as YAML: {error}") from error
    if not isinstance(document, Mapping):
        raise RulesetError("a rule set is a YAML mapping")
    return document


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the document as JSON with sorted keys and no spaces: layout and comments do not count."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def frozen_digests(folder: Traversable = RULESETS) -> Mapping[str, str]:
    """Rule set id -> the digest it was published with; it must never change again."""
    digests: dict[str, str] = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    return digests


def frozen_faults(rulesets: Iterable[Ruleset], digests: Mapping[str, str]) -> Iterator[str]:
    """What is published and not frozen, or has changed since."""
    for ruleset in rulesets:
        name, frozen = ruleset.ruleset_id, digests.get(ruleset.ruleset_id)
        if ruleset.status == "published" and frozen is None:
            yield f"{name}: it is published and not frozen; write its digest {ruleset.digest} into digests.json"
        elif frozen not in (None, ruleset.digest):
            yield f"{name}: it has changed since it was frozen; undo that, or publish it under a new id"


def main(arguments: Sequence[str] | None = None) -> int:
    """Lint; returns the exit code."""
    parser = argparse.ArgumentParser(description="Lint rule sets: all of this release, and these files among them.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="rule sets that are not in the release yet")
    given: list[Path] = parser.parse_args(arguments).files
    names = {file.name for file in given}
    files = [file for file in rule_files() if file.name not in names]
    rulesets, faults = lint_files([*files, *given])
    ours = [ruleset for ruleset in rulesets if f"{ruleset.ruleset_id}.yaml" not in names]
    faults += frozen_faults(ours, frozen_digests())
    for ruleset in rulesets:
        if not given or ruleset not in ours:
            unverified = sum(indicator.unverified is not None for indicator in ruleset.indicators)
            sys.stdout.write(
                f"{ruleset.ruleset_id}: {len(ruleset.indicators)} indicators, {unverified} unverified, "
                f"{rational_text(ruleset.points_total)} points, digest {ruleset.digest}\n"
            )
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
