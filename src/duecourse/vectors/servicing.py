"""Answers to servicing vectors: a loan's figures after each of its events, and the comparison with the published.

An answer is made from a vector's inputs and events alone. What was published says after how many events and on which
day a figure is asked, and is compared cell by cell; a cell that it leaves open (null) is not compared.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from duecourse.vectors import demands, printed, rows
from duecourse.vectors.lives import stages
from duecourse.vectors.loan_terms import day as day_of
from duecourse.vectors.run import NotAnswered
from duecourse.vectors.stages import Stage

CLOSED = {"closed (obligations met)": "closed_obligations_met"}
"""Two words for one status."""
AT = {"after_events", "business_date"}
"""The fields that say when a figure is asked."""


class Answers:
    """The answers to one vector: figures by name, asked after a number of events and on a day."""

    def __init__(self, vector: Mapping[str, Any]) -> None:
        self.vector = vector
        self._stages: list[Stage] | None = None

    def stage(self, after: int) -> Stage:
        """How things stand after so many events."""
        if self._stages is None:
            self._stages = stages(self.vector)
        return self._stages[after]

    def figure(self, name: str, asked: Mapping[str, Any]) -> Any:
        """One figure, asked at a point that `asked` names."""
        after = asked.get("after_events", len(self.vector["events"]))
        if name in rows.FIGURES:
            return rows.FIGURES[name](self.vector, after)
        if name in demands.FIGURES and not self.vector["inputs"].get("schedule_engine"):
            return demands.FIGURES[name](self.vector, asked.get("keys"))
        if name not in printed.FIGURES:
            raise NotAnswered(f"expected: {name!r} is not known")
        stage = self.stage(after)
        day = day_of(asked["business_date"]) if asked.get("business_date") else stage.today
        return printed.FIGURES[name](stage, day)


def answer(vector: Mapping[str, Any]) -> Answers:
    """The answers to a vector, worked out when they are asked for."""
    return Answers(vector)


def compare(answers: Answers, wanted: Mapping[str, Any]) -> tuple[str, str]:
    """The first cell that differs from what was published, and nothing to remark."""
    for place, published in enumerate(wanted["expected"]):
        for name, value in published.items():
            if name in AT:
                continue
            where = f"expected[{place}].{name}"
            told = answers.figure(name, question(published, value))
            different = differs(where, told, value)
            if different:
                return different, ""
    return "", ""


def question(published: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """What a published figure asks without its answer: when, and by which keys."""
    keys = list(value) if isinstance(value, Mapping) else []
    return {**{field: published[field] for field in AT if field in published}, "keys": keys}


def differs(where: str, told: Any, published: Any) -> str:
    """Where an answer first differs from the published; empty where it does not."""
    name = where.rpartition(".")[2]
    if name in UNORDERED and isinstance(published, list):
        return unordered(where, told, published)
    if name == "emi_rows":
        return rows.differs(where, told, published)
    if isinstance(published, Mapping):
        if not isinstance(told, Mapping):
            return f"{where}: {told}, published {dict(published)}"
        for key, value in published.items():
            different = differs(f"{where}.{key}", told.get(key), value)
            if different:
                return different
        return ""
    if isinstance(published, list):
        if name == "schedule" and not any(row[0] is None for row in published):
            # Published without the rows of the draws.
            told = [row for row in told if row[0] is not None]
        if not isinstance(told, Sequence) or isinstance(told, str):
            return f"{where}: {told}, published {published}"
        if "..." not in published and len(told) < len(published):
            return f"{where}: {len(told)} rows, published {len(published)}"
        if "..." not in published and len(told) != len(published) and name not in FIRST_ONLY:
            return f"{where}: {len(told)} rows, published {len(published)}"
        return listed(where, told, published)
    return cell(where, told, published)


def listed(where: str, told: Sequence[Any], published: Sequence[Any]) -> str:
    """Compare row by row; after "..." from the end."""
    gap = published.index("...") if "..." in published else len(published)
    for at, value in enumerate(published[:gap]):
        different = differs(f"{where}[{at}]", told[at], value)
        if different:
            return different
    for back, value in enumerate(reversed(published[gap + 1 :]), 1):
        different = differs(f"{where}[-{back}]", told[-back], value)
        if different:
            return different
    return ""


def cell(where: str, told: Any, published: Any) -> str:
    """Compare one figure; null is not stated, except for a day that a list leaves out."""
    if published is None and not where.endswith((".since", ".due_date", ".debit", ".credit")):
        return ""
    told = CLOSED.get(told, told) if isinstance(told, str) else told
    published = CLOSED.get(published, published) if isinstance(published, str) else published
    if isinstance(published, Decimal | int) and not isinstance(published, bool) and told is not None:
        same = Decimal(str(told)) == Decimal(str(published))
    else:
        same = told == published
    return "" if same else f"{where}: {told}, published {published}"


UNORDERED = {"transactions", "charges", "entries"}
"""Lists whose rows may stand in another order."""
FIRST_ONLY = {"interest_by_installment"}
"""Lists of which only the first rows are published."""


def unordered(where: str, told: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]]) -> str:
    """Compare rows that may stand in another order: each published row is there, and no other of its kinds.

    A list of transactions that names no draw is an extract; one that names no accrual was not asked for them.
    """
    rest = list(told)
    for at, value in enumerate(published):
        found = next((row for row in rest if not differs(where, row, value)), None)
        if found is None:
            alike = [
                row for row in rest if row.get("date") == value.get("date") and row.get("type") == value.get("type")
            ]
            return f"{where}[{at}]: {plain(alike or rest)}, published {plain([value])}"
        rest.remove(found)
    if where.endswith("transactions"):
        kinds = {value["type"] for value in published}
        if "disbursement" not in kinds:
            return ""
        if "accrual" not in kinds:
            rest = [row for row in rest if row["type"] != "accrual"]
    return f"{where}: {plain(rest)} besides the published" if rest else ""


def plain(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows in a line."""
    return "; ".join(" ".join(str(value) for value in row.values()) for row in rows[:2]) or "nothing"
