"""Every code by which something is refused stands in the guide, and no other."""

import ast
import re
from pathlib import Path

TOP = Path(__file__).parents[2]


def codes() -> set[str]:
    """The `code = "..."` of every class in the source."""
    found = set()
    for path in (TOP / "src" / "duecourse").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    is_code = isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "code"
                    if is_code and isinstance(part.value, ast.Constant):
                        found.add(str(part.value.value))
    return found


def test_the_guide_tells_of_every_refusal_and_of_no_other() -> None:
    lines = (TOP / "docs" / "guide" / "refusals.md").read_text().splitlines()
    told = [match[1] for line in lines if (match := re.match(r"\| `(\w+)` \|", line))]
    assert len(told) == len(set(told))
    assert set(told) == codes()


def test_every_refusal_says_what_it_means_and_what_to_do() -> None:
    lines = (TOP / "docs" / "guide" / "refusals.md").read_text().splitlines()
    rows = [line.split("|") for line in lines if line.startswith("| `")]
    assert len(rows) > 90
    assert [row[1] for row in rows if len(row) != 5 or not all(cell.strip() for cell in row[1:4])] == []
