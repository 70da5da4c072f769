"""Reading: accounts as they stand and stood, what was posted and billed, why a figure is so, what is to come."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from duecourse.book import read as book
from duecourse.ledger import chart
from duecourse.ledger import read as ledger
from duecourse.partners import seen
from duecourse.servicing import explain as explaining
from duecourse.servicing import explain_words, outlook, payoff
from duecourse.servicing import in_force as forces
from duecourse.servicing import read as servicing
from duecourse.servicing.explain_tree import Node, NoSuchExplanation

from . import cursors, shapes
from .cursors import Cursor, Limit
from .fields import Day, IdInPath, Number
from .keys import holder_of
from .operations import Door

door = Door(tags=["reading"])
SCOPE = "book:read"

Account = shapes.of(seen.Seen, name="Account", without=("id", "borrower_id"))
OpenDue = shapes.of(
    servicing.OpenDue, minor=("asked", "principal", "interest", "fee", "penalty", "charges", "left")
)  # fmt: skip
NextDue = shapes.of(servicing.NextDue, minor=("amount", "past_due"))
Standing = shapes.of(
    servicing.Standing,
    minor=("past_due", "limit", "used", "available", "accrued_interest", "accrued_penalty"),
)
Installment = shapes.of(servicing.Installment, minor=("principal", "interest", "charges", "asked", "left"))
Statement = shapes.of(
    servicing.Statement,
    minor=(
        "balance", "minimum", "past_due", "principal", "interest", "fee", "penalty", "credit", "interest_charged",
        "penalty_charged",
    ),
    without=("entry_mark",),
)  # fmt: skip
InForce = shapes.of(forces.InForce)


class Accounts(Schema):
    """A page of accounts, in the order in which they were opened. `next_cursor`: "" on the last page."""

    items: list[Account]  # type: ignore[valid-type]
    next_cursor: str


class Figures(Schema):
    """What an account's postings add up to, minor units. `credit`: what the borrower has to the good."""

    owed_minor: int
    principal_minor: int
    interest_minor: int
    fee_minor: int
    penalty_minor: int
    credit_minor: int
    suspended_minor: int
    charged_off_minor: int


class AccountStands(Schema):
    """An account as it stands: after its last closed day, with what was booked since."""

    number: str
    product: str
    currency: str
    exponent: int
    is_loan: bool
    opened_on: date
    closed: date
    figures: Figures
    standing: Standing  # type: ignore[valid-type]
    dues: list[OpenDue]  # type: ignore[valid-type]
    next_due: NextDue | None  # type: ignore[valid-type]


class AccountOnDay(Schema):
    """An account at the close of a sealed day, as it is known by another sealed day."""

    number: str
    day: date
    known_on: date
    days_past_due: int
    bucket: int
    stage: int
    risk_class: int
    missed: int
    past_due_minor: int
    interest_to_date_minor: int
    penalty_to_date_minor: int


class Entry(Schema):
    """One entry. `amounts`: by control account, debit above zero; they sum to zero."""

    id: int
    kind: str
    effective_day: date
    booked_day: date
    by_close: bool
    reverses: int | None
    stands_for: int | None
    amounts: dict[str, int]


class Entries(Schema):
    """A page of entries, oldest first. `next_cursor`: "" on the last page."""

    items: list[Entry]
    next_cursor: str


class Explanation(Schema):
    """A figure: `amount` / `per` minor units (or days). `parts` add up to it; `because` adds nothing."""

    code: str
    amount: int
    per: int
    numbers: dict[str, Any]
    en: str
    zh: str
    parts: list["Explanation"]
    because: list["Explanation"]


class Quote(Schema):
    """What pays an account off on a day, minor units. `payoff_minor` is to be paid; of it `accrued_minor` is not
    charged yet. `apart_minor`: disputed, held or converted, in no quote."""

    number: str
    day: date
    currency: str
    exponent: int
    principal_minor: int
    interest_minor: int
    fee_minor: int
    penalty_minor: int
    credit_minor: int
    payoff_minor: int
    accrued_minor: int
    apart_minor: int


class Payment(Schema):
    """What is to be paid by a day."""

    due_on: date
    amount_minor: int


class Outlook(Schema):
    """What an account asks from the open day on if it is paid as asked, minor units."""

    payments: list[Payment]
    owed_minor: int
    left_minor: int
    total_minor: int
    cost_minor: int
    ends_on: date | None


class SealedDays(Schema):
    """The sealed days, the newest first."""

    items: list[date]


def own(request: HttpRequest, number: str) -> seen.Seen:
    """The account with a number, if the key may see it."""
    return seen.account(holder=holder_of(request), number=number)


@door.reads("/accounts", SCOPE, Accounts)
def list_accounts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100, product: str = "") -> dict[str, Any]:
    """The accounts that the key sees, page by page."""
    after = cursors.after(cursor, "accounts")
    wanted = "" if "\0" in product else product
    found = seen.accounts(holder=holder_of(request), after=after, limit=limit + 1, product=wanted)
    more = cursors.cursor_of("accounts", found[limit - 1].id) if len(found) > limit else ""
    return {"items": found[:limit], "next_cursor": more}


@door.reads("/accounts/{number}", SCOPE, AccountStands)
def get_account(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One account as it stands."""
    own(request, number)
    page = servicing.account(number=number)
    told = {name: getattr(page, name) for name in AccountStands.model_fields}
    return told | {"figures": {f"{name}_minor": amount for name, amount in page.figures.items()}}


@door.reads("/accounts/{number}/days/{day}", SCOPE, AccountOnDay)
def get_account_on_day(request: HttpRequest, number: Number, day: Day, known_on: Day | None = None) -> dict[str, Any]:
    """An account at the close of a sealed day, as known then or on a later sealed day (else on the last)."""
    found = own(request, number)
    known = known_on or book.last_sealed() or day
    rows = book.day(day, known_on=known)
    told = rows.filter(rows.account_id == found.id).to_pyarrow().to_pylist()
    if not told:
        raise book.NotSealed(f"account {number} is not in the sealed day {day}")
    row = told[0]
    return {
        "number": number, "day": day, "known_on": known, "interest_to_date_minor": row["interest_to_date"],
        "penalty_to_date_minor": row["penalty_to_date"],
        **{name: row[name] for name in ("days_past_due", "bucket", "stage", "risk_class", "missed", "past_due_minor")},
    }  # fmt: skip


@door.reads("/accounts/{number}/statements", SCOPE, shapes.many(Statement))
def list_statements(request: HttpRequest, number: Number) -> Any:
    """The statements of a line, each version; the newest twenty."""
    own(request, number)
    return servicing.account(number=number).statements


@door.reads("/accounts/{number}/statements/{cycle_on}", SCOPE, Statement)
def get_statement(request: HttpRequest, number: Number, cycle_on: Day, version: IdInPath | None = None) -> Any:
    """One statement, its latest version or the one asked for."""
    own(request, number)
    return servicing.statement(number=number, cycle_on=cycle_on, version=version).statement


@door.reads("/accounts/{number}/installments", SCOPE, shapes.many(Installment))
def list_installments(request: HttpRequest, number: Number) -> Any:
    """The schedule of a loan that is in force; nothing for a line."""
    own(request, number)
    return servicing.account(number=number).schedule


@door.reads("/accounts/{number}/entries", SCOPE, Entries)
def list_entries(request: HttpRequest, number: Number, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """What was posted on an account, page by page, oldest first."""
    found = own(request, number)
    rows = ledger.entries_of(account=found.id, after=cursors.after(cursor, "entries"), limit=limit + 1)
    items = [
        {
            "id": one.id, "kind": chart.KINDS[one.kind][0], "effective_day": one.effective_day,
            "booked_day": one.booked_day, "by_close": one.run_id is not None, "reverses": one.reverses,
            "stands_for": one.stands_for, "amounts": one.amounts,
        }
        for one in rows[:limit]
    ]  # fmt: skip
    more = cursors.cursor_of("entries", rows[limit - 1].id) if len(rows) > limit else ""
    return {"items": items, "next_cursor": more}


@door.reads("/accounts/{number}/explain/{figure}", SCOPE, Explanation)
def explain_figure(request: HttpRequest, number: Number, figure: str, day: Day | None = None) -> dict[str, Any]:
    """Why a figure is what it is, down to postings, days and rates; on the open day if none is named."""
    own(request, number)
    if figure not in explaining.NAMES:
        raise NoSuchExplanation(f"a figure is one of {', '.join(explaining.NAMES)}")
    on = day or explaining.open_day(account=number)
    told = explaining.explain(account=number, figure=figure, on=on)
    return explained(told, told.numbers["exponent"])


def explained(told: Node, exponent: int) -> dict[str, Any]:
    """A node of an explanation with its words."""
    return {
        "code": told.code, "amount": told.amount, "per": told.per, "numbers": dict(told.numbers),
        "en": explain_words.sentence(told, exponent, "en"), "zh": explain_words.sentence(told, exponent, "zh"),
        "parts": [explained(one, exponent) for one in told.parts],
        "because": [explained(one, exponent) for one in told.because],
    }  # fmt: skip


@door.reads("/accounts/{number}/quote", SCOPE, Quote)
def quote_payoff(request: HttpRequest, number: Number, day: Day | None = None) -> dict[str, Any]:
    """What pays an account off on a day, the open day if none is named; paying it on that day leaves nothing."""
    own(request, number)
    told = payoff.quote(number=number, day=day or explaining.open_day(account=number))
    parts = {f"{name}_minor": getattr(told.quote, name) for name in ("principal", "interest", "fee", "penalty")}
    return {
        "number": told.number, "day": told.day, "currency": told.currency, "exponent": told.exponent, **parts,
        "credit_minor": told.quote.credit, "payoff_minor": max(told.quote.payoff, 0), "accrued_minor": told.accrued,
        "apart_minor": told.apart,
    }  # fmt: skip


@door.reads("/accounts/{number}/outlook", SCOPE, Outlook)
def look_ahead(request: HttpRequest, number: Number) -> Any:
    """What is to come of an account that is paid as asked."""
    return outlook.look(account=own(request, number).id)


@door.reads("/accounts/{number}/in-force", SCOPE, InForce)
def list_in_force(request: HttpRequest, number: Number) -> Any:
    """What holds beside the balance: arrangements, moved due days, mandates, funders, the owner, the newest acts.

    A party's key is told what stands and not who did it or why, and nothing of mandates, other parties or acts.
    """
    told = forces.of(account=own(request, number).id)
    if not holder_of(request).party:
        return told
    return told._replace(
        arrangements=[one._replace(states=tuple(map(unsaid, one.states))) for one in told.arrangements],
        eased=[unsaid(one) for one in told.eased],
        bar=unsaid(told.bar) if told.bar else None, mandates=[], funding=[], claims=[], transfers=[], deeds=[],
        is_cut=False,
    )  # fmt: skip


def unsaid(one: Any) -> Any:
    """A row without who did it and why."""
    return one._replace(**{name: "" for name in ("by", "reason") if name in one._fields})


@door.reads("/days", SCOPE, SealedDays)
def list_sealed_days(request: HttpRequest, limit: Limit = 100) -> dict[str, Any]:
    """The days that are sealed, the newest first."""
    return {"items": book.sealed_days()[::-1][:limit]}
