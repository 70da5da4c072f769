"""A strategy: a decision table (JDM) that says, of a person's facts, the stage, the treatment and how often. Pure.

All persons of a day are one call of the engine: the table is run in its loop mode.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import zen

from duecourse.ledger.journal import Refused

from . import fact_names

STAGES = ("none", "reminder", "early", "late", "pre_legal", "legal", "after_charge_off")
TREATMENTS = ("nothing", "message", "letter", "call", "visit", "offer_help", "demand_letter", "agency", "legal_action")
CHANNELS = ("", "app", "sms", "email", "im", "letter", "call", "ai_call", "visit")
OUTPUTS = ("stage", "treatment", "channel", "every_days")
MOST_BYTES = 2**20
RULE = "rule"
"""The output by which the engine tells which row of the table was met."""


class StrategyRefused(Refused):
    """A file that is no strategy; the message names what is wrong and where."""

    code = "strategy_refused"


class Decided(NamedTuple):
    """What a strategy says of a person: the stage, the treatment, by which channel, again after how many days at least.

    rule: the row of the table that was met.
    """

    stage: str
    treatment: str
    channel: str
    every_days: int
    rule: str


class Strategy(NamedTuple):
    """A strategy that was read: its text and digest, and the engine's form of it."""

    digest: str
    text: str
    decision: Any
    inputs: tuple[str, ...]


def read(text: str) -> Strategy:
    """A strategy from its file: one decision table between an input and an output; anything else is refused.

    Inputs are facts by name, outputs are stage, treatment, channel and every_days; each row has an id of its own.
    """
    if len(text.encode()) > MOST_BYTES:
        raise StrategyRefused(f"the file has more than {MOST_BYTES:,} bytes")
    try:
        told = json.loads(text)
        nodes = {node["type"]: node for node in told["nodes"]}
        tables = [node for node in told["nodes"] if node["type"] == "decisionTableNode"]
        content = tables[0]["content"]
        fields = {one["id"]: one["field"] for one in (*content["inputs"], *content["outputs"])}
        rows = content["rules"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as fault:
        raise StrategyRefused(f"not a decision model with a decision table: {type(fault).__name__}: {fault}") from None
    if len(tables) != 1 or set(nodes) != {"inputNode", "decisionTableNode", "outputNode"}:
        raise StrategyRefused("a strategy is one decision table between an input and an output")
    inputs = tuple(one["field"] for one in content["inputs"])
    for name in inputs:
        if name not in fact_names.NAMES:
            raise StrategyRefused(f"input {name!r} is no fact; there are {', '.join(fact_names.NAMES)}")
    outputs = [one["field"] for one in content["outputs"]]
    for name in sorted(set(OUTPUTS) ^ set(outputs)):
        raise StrategyRefused(f"output {name!r}: {'missing' if name in OUTPUTS else 'not one of a strategy'}")
    if content.get("hitPolicy", "first") != "first":
        raise StrategyRefused("the first row that is met decides: hitPolicy is first")
    ids = [row.get("_id", "") for row in rows]
    if not rows or len(set(ids)) != len(ids) or "" in ids:
        raise StrategyRefused("each row of the table has an _id of its own")
    check_outputs(rows, fields)
    check_conditions(rows, {one["id"]: one["field"] for one in content["inputs"]})
    return Strategy(hashlib.sha256(text.encode()).hexdigest(), text, compiled(told, tables[0], rows), inputs)


def check_outputs(rows: Sequence[Mapping[str, str]], fields: Mapping[str, str]) -> None:
    """Refuse a row with an output that is no plain value of its kind."""
    words = {"stage": STAGES, "treatment": TREATMENTS, "channel": CHANNELS}
    for row in rows:
        for column, name in fields.items():
            if name not in OUTPUTS:
                continue
            try:
                value = json.loads(row.get(column) or '""')
            except ValueError:
                raise StrategyRefused(f"row {row['_id']}: {name}: {row[column]!r} is no plain value") from None
            if name in words and value not in words[name]:
                raise StrategyRefused(f"row {row['_id']}: {name}: {value!r} is none of {', '.join(words[name])}")
            if name == "every_days" and (type(value) is not int or not 1 <= value <= 366):
                raise StrategyRefused(f"row {row['_id']}: every_days: {value!r} is not from 1 to 366 days")


def check_conditions(rows: Sequence[Mapping[str, str]], fields: Mapping[str, str]) -> None:
    """Refuse a condition that the engine cannot read: it would take the table all the same and fail at night."""
    for row in rows:
        for column, name in fields.items():
            if row.get(column):
                try:
                    zen.compile_unary_expression(row[column])
                except Exception as fault:  # the engine's own kind; its first line says what is wrong
                    why = str(fault).splitlines()[0]
                    raise StrategyRefused(f"row {row['_id']}: {name}: {row[column]!r} is no condition: {why}") from None


def compiled(told: Mapping[str, Any], table: Mapping[str, Any], rows: Sequence[Mapping[str, str]]) -> Any:
    """The engine's form of a strategy, for many persons in one call; each row tells its id too."""
    content = table["content"] | {
        "executionMode": "loop", "inputField": "people", "outputPath": "people",
        "outputs": [*table["content"]["outputs"], {"id": RULE, "field": RULE, "name": RULE}],
        "rules": [{**row, RULE: json.dumps(row["_id"])} for row in rows],
    }  # fmt: skip
    nodes = [{**node, "content": content} if node["id"] == table["id"] else node for node in told["nodes"]]
    try:
        decision = zen.ZenEngine().create_decision(json.dumps({**told, "nodes": nodes}))
        decision.validate()
    except Exception as fault:  # the engine's own faults are of several kinds, and tell what is wrong in their message
        raise StrategyRefused(f"the engine does not take it: {fault}") from None
    return decision


def decide(strategy: Strategy, people: Sequence[Mapping[str, Any]]) -> list[Decided]:
    """What a strategy says of each person; refused where no row is met: a strategy speaks of everybody."""
    if not people:
        return []
    asked = [{name: one[name] for name in strategy.inputs} for one in people]
    try:
        found = strategy.decision.evaluate({"people": asked})["result"]["people"]
    except Exception as fault:
        raise StrategyRefused(f"the engine failed: {fault}") from None
    decided = []
    for one, facts_of in zip(found, asked, strict=True):
        if not one:
            raise StrategyRefused(f"no row is met by {facts_of}")
        decided.append(Decided(one["stage"], one["treatment"], one["channel"] or "", one["every_days"], one[RULE]))
    return decided
