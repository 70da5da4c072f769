"""Run a file of vectors: tell its shape, answer each vector from its inputs, compare with what was published."""

import importlib
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

EXPECTED = ("published", "published_dp", "disclosure_dp", "computed", "computed_dp", "expected")
"""The fields of a vector that say what should come out; the one who answers never sees them."""


class NoVectors(Exception):
    """A file that holds no vectors of a known shape."""

    code = "no_vectors"


class NotAnswered(Exception):
    """A vector that cannot be answered; the message names the field."""

    code = "vector_not_answered"


class Outcome(NamedTuple):
    """What became of one vector: nothing to say if it passed, else the first cell that differs."""

    name: str
    passed: bool
    said: str


class Ran(NamedTuple):
    """A file's outcomes."""

    outcomes: list[Outcome]

    @property
    def passed(self) -> int:
        return sum(one.passed for one in self.outcomes)

    @property
    def failed(self) -> int:
        return len(self.outcomes) - self.passed

    def lines(self) -> list[str]:
        """What is printed: each vector that differs, what passed with a remark, and the count last."""
        told = [f"{'ok    ' if one.passed else 'FAILED'} {one.name}: {one.said}" for one in self.outcomes if one.said]
        return [*told, f"{self.passed} passed, {self.failed} failed"]


def file(path: Path) -> Ran:
    """Run every vector of a file."""
    try:
        # Decimals as they are written: a float would hide how many digits a time was printed with.
        body = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise NoVectors(f"{path}: there is no such file") from None
    except (OSError, ValueError) as fault:
        raise NoVectors(f"{path}: no JSON ({fault})") from None
    vectors = body.get("vectors") if isinstance(body, Mapping) else body
    if not isinstance(vectors, list) or not vectors:
        raise NoVectors(f"{path}: no list of vectors")
    return Ran([one(vector, number) for number, vector in enumerate(vectors, 1)])


def shape(vector: Mapping[str, Any]) -> ModuleType:
    """The module that answers vectors of this shape: by the fields that they have."""
    if isinstance(vector.get("expected"), list) or "events" in vector:
        name = "servicing"
    elif "inputs" in vector and "method" in vector:
        name = "apr"
    else:
        raise NotAnswered(f"inputs: no known shape has the fields {', '.join(sorted(vector)) or 'none'}")
    try:
        return importlib.import_module(f"duecourse.vectors.{name}")
    except ModuleNotFoundError as fault:
        if fault.name != f"duecourse.vectors.{name}":
            raise
        raise NotAnswered(f"vectors of the shape {name!r} are not answered yet") from None


PLACES = ("after_events", "business_date")
"""Where in a history an expected block looks; they say what is asked, not what comes out."""


def asked(expected: Any) -> list[dict[str, Any]]:
    """What each expected block asks for, without its answers: where it looks, its fields, the keys of those with keys.

    >>> asked([{"after_events": 1, "totals": {"due": 5}, "status": "active"}])
    [{'after_events': 1, 'fields': {'totals': ['due'], 'status': None}}]
    """
    return [
        {
            **{field: block[field] for field in PLACES if field in block},
            "fields": {
                field: list(value) if isinstance(value, Mapping) else None
                for field, value in block.items()
                if field not in PLACES
            },
        }
        for block in expected
    ]


def differs(found: Any, wanted: Any, where: str) -> str:
    """The first cell that differs, in words; nothing if none does. Numbers are compared by value, not by kind."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            return f"{where}: {found!r} instead of an object"
        cells = ((found.get(field), value, f"{where}.{field}") for field, value in wanted.items())
        return next(filter(None, (differs(*cell) for cell in cells)), "")
    if isinstance(wanted, list):
        if not isinstance(found, list | tuple):
            return f"{where}: {found!r} instead of a list"
        rows = ((*pair, f"{where}[{at}]") for at, pair in enumerate(zip(found, wanted, strict=False)))
        different = next(filter(None, (differs(*row) for row in rows)), "")
        uneven = "" if len(found) == len(wanted) else f"{where}: {len(found)} rows, {len(wanted)} expected"
        return different or uneven
    if isinstance(wanted, int | float | Decimal) and not isinstance(wanted, bool):
        same = isinstance(found, int | float | Decimal) and Decimal(str(found)) == Decimal(str(wanted))
    else:
        same = found == wanted
    return "" if same else f"{where}: {wanted!s} expected, {found!s} computed"


def compare(answers: list[Any], wanted: Mapping[str, Any]) -> tuple[str, str]:
    """The first cell of the expected blocks that differs; a shape may have a `compare` of its own instead."""
    told = wanted["expected"]
    blocks = [{field: block[field] for field in block if field not in PLACES} for block in told]
    return differs(answers, blocks, "expected"), ""


def one(vector: Any, number: int) -> Outcome:
    """Answer one vector and compare; a fault of any kind is a failure of this vector alone."""
    name = f"vector {number}"
    try:
        if not isinstance(vector, Mapping):
            raise NotAnswered("it is no object")
        name = str(vector.get("id") or vector.get("name") or name)
        told_by = shape(vector)
        question = {field: value for field, value in vector.items() if field not in EXPECTED}
        if isinstance(vector.get("expected"), list):
            question["asked"] = asked(vector["expected"])
        wanted = {field: value for field, value in vector.items() if field in EXPECTED}
        comparing = getattr(told_by, "compare", compare)
        different, remark = comparing(told_by.answer(question), wanted)
        return Outcome(name, not different, different or remark)
    except Exception as fault:
        code = getattr(type(fault), "code", type(fault).__name__)
        return Outcome(name, False, f"{code}: {fault}")
