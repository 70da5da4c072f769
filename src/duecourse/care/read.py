"""What stands of care on an account and its borrower, or on a person, and how it came about: one query."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from duecourse.rules import lender
from duecourse.rules.clock_terms import clock_rules
from duecourse.servicing import agreed
from duecourse.servicing.tables import Account

from . import breathing_spaces, circumstances, clocks, complaints, disputes
from .keeping import OPEN

PROMISE, DISPUTE, COMPLAINT = "promise", "dispute", "complaint"
CIRCUMSTANCE, REPRESENTATIVE, BREATHING_SPACE, BLOCK = "circumstance", "representative", "breathing_space", "block"


class State(NamedTuple):
    """What something became, by whom and why; `more`: its outcome, its root cause, what was paid, if any."""

    state: str
    on: date
    by: str
    reason: str
    more: Mapping[str, Any]


class Ends(NamedTuple):
    """What is to be done next by when, and by which rule."""

    on: date
    step: str
    rule: str


class Cared(NamedTuple):
    """One thing: what it is, its kind, from when until when, who noted it and why, what became of it, and by when what.

    `is_of_all`: about every account of the borrower, else about `account`. `says`: its numbers and words by name.
    """

    what: str
    id: int
    kind: str
    since: date
    until: date | None
    is_of_all: bool
    says: Mapping[str, Any]
    by: str
    reason: str
    states: tuple[State, ...]
    is_standing: bool
    ends: Ends | None = None
    account: int | None = None


def rows_of(table: str, columns: str, states: str, of: str) -> str:
    """The rows of a table about the borrower and the account or all accounts, with their states, as JSON."""
    told = "json_build_object(" + ", ".join(f"'{one}', t.{one}" for one in columns.split()) + ")"
    after = f"(SELECT json_agg(row_to_json(s) ORDER BY s.id) FROM {states} s WHERE s.{of} = t.id)"
    about = (
        "AND (a.id IS NULL OR t.account_id IS NULL OR t.account_id = a.id)" if "account_id" in columns.split() else ""
    )
    return (
        f"(SELECT json_agg(json_build_object('row', {told}, 'states', {after}) ORDER BY t.id) FROM {table} t "
        f"WHERE t.borrower_id = a.borrower_id {about})"
    )


SAID = "id by reason"
EVERYTHING = ", ".join(
    (
        rows_of("care_promise", f"{SAID} account_id amount_minor made_on due_on last_on channel", "care_promise_state",
                "promise_id"),
        rows_of("care_dispute", f"{SAID} account_id kind amount_minor opened_on channel place", "care_dispute_state",
                "dispute_id"),
        rows_of("care_complaint", f"{SAID} account_id about agency channel received_on place",
                "(SELECT id, complaint_id, state, \"on\", outcome, root_cause, by, reason FROM care_complaint_state)",
                "complaint_id"),
        rows_of("care_circumstance", f"{SAID} treat seen_on review_on", "care_circumstance_state", "circumstance_id"),
        rows_of("care_representative", f"{SAID} account_id kind authority_from authority_to", "care_representative_end",
                "representative_id"),
        rows_of("care_breathing_space", f"{SAID} kind begins_on last_on rule reference", "care_breathing_space_state",
                "breathing_space_id"),
        "(SELECT json_agg(json_build_object('row', row_to_json(b), 'at', e.at, 'by', e.by, 'reason', e.reason) "
        "ORDER BY b.id) FROM borrowers_block b LEFT JOIN borrowers_block_end e ON e.block_id = b.id "
        "WHERE b.borrower_id = a.borrower_id AND (a.id IS NULL OR b.account_id IS NULL OR b.account_id = a.id) "
        "AND b.kind <> ALL(%(own)s) AND NOT EXISTS (SELECT FROM care_circumstance v "
        "WHERE v.borrower_id = a.borrower_id AND v.block_ids @> to_jsonb(b.id)))",
    )
)  # fmt: skip
OF_ACCOUNT = f"SELECT a.terms_id, {EVERYTHING} FROM servicing_account a WHERE a.id = %(account)s"
OF_PERSON = f"SELECT {EVERYTHING} FROM (SELECT %(person)s::bigint AS borrower_id, NULL::bigint AS id) a"
OWN = ("promise", "dispute", "identity_theft", "represented", "breathing_space", "mental_health_crisis")
"""Blocks that rows of care stand for."""


def of(*, account: int, on: date) -> list[Cared]:
    """Everything of care about an account and its borrower, oldest first; whether it stands on a day."""
    with connection.cursor() as cursor:
        cursor.execute(OF_ACCOUNT, {"account": account, "own": [*OWN]})
        terms_id, *found = cursor.fetchone()
    kind = "loan" if agreed.is_loan(terms_id) else "line"
    return in_order(found, {account: kind}, on)


def of_person(*, person: int, on: date) -> list[Cared]:
    """Everything of care about a person and all of their accounts, oldest first; whether it stands on a day."""
    with connection.cursor() as cursor:
        cursor.execute(OF_PERSON, {"person": person, "own": [*OWN]})
        found = cursor.fetchone()
    own = Account.objects.filter(borrower_id=person).values_list("id", "terms_id")
    return in_order(found, {account: "loan" if agreed.is_loan(terms) else "line" for account, terms in own}, on)


def in_order(found: Sequence[Any], kinds: Mapping[int, str], on: date) -> list[Cared]:
    """Rows as they come from the database as what they are, oldest first. `kinds`: of each account, line or loan."""
    told = [json.loads(one) if isinstance(one, str) else one or [] for one in found]

    def kind(one: Mapping[str, Any]) -> str:
        return kinds.get(one["row"]["account_id"], "")

    cared = [promise(one["row"], states_of(one)) for one in told[0]]
    cared += [dispute(one["row"], states_of(one), kind(one)) for one in told[1]]
    cared += [complaint(one["row"], states_of(one), kind(one)) for one in told[2]]
    cared += [circumstance(one["row"], states_of(one)) for one in told[3]]
    cared += [representative(one["row"], states_of(one), on) for one in told[4]]
    cared += [breathing_space(one["row"], states_of(one), on) for one in told[5]]
    cared += [block(one, on) for one in told[6]]
    return sorted(cared, key=lambda one: (one.since, one.what, one.id))


def states_of(told: Mapping[str, Any]) -> tuple[State, ...]:
    """What became of a row, in order."""
    own = ("state", "on", "by", "reason", "id", "recorded_at")
    return tuple(
        State(one.get("state", "ended"), day(one["on"]), one["by"], one["reason"],
              {name: value for name, value in one.items() if name not in own and value not in (None, "")})
        for one in told["states"] or ()
    )  # fmt: skip


def day(told: str) -> date:
    """A day of a row."""
    return date.fromisoformat(told)


def day_or_none(told: str | None) -> date | None:
    """A day of a row, if there is one."""
    return None if told is None else day(told)


def cared(what: str, row: Mapping[str, Any], since: str, says: Sequence[str], **more: Any) -> Cared:
    """One thing from its row. `says`: the columns that are told."""
    return Cared(
        what=what, id=row["id"], since=day(row[since]), is_of_all=row.get("account_id") is None, by=row["by"],
        reason=row["reason"], account=row.get("account_id"),
        says={name: row[name] for name in says if row[name] not in (None, "")},
        **{"kind": row.get("kind", ""), **more},
    )  # fmt: skip


def promise(row: Mapping[str, Any], states: tuple[State, ...]) -> Cared:
    """A promise; it stands while it is open."""
    is_open = not states or states[-1].state == OPEN
    said = ("amount_minor", "due_on", "channel")
    return cared(PROMISE, row, "made_on", said, until=day(row["last_on"]), states=states, is_standing=is_open)


def dispute(row: Mapping[str, Any], states: tuple[State, ...], kind: str) -> Cared:
    """A dispute; it stands until it is decided."""
    is_open = not states or states[-1].state not in disputes.OUTCOMES
    ends = next_step(row["kind"], row, row["opened_on"], states, kind) if is_open else None
    said = ("amount_minor", "channel")
    return cared(DISPUTE, row, "opened_on", said, until=None, states=states, is_standing=is_open, ends=ends)


def complaint(row: Mapping[str, Any], states: tuple[State, ...], kind: str) -> Cared:
    """A complaint; it stands until it is closed."""
    is_open = not states or states[-1].state != complaints.CLOSED
    ends = next_step(clocks.COMPLAINT, row, row["received_on"], states, kind) if is_open else None
    said = ("agency", "channel")
    return cared(
        COMPLAINT,
        row,
        "received_on",
        said,
        kind=row["about"],
        until=None,
        states=states,
        is_standing=is_open,
        ends=ends,
    )


def next_step(of: str, row: Mapping[str, Any], began_on: str, states: Sequence[State], kind: str) -> Ends | None:
    """What is to be done next by the clocks of a complaint or a dispute."""
    stretch = clocks.stretches(day(began_on), [(one.state, one.on) for one in states])[-1]
    about = "" if row["account_id"] is None else kind
    rules = clock_rules(of=of, place=row["place"], on=day(began_on), channel=row["channel"], kind=about)
    waits = [
        Ends(one.ends_on(stretch.began_on, stretch.extended), one.step, one.rule)
        for one in rules
        if stretch.done_on(one.step) is None
    ]
    return min(waits, default=None)


def circumstance(row: Mapping[str, Any], states: tuple[State, ...]) -> Cared:
    """A circumstance: how to treat the person, and when to look again. Why is not told here."""
    is_over = bool(states) and states[-1].state == circumstances.ENDED
    again = [row["review_on"], *(one.more["review_on"] for one in states if "review_on" in one.more)][-1]
    ends = None if is_over else Ends(day(again), "reviewed", "")
    return cared(
        CIRCUMSTANCE, row, "seen_on", ("treat",), until=None, states=states, is_standing=not is_over, ends=ends
    )


def representative(row: Mapping[str, Any], states: tuple[State, ...], on: date) -> Cared:
    """A representative; stands while the authority holds."""
    until = day_or_none(row["authority_to"])
    holds = not states and (until is None or on <= until)
    return cared(REPRESENTATIVE, row, "authority_from", (), until=until, states=states, is_standing=holds)


def breathing_space(row: Mapping[str, Any], states: tuple[State, ...], on: date) -> Cared:
    """A breathing space; stands through its last day."""
    until = day(states[-1].more["last_on"]) if states else day_or_none(row["last_on"])
    is_over = (until is not None and until < on) or (bool(states) and states[-1].state == breathing_spaces.ENDED)
    said = ("reference", "rule")
    return cared(BREATHING_SPACE, row, "begins_on", said, until=until, states=states, is_standing=not is_over)


def block(told: Mapping[str, Any], on: date) -> Cared:
    """Something else that stands against contact."""
    row = told["row"]
    until = lenders_day(row["until"])
    states: tuple[State, ...] = ()
    if told["at"]:
        ended_on = lenders_day(told["at"])
        assert ended_on is not None
        states = (State("ended", ended_on, told["by"], told["reason"], {}),)
    since = lenders_day(row["since"])
    assert since is not None
    about = row["account_id"] is None
    said = {name: row[name] for name in ("channel", "purpose") if row[name]}
    holds = not states and (until is None or on < until)
    told_by = (row["by"], row["reason"], states, holds)
    return Cared(BLOCK, row["id"], row["kind"], since, until, about, said, *told_by, account=row["account_id"])


def lenders_day(told: str | None) -> date | None:
    """The lender's day of an instant of a row."""
    if told is None:
        return None
    at = datetime.fromisoformat(told)
    return at.astimezone(lender.clock(on=at.date()).zone).date()
