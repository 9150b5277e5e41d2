"""`make mutate`: put one fault at a time into a copy of the code and see whether a test turns red.

The score of a package is the share of faults that its own tests see: those in the folder of `tests`
that mirrors it. The faults are a sample, the same one for the same code and seed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.work_item import MutationSpec, TestOutcome
from rich.console import Console

from bench.report import Figure, show
from bot.runtime.settings import ROOT

PACKAGES = (
    "bot/dialogue",
    "bot/outbox",
    "bot/consular/people",
    "bot/consular/audiences",
    "bot/consular/crises",
    "bot/consular/broadcasts",
    "bot/consular/advisories",
    "bot/consular/trust",
    "bot/consular/staff",
)
# Other operators change nothing (`==` to `is`, `X | None` in a type) or stop the import, which any
# test sees.
FAULTS = (
    "core/AddNot",
    "core/NumberReplacer",
    "core/ReplaceAndWithOr",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceComparisonOperator_Eq_NotEq",
    "core/ReplaceComparisonOperator_GtE_Gt",
    "core/ReplaceComparisonOperator_GtE_Lt",
    "core/ReplaceComparisonOperator_Gt_GtE",
    "core/ReplaceComparisonOperator_Gt_LtE",
    "core/ReplaceComparisonOperator_IsNot_Is",
    "core/ReplaceComparisonOperator_Is_IsNot",
    "core/ReplaceComparisonOperator_LtE_Gt",
    "core/ReplaceComparisonOperator_LtE_Lt",
    "core/ReplaceComparisonOperator_Lt_GtE",
    "core/ReplaceComparisonOperator_Lt_LtE",
    "core/ReplaceComparisonOperator_NotEq_Eq",
    "core/ReplaceContinueWithBreak",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ZeroIterationForLoop",
)
SHARED = (".venv", ".cache", "nlu/.venv")  # the copy uses those of the project
SAMPLE = 10  # faults for each package
SEED = 20240501
TIMEOUT_SECONDS = 600.0
console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)


@dataclass(frozen=True)
class Score:
    """The faults put into one package, and those of them that no test saw."""

    package: str
    faults: int
    unseen: list[str]

    @property
    def share(self) -> float:
        """Give the percentage of faults that a test saw."""
        return 100 * (1 - len(self.unseen) / self.faults)


def main() -> None:
    """Mutate as the command line asks; list each fault that no test saw."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder) / "project"
        _copy_project(copy)
        os.chdir(copy)
        figures: list[Figure] = []
        for package in options.packages:
            score = _score(package, options.sample, options.seed)
            figure = Figure(
                name=package,
                measured=score.share,
                unit="%",
                comparison=f"{score.faults - len(score.unseen)} of {score.faults} faults seen",
            )
            figures.append(figure)
            for diff in score.unseen:
                console.print(diff, markup=False)
    show("Faults seen by the tests of the package", figures, console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES, metavar="PACKAGE")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="faults for each package")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


def _copy_project(copy: Path) -> None:
    """Copy every file that git knows or would add, and link the environments."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        source = ROOT / name
        if source.is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name in SHARED:
        (copy / name).symlink_to(ROOT / name)


def _score(package: str, sample: int, seed: int) -> Score:
    """Put a sample of faults into a package. Exits when its tests fail without any fault."""
    tests = f"tests/{package.removeprefix('bot/')}"
    command = f"{sys.executable} -m pytest -q -x -p no:randomly -p no:cacheprovider {tests}"
    clean = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if clean.returncode:
        sys.exit(f"{tests} fails without any fault:\n{clean.stdout}")
    faults = _sampled(list(_faults(package)), sample, seed)
    unseen: list[str] = []
    for fault in faults:
        diff = _unseen(fault, command)
        if diff is not None:
            unseen.append(diff)
    return Score(package, len(faults), unseen)


def _unseen(fault: MutationSpec, command: str) -> str | None:
    """Put a fault in while the tests run; return it as a diff when they did not see it."""
    began = time.monotonic()
    result = mutate_and_test([fault], command, TIMEOUT_SECONDS)
    is_seen = result.test_outcome == TestOutcome.KILLED
    verdict = "seen" if is_seen else "not seen"
    seconds = time.monotonic() - began
    line, _column = fault.start_pos
    place = f"{fault.module_path}:{line}"
    console.print(f"{place} {fault.operator_name} {verdict} ({seconds:.0f} s)")
    return None if is_seen else result.diff


def _faults(package: str) -> Iterator[MutationSpec]:
    """List every fault that could be put into a package."""
    operators = [name for name in operator_names() if name in FAULTS]
    for module in sorted(Path(package).rglob("*.py")):
        nodes = list(ast_nodes(get_ast_from_path(module)))
        for name in operators:
            operator = get_operator(name)()
            occurrence = 0
            for node in nodes:
                for start, end in operator.mutation_positions(node):
                    yield MutationSpec(
                        module_path=module,
                        operator_name=name,
                        occurrence=occurrence,
                        start_pos=start,
                        end_pos=end,
                    )
                    occurrence += 1


def _sampled(faults: Sequence[MutationSpec], sample: int, seed: int) -> list[MutationSpec]:
    """Choose faults of different places."""
    chance = random.Random(seed)
    shuffled = list(faults)
    chance.shuffle(shuffled)
    by_place: dict[tuple[Path, tuple[int, int]], MutationSpec] = {}
    for fault in shuffled:
        by_place.setdefault((fault.module_path, fault.start_pos), fault)
    return list(by_place.values())[:sample]


if __name__ == "__main__":
    main()
