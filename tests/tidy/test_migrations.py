"""Migrations come one after the other: each has a number of its own and depends on the one before."""

import itertools
import re
from pathlib import Path

MIGRATIONS = sorted((Path(__file__).parents[2] / "src" / "duecourse" / "migrations").glob("0*.py"))


def test_each_migration_has_its_number_and_follows_the_one_before() -> None:
    assert [path.stem[:4] for path in MIGRATIONS] == [f"{number:04}" for number in range(1, len(MIGRATIONS) + 1)]
    for before, path in itertools.pairwise(MIGRATIONS):
        (named,) = re.findall(r"""['"]duecourse['"],\s*['"](\d{4}_\w+)['"]""", path.read_text())
        assert named == before.stem, path.name
