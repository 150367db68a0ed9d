"""Which rule sets are there? Reads, lints and compiles every file of `qof_calculator/rulesets`."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.lint import lint
from qof_calculator.core.ruleset import Ruleset, RulesetError, UnknownRulesetError, ruleset_from_document

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
    rulesets, faults = [], []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            ruleset = read_ruleset(file.read_text(encoding="utf-8"))
            rulesets.append(ruleset)
            faults += [f"{file.name}: {fault}" for fault in lint(ruleset)]
            if file.name != f"{ruleset.ruleset_id}.yaml":
                faults.append(f"{file.name}: the id {ruleset.ruleset_id} is not the file's name")
    if faults:
        raise RulesetError("; ".join(faults))
    return RulesetCatalogue(rulesets)


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
