"""An undone incident equals the history without it: in money, dues, days past due and reportable status."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

import books as b
import histories as h
from drawn import seen
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from test_book_laws import book_is_right
from test_loan_book_laws import TERMS, drawn, opened

from duecourse.kernel.terms import LineTerms

DAYS, LINES = 45, 8
WINDOW = (0, 40)
CHANNEL = 3


class Life(NamedTuple):
    """What happens to an account: acts in time (day, kind, amount), and a payment tried on a day that came later."""

    acts: tuple[tuple[int, str, int], ...]
    tried: int
    came: int
    amount: int


@st.composite
def lives(draw: st.DrawFn, count: int) -> list[Life]:
    """Purchases and payments, one of which an incident delayed."""
    chance = Random(draw(st.integers(0, 2**32)))
    found = []
    for _ in range(count):
        acts = [(0, "buy", chance.randrange(5_000, 90_000))]
        acts += [
            (chance.randrange(1, DAYS), chance.choice(("buy", "pay", "pay")), chance.randrange(1, 30_000))
            for _ in range(chance.randrange(6))
        ]
        tried = chance.randrange(1, WINDOW[1])
        came = chance.randrange(tried + 1, DAYS)
        found.append(Life(tuple(sorted(acts)), tried, came, chance.choice((900, 20_000, 120_000))))
        seen("line", len(acts), 1)
    return found


def line(number: str, terms: LineTerms) -> int:
    """A line under drawn terms."""
    from duecourse.servicing import accounts, agreed

    terms_id = agreed.freeze(product=b.PRODUCT, agreed=terms)
    new = accounts.New(number, 1, 10**6)
    return accounts.open_many(product=b.PRODUCT, terms_id=terms_id, on=b.FIRST, new=[new])[0]


def do(account: int, life: Life, offset: int, *, paid_on: int, name: str) -> int | None:
    """Everything of a life on a day, the payment last; answers the payment's entry."""
    from duecourse.servicing import payments, purchases

    on = b.day_of(offset)
    for i, (day, kind, amount) in enumerate(life.acts):
        if day == offset and kind == "buy" and not name.startswith("loan"):
            purchases.post(account=account, amount_minor=amount, on=on, key=f"{name}:{i}")
        elif day == offset and kind == "pay":
            payments.receive(account=account, amount_minor=amount, received_on=on, key=f"{name}:{i}")
    if offset != paid_on:
        return None
    told: dict[str, Any] = {"amount_minor": life.amount, "received_on": on, "channel": CHANNEL}
    return payments.receive(account=account, key=f"{name}:tried", **told).entry_id


def known(account: int, *, is_line: bool) -> list[Any]:
    """Money, dues and status of an account: entries in force, open dues, how it stood on every day."""
    from django.db import connection

    from duecourse.care import incident_figures
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import past_events

    with connection.cursor() as cursor:
        kept = [one.line for one in past_events.in_force(cursor, account)]
    figures = incident_figures.of(account=account, since=b.FIRST)
    told: list[Any] = [sorted((one.day, one.kind, one.amounts) for one in kept), figures.months, figures.owed_minor]
    told.append(list(Balance.objects.get(account_id=account).dues))
    return [*told, figures, b.state(account, b.day_of(DAYS - 1))] if is_line else told


@examples(1)
@given(data=st.data())
def test_an_undone_incident_equals_the_history_without_it(db: str, data: st.DataObject) -> None:
    from duecourse.book import close
    from duecourse.care import incidents

    b.empty()
    terms = [data.draw(h.terms())._replace(year_days=365) for _ in range(LINES // 2)] + [b.RICH] * (LINES // 2)
    told = data.draw(lives(LINES + len(TERMS)))
    late = [line(f"late{i}", one) for i, one in enumerate(terms)] + opened("loan late")
    right = [line(f"right{i}", one) for i, one in enumerate(terms)] + opened("loan right")
    for account in (*late[LINES:], *right[LINES:]):
        drawn(account, f"draw:{account}")
    payments: dict[int, int] = {}
    for offset in range(DAYS):
        for i, life in enumerate(told):
            kind = "line" if i < LINES else "loan"
            if entry := do(late[i], life, offset, paid_on=life.came, name=f"{kind} late {i}"):
                payments[i] = entry
            do(right[i], life, offset, paid_on=life.tried, name=f"{kind} right {i}")
        close.through(b.day_of(offset))
    before = [known(late[i], is_line=i < LINES) for i in range(len(told))]
    at = [datetime.combine(b.day_of(day), time(4), UTC) for day in WINDOW]
    one = incidents.open_incident(
        from_at=at[0], to_at=at[1], channels=[CHANNEL], cause="ours", description="down", by="ann", key="i"
    )
    for i, life in enumerate(told):
        finding = incidents.add(
            incident=one, account=late[i], payment=payments[i], tried_on=b.day_of(life.tried), by="ann", reason="log"
        )
        incidents.take_in(finding=finding, by="ann", reason="whatever comes of it")
    foreseen = list(incidents.preview(incident=one))
    assert [known(late[i], is_line=i < LINES) for i in range(len(told))] == before, "a preview writes nothing"
    for by in ("bob", "cyd"):
        incidents.approve(incident=one, by=by, reason="seen")
    done = list(incidents.apply(incident=one, by="bob"))
    assert [(x.account, x.before, x.after, x.code) for x in done] == [
        (x.account, x.before, x.after, x.code) for x in foreseen
    ]
    assert not [x.message for x in done if x.code]
    for i, _ in enumerate(told):
        is_line = i < LINES
        assert known(late[i], is_line=is_line) == known(right[i], is_line=is_line), f"account {i}"
    assert sum(known(late[i], is_line=i < LINES) != before[i] for i in range(len(told))) > len(told) // 2
    close.through(b.day_of(DAYS) + timedelta(days=3))
    book_is_right()
