"""Payments that come late or bounce: the account is computed again and the difference is posted."""

from datetime import date, timedelta
from typing import Any

import pytest

PRODUCT = "card_tw_2005"
DAY = date(2005, 4, 1)


@pytest.fixture
def line(made: int, db_copy: str) -> int:
    """The line below, for one test."""
    return made


@pytest.fixture(scope="module")
def made(module_db: str) -> int:
    """A line that bought on 1 April and has missed its minimum due on 20 May; the open day is 25 May."""
    from duecourse.book import close
    from duecourse.servicing import accounts, purchases

    line = accounts.open_line(number="L1", borrower_id=1, product=PRODUCT, limit_minor=500_000, on=DAY)
    purchases.post(account=line, amount_minor=100_000, on=DAY, key="b")
    close.through(date(2005, 5, 24))
    return line


def entries(line: int) -> list[Any]:
    from duecourse.ledger.tables import Entry

    return list(Entry.objects.filter(account_id=line).order_by("id"))


def close_to(day: date) -> None:
    from duecourse.book import close

    close.through(day)


def test_a_bounced_payment_undoes_what_it_had_cured(line: int) -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import payments
    from duecourse.servicing.tables import Change

    before = Balance.objects.get(account_id=line)
    paid = payments.receive(account=line, amount_minor=50_000, received_on=date(2005, 5, 25), key="p")
    assert Balance.objects.get(account_id=line).dues == []
    undone = payments.reverse(account=line, entry=paid.entry_id, reason="no cover", by="bob", key="u")
    after = Balance.objects.get(account_id=line)
    assert (after.dues, after.past_due, after.revolving) == (before.dues, before.past_due, before.revolving)
    reversal = entries(line)[-1]
    assert (reversal.id, reversal.reverses, reversal.cash) == (undone, paid.entry_id, -50_000)
    change = Change.objects.get()
    assert (change.account_id, change.since_day, change.booked_day) == (line, date(2005, 5, 25), date(2005, 5, 25))
    assert (change.by, change.reason) == ("bob", "no cover")


def test_a_payment_is_reversed_once_and_the_same_key_answers_the_same(line: int) -> None:
    from duecourse.servicing import payments
    from duecourse.servicing.refusals import NotReversible

    paid = payments.receive(account=line, amount_minor=50_000, received_on=date(2005, 5, 25), key="p")
    asked = {"account": line, "entry": paid.entry_id, "reason": "no cover", "by": "bob"}
    undone = payments.reverse(**asked, key="u")
    assert payments.reverse(**asked, key="u") == undone
    count = len(entries(line))
    with pytest.raises(NotReversible):
        payments.reverse(**asked, key="u2")
    assert len(entries(line)) == count


def test_a_late_payment_takes_back_what_was_charged_for_its_lateness(line: int) -> None:
    """Effective before the due day, booked today: no days past due, no interest from the due day on."""
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import payments

    close_to(date(2005, 6, 2))
    charged = [one for one in entries(line) if one.kind == 11]
    assert [one.effective_day for one in charged] == [date(2005, 5, 31)]
    payments.receive(account=line, amount_minor=100_000, received_on=date(2005, 5, 18), key="p", channel=3)
    new = entries(line)[len(charged) + 1 :]
    assert [(one.kind, one.reverses, one.effective_day, one.booked_day, one.channel) for one in new] == [
        (11, charged[0].id, date(2005, 5, 31), date(2005, 6, 3), 0),
        (4, None, date(2005, 5, 18), date(2005, 6, 3), 3),
    ]
    held = Balance.objects.get(account_id=line)
    assert (held.dues, held.interest, held.past_due, held.revolving, held.window) == ([], 0, 0, 0, 0)


def test_what_is_posted_again_keeps_its_place_and_its_channel(line: int) -> None:
    """A payment that must be split otherwise stands again under its own first entry; either id names it."""
    from duecourse.servicing import payments

    close_to(date(2005, 6, 2))
    first = payments.receive(account=line, amount_minor=8_000, received_on=date(2005, 6, 3), key="p", channel=3)
    payments.receive(account=line, amount_minor=96_500, received_on=date(2005, 5, 18), key="q", channel=5)
    again = [one for one in entries(line) if one.stands_for == first.entry_id and one.reverses is None]
    assert [(one.channel, one.cash) for one in again] == [(3, 8_000)]
    payments.reverse(account=line, entry=first.entry_id, reason="no cover", by="bob", key="u")
    assert entries(line)[-1].reverses == again[0].id


def test_reversing_both_ways_comes_back_to_the_same_book(line: int) -> None:
    """A late payment and its reversal leave balances, dues and control accounts as if neither had been."""
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import payments

    fields = [field.name for field in Balance._meta.fields]
    close_to(date(2005, 6, 2))
    names = ("principal", "interest", "fee", "penalty", "credit", "accrued", "cash")

    def totals() -> list[int]:
        return [sum(getattr(one, name) or 0 for one in entries(line)) for name in names]

    before = Balance.objects.values_list(*fields).get(account_id=line), totals()
    for i, on in enumerate((date(2005, 4, 3), date(2005, 5, 19), date(2005, 5, 20), date(2005, 5, 21))):
        paid = payments.receive(account=line, amount_minor=70_000, received_on=on, key=f"p{i}")
        payments.reverse(account=line, entry=paid.entry_id, reason="test", by="bob", key=f"u{i}")
    assert (Balance.objects.values_list(*fields).get(account_id=line), totals()) == before


def test_a_taken_on_account_is_replayed_from_what_it_began_with(db: str) -> None:
    from duecourse.kernel.columns import AT, FIELDS
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import accounts, agreed, payments

    today = day_number(DAY)
    fields = [0] * len(FIELDS)
    began = {"day": today - 1, "statement_on": day_number(date(2005, 4, 30)), "limit_minor": 500_000}
    owed = {"past_due": 4_000, "revolving": 50_000, "interest": 900, "statement_left": 54_900}
    for name, value in (began | owed).items():
        fields[AT[name]] = value
    dues = [today - 12, 4_000, 900, 0, 0, 4_900]
    terms_id = agreed.freeze(product=PRODUCT, agreed=agreed.in_force(product=PRODUCT, day=DAY))
    new = [accounts.New("T", 1, 500_000, (tuple(fields), dues))]
    line = accounts.open_many(product=PRODUCT, terms_id=terms_id, on=DAY, new=new)[0]
    close_to(DAY + timedelta(days=40))
    payments.receive(account=line, amount_minor=54_900, received_on=DAY, key="p")
    held = Balance.objects.get(account_id=line)
    assert (held.dues, held.revolving, held.past_due, held.interest, held.accrued_interest) == ([], 0, 0, 0, 0)
    from duecourse.book import check

    close_to(DAY + timedelta(days=42))
    assert [one for one in check.everything() if not one.ok] == []


def test_the_page_of_each_version_adds_up_though_two_corrections_came_on_one_day(line: int) -> None:
    """Each shows what was known when it was written; the second and the third version were booked on one day."""
    from duecourse.servicing import payments, read

    close_to(date(2005, 6, 2))
    for i, amount in enumerate((10_000, 20_000)):
        payments.receive(account=line, amount_minor=amount, received_on=date(2005, 4, 20), key=f"p{i}")
    cycle_on = date(2005, 4, 30)
    pages = [read.statement(number="L1", cycle_on=cycle_on, version=version) for version in (1, 2, 3)]
    assert [one.statement.booked_day for one in pages] == [cycle_on, date(2005, 6, 3), date(2005, 6, 3)]
    assert [one.statement.balance for one in pages] == [100_000, 90_000, 70_000]
    assert [one.closing for one in pages] == [100_000, 90_000, 70_000]
