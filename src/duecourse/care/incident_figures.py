"""What an incident did to an account, in figures: what was charged, and how it stood at each month's end and now.

All of it follows from the entries in force and from the account computed again, so that what is undone shows at once in
days that were closed long ago.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel.columns import FIELDS, account_from
from duecourse.ledger import chart
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, hindsight, past_events
from duecourse.servicing.account_standing import Standing, figures_of, standing

FEE, INTEREST, PENALTY = (chart.COLUMNS.index(name) for name in ("fee", "interest", "penalty"))
OF_FEES = (chart.LATE_FEE, chart.FEE)


class Status(NamedTuple):
    """How an account stood at the close of a day: what is reported of it."""

    on: date
    days_past_due: int
    bucket: int
    stage: int
    risk_class: int


class Figures(NamedTuple):
    """Of an account: what is owed, what was charged since its opening with what has accrued, and its status by month.

    months: at the close of each month's last day since a day, then of the last closed day.
    """

    owed_minor: int
    fees_minor: int
    interest_minor: int
    late_interest_minor: int
    months: tuple[Status, ...]

    @property
    def now(self) -> Status:
        """The status at the last close."""
        return self.months[-1]


def of(*, account: int, since: date) -> Figures:
    """The figures of an account, its status from the day `since` on."""
    with connection.cursor() as cursor:
        names = ", ".join(f'b."{name}"' for name in FIELDS)
        cursor.execute(
            f"SELECT s.open_day, b.terms_id, {names} FROM ledger_balance b "
            "JOIN ledger_shard s ON s.shard = b.account_id / %s WHERE b.account_id = %s",
            [SHARD_SIZE, account],
        )
        open_day, terms_id, *fields = cursor.fetchone()
        closed = open_day - timedelta(days=1)
        first = min(since, closed)
        told = {"account": account, "terms_id": terms_id, "since": day_number(first), "through": day_number(closed)}
        rows = hindsight.of_account(cursor, **told)
        charged = [(one.line.kind, one.line.amounts) for one in past_events.in_force(cursor, account)]

    def stood(on: date) -> Standing:
        row = [row for row in rows if row.day <= day_number(on)][-1]
        terms = agreed.loan(row.terms_id) if agreed.is_loan(row.terms_id) else agreed.of(row.terms_id)
        return standing(account_from(row.fields), row.dues, terms, on)

    now = stood(closed)
    return Figures(
        figures_of(account_from(fields))["owed"],
        sum(amounts[FEE] for kind, amounts in charged if kind in OF_FEES),
        sum(amounts[INTEREST] for kind, amounts in charged if kind == chart.CHARGE) + now.accrued_interest,
        sum(amounts[PENALTY] for kind, amounts in charged if kind == chart.CHARGE) + now.accrued_penalty,
        tuple(status(on, stood(on)) for on in (*month_ends(first, closed), closed)),
    )


def status(on: date, told: Standing) -> Status:
    """What is reported of where an account stands."""
    return Status(on, told.days_past_due, told.bucket, told.stage, told.risk_class)


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last day of each month from one day on and before another."""
    on = first
    while True:
        following = (on.replace(day=28) + timedelta(days=4)).replace(day=1)
        end = following - timedelta(days=1)
        if end >= last:
            return
        yield end
        on = following


def worse(before: Figures, after: Figures) -> list[str]:
    """In what the borrower is worse off after than before, in words: what was charged, the days past due."""
    found = []
    charged = [one.fees_minor + one.interest_minor + one.late_interest_minor for one in (before, after)]
    if charged[1] > charged[0]:
        found.append(f"{charged[1]} charged instead of {charged[0]}")
    for was, now in zip(before.months, after.months, strict=True):
        if now.days_past_due > was.days_past_due:
            found.append(f"{now.days_past_due} days past due on {now.on} instead of {was.days_past_due}")
    return found


def kept(told: Figures) -> dict[str, Any]:
    """Figures as they are kept in a row."""
    months = [[one.on.isoformat(), *one[1:]] for one in told.months]
    return {**told._asdict(), "months": months}


def read(told: dict[str, Any]) -> Figures:
    """Figures as they were kept."""
    months = tuple(Status(date.fromisoformat(on), *rest) for on, *rest in told["months"])
    return Figures(**{**told, "months": months})
