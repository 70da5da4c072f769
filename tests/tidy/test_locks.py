"""A lock of the database is taken for one thing: its first number says which, its second of what."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "duecourse"
TAKEN = re.compile(r"pg_(?:try_)?advisory_(?:xact_)?(?:lock|unlock)(?:_shared)?\((\d+), ([^\n]*)")


def test_a_lock_of_one_of_many_shares_its_number_with_nothing_else() -> None:
    fixed: dict[int, set[str]] = {}
    many: dict[int, set[str]] = {}
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]:
        for number, of in TAKEN.findall(path.read_text()):
            is_fixed = re.match(r"\d+\)", of)
            (fixed if is_fixed else many).setdefault(int(number), set()).add(path.parent.name)
    assert len(many) >= 4
    assert sorted(set(fixed) & set(many)) == []
    assert {number: folders for number, folders in many.items() if len(folders) > 1 and number != 1} == {}
