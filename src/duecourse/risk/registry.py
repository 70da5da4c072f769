"""The registry of models: each kept whole in the database, what became of it, and which one of a target is live.

A model is registered when it is trained, goes live by another person than the one who trained it once its checks pass,
and is rolled back to the one before by a person with a reason. Nothing here is ever changed: a state is a row.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.ledger.journal import Refused, atomically

from . import drift, model, recorded
from .code_version import code_version
from .tables import ModelState, RiskModel

MOST_CALIBRATION_ERROR = 0.03
"""How far, in the mean over tenths, chances may lie from the share missed in the trial."""
FILE = "file"
"""The product of models of a file of clients; those of the book are of one of `features.PRODUCTS`."""
TURNED_DOWN = "turned_down"
LOCK = "SELECT pg_advisory_xact_lock(8, 0)"
"""One change of what is live at a time."""


class NoSuchModel(Refused):
    code = "no_such_model"


class ModelDiffers(Refused):
    code = "model_differs"


class OtherKindOfModel(Refused):
    code = "other_kind_of_model"


class ChecksNotPassed(Refused):
    code = "checks_not_passed"


class SamePerson(Refused):
    code = "same_person"


class AlreadyLive(Refused):
    code = "already_live"


class TurnedDown(Refused):
    code = "model_turned_down"


class NothingToRollBack(Refused):
    code = "nothing_to_roll_back"


class NobodyNamed(Refused):
    code = "nobody_named"


class NoReasonGiven(Refused):
    code = "no_reason_given"


class Check(NamedTuple):
    """One check before a model goes live: what was found, and what it had to be."""

    name: str
    passed: bool
    found: str
    needed: str


class State(NamedTuple):
    """One model of the registry: what it foretells of which product, where it stands (live, before, registered,
    turned_down).

    It is made from the days from data_from to data_to, or from a file of data_rows clients.
    """

    name: str
    product: str
    target: str
    stands: str
    metrics: dict[str, Any]
    data_from: date | None
    data_to: date | None
    data_digest: str
    data_rows: int | None
    trained_by: str
    approved_by: str


def register(*, name: str, by: str, reference: drift.Reference) -> RiskModel:
    """Keep a trained model whole in the registry; the same model again changes nothing."""
    person = named(by)
    fitted, card = model.load(name), model.card_of(name)
    body = json.dumps({**fitted.body(), "card": card}, sort_keys=True, ensure_ascii=False).encode()

    def keep() -> RiskModel:
        lock()
        there = RiskModel.objects.filter(name=name).first()
        if there is not None:
            return there
        row = RiskModel.objects.create(
            name=name,
            kind=fitted.kind,
            product=card.get("product", "line"),
            target=card.get("target", "next"),
            digest=hashlib.sha256(body).hexdigest(),
            body=body,
            data_from=date.fromisoformat(card["trained_on"][0]),
            data_to=date.fromisoformat(card["day"]),
            code_version=code_version(),
            features=list(fitted.features),
            metrics={
                "tried": card["tried"],
                "one_rule": card["one_rule"],
                "last_learned": card["trained_on"][-1],
                "examples": card["examples"],
            },
            reference=reference,
            trained_by=person,
        )
        ModelState.objects.create(model=row, state="registered", by=person, reason="trained")
        return row

    return atomically(keep)


def row_of(name: str) -> RiskModel:
    """The registry's row of a model."""
    row = RiskModel.objects.filter(name=name).first()
    if row is None:
        raise NoSuchModel(f"the registry has no model {name}: `duecourse warn models` lists them")
    return row


def foretells(name: str) -> tuple[str, str]:
    """The product and the target of a model."""
    row = row_of(name)
    return row.product, row.target


def has(*, name: str) -> bool:
    """Whether the registry has a model of this name."""
    return bool(RiskModel.objects.filter(name=name).exists())


def load(*, name: str) -> model.Model:
    """A model of the book from the registry alone; refuses content that is not what was registered."""
    row = row_of(name)
    if row.product == FILE:
        raise OtherKindOfModel(
            f"{name} is of a file of clients: `duecourse warn score --model {name} --data FILE --out CSV` scores by it"
        )
    return model.Model.from_body(json.loads(content(row)))


def content(row: RiskModel) -> bytes:
    """The content of a model; refused where it is not what was registered."""
    body = bytes(row.body)
    if hashlib.sha256(body).hexdigest() != row.digest:
        raise ModelDiffers(f"the content of {row.name} is not what was registered")
    return body


def checks(*, name: str) -> list[Check]:
    """What must hold before a model goes live."""
    row = row_of(name)
    tried, rule = row.metrics["tried"], row.metrics["one_rule"]
    person = {one.lower() for one in recorded.PERSON}
    of_person = sorted(one for one in row.features if one.lower() in person)
    digest = hashlib.sha256(bytes(row.body)).hexdigest()
    error = tried["calibration_error"]
    later = sorted(one for one in row.features if one in recorded.STATUS_FEATURES)
    known = Check("known on the day", not later, ", ".join(later) or "all", "nothing that speaks of later days")
    return [
        Check(
            "AUC",
            tried["auc_low"] > rule["auc"],
            f"{tried['auc']:.3f}, at least {tried['auc_low']:.3f}",
            f"the least above {rule['auc']:.3f}, that of one rule",
        ),
        Check(
            "calibration error", error <= MOST_CALIBRATION_ERROR, f"{error:.3f}", f"at most {MOST_CALIBRATION_ERROR}"
        ),
        Check("nothing of the person", not of_person, ", ".join(of_person) or "none", "no such feature"),
        Check("content", digest == row.digest, digest[:16], row.digest[:16]),
        *([known] if row.product == FILE else []),
    ]


def go_live(*, name: str, by: str, reason: str) -> list[Check]:
    """Let a model score from now on, after every check has passed; a person other than its trainer decides, and other
    than who registered it."""
    person, why = named(by), reasoned(reason)

    def change() -> list[Check]:
        lock()
        row = row_of(name)
        registered = row.states.filter(state="registered").values_list("by", flat=True)
        if person.casefold() in {one.casefold() for one in (row.trained_by, *registered)}:
            raise SamePerson(f"{person} trained or registered {name}: another person lets it go live")
        stack = lived(row.product, row.target)
        if stack and stack[-1] == name:
            raise AlreadyLive(f"{name} is live already")
        refuse_turned_down(row)
        found = checks(name=name)
        failed = [f"{one.name}: {one.found} (needed: {one.needed})" for one in found if not one.passed]
        if failed:
            raise ChecksNotPassed(f"{name} does not go live: {'; '.join(failed)}")
        if stack:
            add(stack[-1], "retired", person, f"{name} takes its place")
        add(name, "live", person, why, found)
        return found

    return atomically(change)


def turn_down(*, name: str, by: str, reason: str) -> None:
    """Turn down a model that never was live, with a reason; it never goes live afterwards."""
    person, why = named(by), reasoned(reason)

    def change() -> None:
        lock()
        row = row_of(name)
        refuse_turned_down(row)
        if row.states.filter(state="live").exists():
            raise AlreadyLive(f"{name} has been live: roll it back, or let another take its place")
        add(name, TURNED_DOWN, person, why)

    atomically(change)


def refuse_turned_down(row: RiskModel) -> None:
    """Refuse a model that somebody has turned down."""
    state = row.states.filter(state=TURNED_DOWN).first()
    if state is not None:
        raise TurnedDown(f"{row.name}: {state.by} turned it down: {state.reason}")


def roll_back(*, by: str, reason: str, product: str = "line", target: str = "next") -> str:
    """Let the model that was live before score again; answers its name. Anybody who is named may, also the trainer."""
    person, why = named(by), reasoned(reason)

    def change() -> str:
        lock()
        stack = lived(product, target)
        if len(stack) < 2:
            raise NothingToRollBack(f"{product}, {target}: no model was live before the one that is live now")
        content(row_of(stack[-2]))  # refused where what would take over is not what was registered
        add(stack[-1], "rolled_back", person, why)
        add(stack[-2], "live", person, f"{stack[-1]} was rolled back")
        return stack[-2]

    return atomically(change)


def lived(product: str, target: str) -> list[str]:
    """The models of a target that went live and were not rolled back, the live one last."""
    stack: list[str] = []
    rows = ModelState.objects.filter(model__product=product, model__target=target).order_by("id")
    for name, state in rows.values_list("model__name", "state"):
        if state == "live" and (not stack or stack[-1] != name):
            stack.append(name)
        elif state == "rolled_back":
            stack.pop()
    return stack


def live(*, product: str = "line", target: str = "next") -> str | None:
    """The model of a target that is live, if there is one."""
    stack = lived(product, target)
    return stack[-1] if stack else None


def lives() -> list[tuple[str, str]]:
    """The products of the book, and targets, of which a model is live."""
    known = (
        RiskModel.objects.filter(states__state="live").exclude(product=FILE).values_list("product", "target").distinct()
    )
    return [key for key in sorted(known) if live(product=key[0], target=key[1])]


def models() -> list[State]:
    """Every model of the registry, the newest last."""
    rows = list(RiskModel.objects.defer("body", "reference").order_by("id"))
    stacks = {key: lived(*key) for key in {(row.product, row.target) for row in rows}}
    over = set(ModelState.objects.filter(state=TURNED_DOWN).values_list("model__name", flat=True))
    approved = dict(
        ModelState.objects.filter(state="live").order_by("id").values_list("model__name", "by")
    )  # the last who let it live
    return [
        State(
            row.name,
            row.product,
            row.target,
            TURNED_DOWN if row.name in over else where(row.name, stacks[row.product, row.target]),
            row.metrics,
            row.data_from,
            row.data_to,
            row.data_digest,
            row.data_rows,
            row.trained_by,
            approved.get(row.name, ""),
        )
        for row in rows
    ]


def where(name: str, stack: Sequence[str]) -> str:
    """Where a model stands among those that went live."""
    return "live" if stack and stack[-1] == name else "before" if name in stack else "registered"


def add(name: str, state: str, by: str, reason: str, found: Sequence[Check] = ()) -> None:
    """Write down what became of a model."""
    told = [one._asdict() for one in found]
    ModelState.objects.create(model=row_of(name), state=state, by=by, reason=reason, checks=told)


def lock() -> None:
    """Wait until no other change of the registry is under way."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def named(by: str) -> str:
    """The name of a person, without what surrounds it."""
    if not by.strip():
        raise NobodyNamed("a person is named who does this")
    return by.strip()


def reasoned(reason: str) -> str:
    """A reason in words, without what surrounds it."""
    if not reason.strip():
        raise NoReasonGiven("a reason is given in words")
    return reason.strip()
