"""A strategy's table as rows that people read and write: which facts, then which stage, treatment, channel. Pure."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from . import fact_names
from .strategy import OUTPUTS, StrategyRefused

MOST_ROWS = 200


class Row(NamedTuple):
    """A row of the table, met where all of `when` hold: facts by name, each with its condition as the engine reads it.

    id: its own in the table. about: what it is for, in words.
    """

    id: str
    about: str
    when: tuple[tuple[str, str], ...]
    stage: str
    treatment: str
    channel: str
    every_days: int


def rows_of(text: str) -> list[Row]:
    """The rows of a strategy that was read before (`strategy.read`), in order: the first that is met decides."""
    nodes = json.loads(text)["nodes"]
    content = next(node["content"] for node in nodes if node["type"] == "decisionTableNode")
    inputs = {one["id"]: one["field"] for one in content["inputs"]}
    outputs = {one["field"]: one["id"] for one in content["outputs"]}

    def told(row: dict[str, str], name: str) -> str:
        return str(json.loads(row.get(outputs[name]) or '""'))

    return [
        Row(
            row["_id"], row.get("_description", ""),
            tuple((field, row[column]) for column, field in inputs.items() if row.get(column)),
            told(row, "stage"), told(row, "treatment"), told(row, "channel"), int(told(row, "every_days")),
        )
        for row in content["rules"]
    ]  # fmt: skip


def text_of(rows: Sequence[Row]) -> str:
    """The decision model (JDM) of rows: the same rows give the same text. `strategy.read` says whether it is one."""
    if len(rows) > MOST_ROWS:
        raise StrategyRefused(f"a table has at most {MOST_ROWS} rows")
    used = {field for row in rows for field, _ in row.when}
    fields = [name for name in fact_names.NAMES if name in used] + sorted(used - set(fact_names.NAMES))
    inputs = {f"i{place}": field for place, field in enumerate(fields)}
    outputs = {f"o{place}": field for place, field in enumerate(OUTPUTS)}
    rules = []
    for row in rows:
        when, said = dict(row.when), row._asdict()
        rules.append(
            {"_id": row.id, "_description": row.about}
            | {column: when.get(field, "") for column, field in inputs.items()}
            | {column: json.dumps(said[field]) for column, field in outputs.items()}
        )
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": column, "field": field, "name": field} for column, field in inputs.items()],
        "outputs": [{"id": column, "field": field, "name": field} for column, field in outputs.items()],
        "rules": rules,
    }
    model = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "facts", "position": {"x": 0, "y": 0}},
            {"id": "table", "type": "decisionTableNode", "name": "strategy", "position": {"x": 300, "y": 0},
             "content": content},
            {"id": "out", "type": "outputNode", "name": "decided", "position": {"x": 600, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    return json.dumps(model, ensure_ascii=False, indent=1)


def conditions(row: str, text: str) -> tuple[tuple[str, str], ...]:
    """The conditions of a row as they are typed, one a line: a fact's name, then what must hold of it.

    >>> conditions("late", "days_past_due [46..90]\\nhas_promise false")
    (('days_past_due', '[46..90]'), ('has_promise', 'false'))
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        field, _, condition = line.partition(" ")
        field = field.rstrip(":")
        if field not in fact_names.NAMES:
            raise StrategyRefused(f"row {row}: {field!r} is no fact; there are {', '.join(fact_names.NAMES)}")
        if field in found:
            raise StrategyRefused(f"row {row}: {field}: it stands twice; join the conditions by `and`")
        if not condition.strip():
            raise StrategyRefused(f"row {row}: {field}: no condition is said")
        found[field] = condition.strip()
    return tuple(found.items())
