"""What is in force on an account beside its balance, with who, when and why: arrangements, moved due days, pauses,
mandates, who funds and owns it, and the newest of what was done to it. One round trip."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.ledger.balances import SHARD_SIZE
from duecourse.rules.read import to_date

from . import arrangement_plan, ownership
from .arrangement_plan import Amount, Plan
from .mandates import TAKES
from .ownership import CANCEL, Asked
from .parties import LENDER

TAKEN = {number: name for name, number in TAKES.items()}
BARS = {"suspend": "suspended", "close": "closed", "restore": ""}
EASED = ("deferral", "reschedule", "relief", "interest_pause")
OF_A_STATE = (*BARS, *EASED)
NAMED = {number: name for name, number in arrangement_plan.COMPONENTS.items()}
NEWEST = 20
"""How many of the acts are brought."""
EVERY = 2**31
LEFT_OUT = ("opened", "payment", "installment")
"""Acts that the postings and the schedule show."""


class State(NamedTuple):
    """What something became from a day on, by whom and why."""

    kind: str
    on: date
    by: str
    reason: str


class Agreed(NamedTuple):
    """An arrangement: its plan, what was to be paid by when, and what became of it; whether it stands now."""

    id: int
    plan: Plan
    amounts: tuple[Amount, ...]
    states: tuple[State, ...]
    is_standing: bool


class Source(NamedTuple):
    """Where a mandate lets money be taken: the kind, and the last four characters of its reference."""

    kind: str
    last4: str


class Mandated(NamedTuple):
    """A mandate: what it takes, at most how much (minor units; 0: no limit), from where, and what became of it."""

    id: int
    takes: str
    since: date
    limit_minor: int
    fixed_minor: int
    consent: str
    sources: tuple[Source, ...]
    states: tuple[State, ...]

    @property
    def is_over(self) -> bool:
        """Whether it was revoked."""
        return self.states[-1].kind == "revoked"


class Part(NamedTuple):
    """A funder's share of an account and what it earns a year on it, per million."""

    party: str
    share_ppm: int
    rate_ppm: int


class Funded(NamedTuple):
    """Who funds an account from a day on, who guarantees it, and whether that holds now.

    guarantor: None where nobody does. claim_id: the guarantee's payment that moved the shares.
    """

    id: int
    since: date
    pool: str
    parts: tuple[Part, ...]
    guarantor: str | None
    guarantee_days: int
    guarantee_cap_ppm: int
    claim_id: int | None
    by: str
    reason: str
    is_now: bool

    @property
    def lender_ppm(self) -> int:
        """What is left for the lender."""
        return 1_000_000 - sum(one.share_ppm for one in self.parts)


class Claimed(NamedTuple):
    """What a funder claimed of the guarantor, and what was paid for it (None: not yet); minor units."""

    party: str
    guarantor: str
    day: date
    days_past_due: int
    asked: int
    paid: int | None


class Transferred(NamedTuple):
    """A sale or buyback: to or from whom, at what price, when it settles; whether it was called off."""

    kind: str
    party: str
    price_minor: int
    asked_on: date
    settles_on: date
    by: str
    reason: str
    is_cancelled: bool


class Eased(NamedTuple):
    """A due day that was moved, or interest that does not grow (or grows less), and until when it holds.

    of: the arrangement whose part it is. due_on: the due day that was moved.
    """

    act: int
    kind: str
    on: date
    due_on: date | None
    until: date
    of: int | None
    by: str
    reason: str


class Deed(NamedTuple):
    """Something that was done: an act, or what became of a draw's money (`payout_...`). minor: its amount, if any.

    rate_ppm, component, due_on, until: what it says of them, if anything. of: the arrangement whose part it is.
    undone_by: the act that took it back; undoes: the one that it takes back. is_coming: its day is still to come.
    """

    id: int
    kind: str
    on: date
    minor: int | None
    rate_ppm: int | None
    component: str | None
    due_on: date | None
    until: date | None
    of: int | None
    undoes: int | None
    undone_by: int | None
    is_coming: bool
    by: str
    reason: str


class InForce(NamedTuple):
    """All this of one account. `bar`: who suspended or closed it to purchases; `owner`: whose it is now."""

    arrangements: list[Agreed]
    mandates: list[Mandated]
    funding: list[Funded]
    claims: list[Claimed]
    transfers: list[Transferred]
    owner: str
    eased: list[Eased]
    bar: State | None
    deeds: list[Deed]
    is_cut: bool


def rows_of(what: str, table: str, where: str = "", order: str = "t.id") -> str:
    """The rows of a table about an account as JSON."""
    return f"(SELECT json_agg({what} ORDER BY {order}) FROM {table} t WHERE t.account_id = a.id {where})"


STATES = (
    "(SELECT json_agg(json_build_array(s.kind, s.effective_day, s.by, s.reason) ORDER BY s.id) "
    "FROM servicing_mandate_state s WHERE s.mandate_id = t.id)"
)
MANDATES = rows_of(
    "json_build_object('row', row_to_json(t), 'states', " + STATES + ", 'sources', (SELECT json_agg("
    "json_build_array(d.kind, d.last4) ORDER BY d.place) FROM servicing_debit_source d WHERE d.mandate_id = t.id))",
    "servicing_mandate",
)
ARRANGEMENTS = rows_of(
    "json_build_object('row', row_to_json(t), 'states', (SELECT json_agg(row_to_json(s) ORDER BY s.id) "
    "FROM servicing_arrangement_state s WHERE s.arrangement_id = t.id), 'amounts', (SELECT json_agg(json_build_array("
    "p.due_on, p.amount_minor) ORDER BY p.number) FROM servicing_plan p WHERE p.arrangement_id = t.id "
    "AND p.number > 0), 'undone', (SELECT json_build_array('undone', u.effective_day, u.by, u.reason) "
    "FROM servicing_act u WHERE u.account_id = t.account_id AND u.undoes = t.id LIMIT 1))",
    "servicing_arrangement",
)
CLAIMS = rows_of(
    "json_build_object('row', row_to_json(t), 'paid', (SELECT g.principal + g.interest FROM servicing_guarantee g "
    "WHERE g.claim_id = t.id))",
    "servicing_claim",
)
ACTS = (
    "(SELECT json_agg(row_to_json(t)) FROM (SELECT * FROM servicing_act WHERE account_id = a.id "
    "AND kind <> ALL(%(left_out)s) ORDER BY id DESC LIMIT %(newest)s) t)"
)
WHOLE = (
    f"SELECT s.open_day, {ARRANGEMENTS}, {MANDATES}, {rows_of('row_to_json(t)', 'servicing_funding')}, {CLAIMS}, "
    f"{rows_of('row_to_json(t)', 'servicing_sale')}, {rows_of('row_to_json(t)', 'servicing_disbursement')}, {ACTS}, "
    f"{rows_of('row_to_json(t)', 'servicing_act', 'AND t.kind = ANY(%(states)s)')}, "
    f"{rows_of('json_build_array(t.undoes, t.id)', 'servicing_act', 'AND t.undoes IS NOT NULL')}, "
    "(SELECT json_object_agg(p.id, p.code) FROM servicing_party p) "
    "FROM servicing_account a JOIN ledger_shard s ON s.shard = a.id / %(size)s WHERE a.id = %(account)s"
)


def of(*, account: int, every_act: bool = False) -> InForce:
    """What is in force on an account as it is known now, with its history; of its acts the newest, or every one."""
    newest = EVERY if every_act else NEWEST
    told = {"left_out": list(LEFT_OUT), "newest": newest + 1, "states": list(OF_A_STATE), "size": SHARD_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(WHOLE, {**told, "account": account})
        open_day, *columns = cursor.fetchone()
    arranged, mandates, funding, claims, sales, payouts, acts, states, undone = map(loaded, columns[:-1])
    named = {0: LENDER, **{int(number): code for number, code in (loaded(columns[-1]) or {}).items()}}
    gone = dict(undone)
    stand = [row for row in states if row["id"] not in gone]
    rows = [*acts[:newest], *map(payout_row, payouts)]
    return InForce(
        [arrangement_from(one, open_day) for one in arranged],
        [mandate_from(one) for one in mandates],
        funded(funding, named, open_day),
        [claim_from(one, named) for one in claims],
        [transfer_from(row, sales, named) for row in sales if row["kind"] != CANCEL],
        named[ownership.owner_on(asked_in(sales), open_day)],
        [one for row in stand if (one := eased_from(row)) and one.until >= open_day],
        bar_of(stand, open_day),
        [deed_from(row, gone.get(row["id"]), open_day) for row in sorted(rows, key=recorded, reverse=True)],
        len(acts) > newest,
    )


def loaded(told: Any) -> Any:
    """A column of JSON; none is empty."""
    return (json.loads(told) if isinstance(told, str) else told) or []


def recorded(row: Mapping[str, Any]) -> tuple[str, int]:
    """When a row was recorded."""
    return row["recorded_at"], row["id"]


def payout_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a draw's money, as an act."""
    told = {"id": row["draw_id"], "kind": f"payout_{row['kind']}", "booked_day": row["effective_day"], "body": {}}
    return {**row, **told, "part_of": None, "undoes": None}


def day(text: str) -> date:
    """The day that an ISO date names."""
    return date.fromisoformat(text)


def state_from(told: Sequence[str]) -> State:
    """A state of a mandate, or how an arrangement was taken back."""
    return State(told[0], day(told[1]), *told[2:])


def arrangement_from(told: Mapping[str, Any], open_day: date) -> Agreed:
    """An arrangement with the states that hold: not those that a later one took back."""
    gone = {row["takes_back"] for row in told["states"]}
    held = [row for row in told["states"] if row["takes_back"] is None and row["id"] not in gone]
    states = [State(row["state"], day(row["on"]), row["by"], row["reason"]) for row in held]
    if told["undone"]:
        states.append(state_from(told["undone"]))
    amounts = tuple(Amount(day(on), minor) for on, minor in told["amounts"] or [])
    now = [one for one in states if one.on <= open_day]
    row = told["row"]
    stands = bool(now) and now[-1].kind in ("agreed", "cured")
    return Agreed(row["id"], arrangement_plan.plan_from(loaded(row["body"])), amounts, tuple(states), stands)


def mandate_from(told: Mapping[str, Any]) -> Mandated:
    """A mandate with its sources and states."""
    row = told["row"]
    sources = tuple(Source(*one) for one in told["sources"] or [])
    states = tuple(state_from(one) for one in told["states"])
    sums = (row["limit_minor"], row["fixed_minor"], row["consent"])
    return Mandated(row["id"], TAKEN[row["takes"]], day(row["since_day"]), *sums, sources, states)


def funded(rows: Sequence[Mapping[str, Any]], named: Mapping[int, str], open_day: date) -> list[Funded]:
    """The agreements on shares, in order; the last one whose day has come holds."""
    come = [row for row in rows if day(row["from_day"]) <= open_day]
    now = max(come, key=lambda row: (row["from_day"], row["id"]), default=None)
    found = []
    for row in rows:
        parts = tuple(
            Part(named[party], share, bears // share)
            for party, share, bears in zip(row["parties"], row["shares_ppm"], row["bears"], strict=True)
        )
        guarantor = None if row["guarantor"] is None else named[row["guarantor"]]
        sums = (row["guarantee_days"], row["guarantee_cap_ppm"], row["claim_id"], row["by"], row["reason"])
        found.append(Funded(row["id"], day(row["from_day"]), row["pool"], parts, guarantor, *sums, row is now))
    return found


def claim_from(told: Mapping[str, Any], named: Mapping[int, str]) -> Claimed:
    """A claim of a funder, and what was paid for it."""
    row = told["row"]
    asked = row["principal"] + row["interest"]
    who = (named[row["party_id"]], named[row["guarantor"]])
    return Claimed(*who, day(row["day"]), row["days_past_due"], asked, told["paid"])


def transfer_from(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], named: Mapping[int, str]) -> Transferred:
    """A sale or buyback as it was asked for."""
    days = (day(row["asked_on"]), day(row["settles_on"]))
    cancelled = any(one["cancels"] == row["id"] for one in rows)
    told = (row["kind"], named[row["party_id"]], row["price_minor"])
    return Transferred(*told, *days, row["by"], row["reason"], cancelled)


def asked_in(rows: Sequence[Mapping[str, Any]]) -> list[Asked]:
    """The sales and buybacks that were not called off, as `ownership` takes them."""
    gone = {row["cancels"] for row in rows}
    return [
        Asked(
            row["id"], row["kind"], row["party_id"], row["price_minor"], day(row["settles_on"]), day(row["booked_day"])
        )
        for row in rows
        if row["kind"] != CANCEL and row["id"] not in gone
    ]


def span(kind: str, body: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """The due day that an act moves, and the day to which it moves it or through which it holds."""
    until = body.get("until") or body.get("last")
    if isinstance(until, int):
        until = to_date(until)
    moves = {"deferral": "due_on", "reschedule": "since"}.get(kind, "")
    due = to_date(body[moves]) if moves in body and until is not None else None
    return due, day(until) if isinstance(until, str) else until


def eased_from(row: Mapping[str, Any]) -> Eased | None:
    """What an act eased and until when; None where it moves no day and pauses nothing."""
    due_on, until = span(row["kind"], row["body"])
    if row["kind"] not in EASED or until is None:
        return None
    told = (row["id"], row["kind"], day(row["effective_day"]), due_on, until)
    return Eased(*told, row["part_of"], row["by"], row["reason"])


def bar_of(rows: Sequence[Mapping[str, Any]], open_day: date) -> State | None:
    """Who suspended or closed a line last, if nobody restored it since."""
    told = [row for row in rows if row["kind"] in BARS and day(row["effective_day"]) <= open_day]
    last = max(told, key=lambda row: (row["effective_day"], row["id"]), default=None)
    if last is None or not BARS[last["kind"]]:
        return None
    return State(BARS[last["kind"]], day(last["effective_day"]), last["by"], last["reason"])


def deed_from(row: Mapping[str, Any], undone_by: int | None, open_day: date) -> Deed:
    """An act as it was recorded."""
    on, body = day(row["effective_day"]), row["body"]
    rate_ppm = body.get("terms", body).get("rate_ppm")
    is_coming = on > day(row["booked_day"]) and on >= open_day
    says = (body.get("amount") or body.get("limit_minor"), rate_ppm, NAMED.get(body.get("component")))
    of = (row["part_of"], row["undoes"], undone_by)
    return Deed(row["id"], row["kind"], on, *says, *span(row["kind"], body), *of, is_coming, row["by"], row["reason"])
