"""What the code cites of the domain rulings is there to be read."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_every_ruling_that_is_cited_is_in_the_decisions() -> None:
    told = (TOP / "docs" / "decisions" / "0006-domain-rulings.md").read_text()
    numbers = re.findall(r"^(\d+)\. \*\*", told, re.MULTILINE)
    assert numbers == [str(i + 1) for i in range(len(numbers))]
    cited = set()
    for path in (TOP / "src" / "duecourse").rglob("*.py"):
        text = path.read_text()
        assert "domain ruling" not in text, f"{path.name} cites no document"
        cited |= set(re.findall(r"docs/decisions 6\.(\d+)", text))
    assert cited
    assert cited <= set(numbers)
