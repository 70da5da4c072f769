"""Acts in the midst of drawn histories: no evening faults after them, and compiled still equals plain."""

from random import Random
from typing import Any

import histories as h
import numpy as np
from effort import examples
from histories import History
from hypothesis import given
from hypothesis import strategies as st
from test_lane_laws import Book, new_book

from duecourse.kernel import line_acts
from duecourse.kernel.account import WIDTH, Account, due_left, owed_total, principal_total
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.line_acts import Changed, Parts
from duecourse.kernel.terms import PRINCIPAL, LineTerms

few = examples(60)


def account_at(book: Book, i: int) -> Changed:
    """An account of a book with its dues."""
    dues = book.dues[book.offsets[i] : book.offsets[i + 1]].tolist()
    return Changed(account_from(book.rows[:, i].tolist()), dues)


def put(book: Book, i: int, now: Changed) -> None:
    """Write an account of a book back."""
    before, after = book.dues[: book.offsets[i]], book.dues[book.offsets[i + 1] :]
    longer = len(now.dues) - (book.offsets[i + 1] - book.offsets[i])
    book.rows[:, i] = fields_of(now.account)
    book.dues = np.concatenate([before, np.array(now.dues, dtype=np.int64), after])
    book.offsets[i + 1 :] += longer


def change(now: Changed, terms: LineTerms, day: int, chance: Random) -> Changed:
    """One act that may be done to an account as it stands, chosen by chance."""
    account, dues = now
    amount = chance.choice((1, 37, 5_000, 40_000))
    missed = any(dues[at] <= account.day for at in range(0, len(dues), WIDTH))
    open_days = [dues[at] for at in range(0, len(dues), WIDTH) if dues[at] > account.day]
    principal = account.principal
    kind = chance.randrange(14)
    if kind == 0:
        return line_acts.charge_fee(account, dues, terms, amount, day)
    if kind == 1:
        component = chance.randrange(PRINCIPAL, PRINCIPAL + 4)
        return line_acts.waive(account, dues, terms, component, amount) if owed_total(account) else now
    if kind == 2 and account.credit:
        return line_acts.pay_out(account, dues, terms, min(amount, account.credit), day)
    if kind == 3:
        met = Parts(*(chance.randrange(3_000) for _ in range(4)), chance.randrange(2))
        return line_acts.bounce(account, dues, terms, met, chance.choice((0, 900)), day)
    if kind == 4:
        return line_acts.dispute(account, dues, terms, amount, day)
    if kind == 5 and account.beside.apart:
        return line_acts.bring_back(account, dues, terms, min(amount, account.beside.apart), chance.choice((0, 9)), day)
    if kind == 6 and open_days:
        due_on = open_days[0]
        return line_acts.defer(account, dues, due_on, due_on + chance.choice((3, 40)), chance.choice((0, due_on + 99)))
    if kind == 7 and missed:
        first = day + chance.choice((1, 20))
        return line_acts.re_age(account, dues, (first, first + 31)[: chance.choice((1, 2))])
    if kind == 8 and owed_total(account) and not account.beside.charged_off and chance.random() < 0.3:
        return line_acts.charge_off(account, dues, chance.randrange(2), day)
    if kind == 9 and not missed and not account.beside.charged_off:
        is_billed = chance.randrange(2)
        parts = (principal.window + principal.revolving, principal.unbilled + principal.bearing)
        there = parts[0] if is_billed else parts[1]
        if there:
            return line_acts.convert(account, dues, terms, min(amount, there), is_billed, day)
    if kind == 10 and account.beside.apart and account.statement_on == day:
        part = min(amount, account.beside.apart)
        return line_acts.bill_installment(account, dues, terms, part, chance.choice((0, 50)), 60, day)
    if kind == 11 and owed_total(account) and chance.random() < 0.3:
        return line_acts.accelerate(line_acts.charge_accrued(account), dues, day)
    if kind == 12 and owed_total(account):
        return line_acts.spread_all(account, (day + 1, day + 20, day + 45)[: chance.choice((1, 2, 3))])
    if kind == 13 and owed_total(account) and chance.random() < 0.3:
        return settled(now, terms)
    return now


def settled(now: Changed, terms: LineTerms) -> Changed:
    """All that is owed is forgiven."""
    left = Changed(line_acts.charge_accrued(now.account), now.dues)
    for component in range(PRINCIPAL, PRINCIPAL + 4):
        left = line_acts.waive(left.account, left.dues, terms, component, 10**9)
    assert (owed_total(left.account), left.dues, left.account.beside.charged_off) == (0, [], 0)
    return left


def sound(now: Changed) -> None:
    """What must hold of an account between its evenings."""
    account, dues = now
    numbers = fields_of(account)
    assert min(numbers) >= 0
    assert account.credit == 0 or owed_total(account) == 0
    claims = [(dues[at], dues[at + PRINCIPAL]) for at in range(0, len(dues), WIDTH)]
    assert sum(claim for due_on, claim in claims if due_on <= account.day) == account.principal.past_due
    parts = account.principal
    assert sum(claim for due_on, claim in claims if due_on > account.day) <= parts.window + parts.revolving
    assert [due_on for due_on, _ in claims] == sorted(due_on for due_on, _ in claims)
    assert all(due_left(dues, at) > 0 for at in range(0, len(dues), WIDTH))
    for place, owed in ((2, account.owed.interest), (3, account.owed.fee), (4, account.owed.penalty)):
        assert sum(dues[at + place] for at in range(0, len(dues), WIDTH)) <= owed
    assert account.suspended <= account.owed.interest + account.owed.penalty
    assert account.statement_left == billed(account)
    assert account.beside.charged_off <= owed_total(account)


def billed(account: Account) -> int:
    """What is owed and billed."""
    open_cycle = account.principal.unbilled + account.principal.bearing
    return (
        principal_total(account.principal)
        - open_cycle
        + owed_total(account)
        - principal_total(account.principal)
        - account.owed.unbilled_fee
    )


@few
@given(h.terms(), st.lists(h.histories(start=h.FIRST + 60, length=150), min_size=1, max_size=6), st.integers(0, 2**32))
def test_every_lane_equals_plain_with_acts_between(terms: LineTerms, drawn: list[History], seed: int) -> None:
    chance = Random(seed)
    book = new_book(terms, drawn[0].start, [history.limit for history in drawn])
    for day in range(drawn[0].start + 1, drawn[0].end + 1):
        for i in range(len(drawn)):
            if chance.random() < 0.12:
                now = change(account_at(book, i), terms, day, chance)
                sound(now)
                put(book, i, now)
        todays: list[Any] = [
            (i, e.kind, e.amount) for i, history in enumerate(drawn) for e in history.events if e.day == day
        ]
        if todays:
            book.post(day, todays)
        book.close(day)
        for i in range(len(drawn)):
            sound(account_at(book, i))
