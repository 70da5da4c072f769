"""Loans on the real database: acts become entries, days are closed, late and undone acts end as in the right order."""

from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)


def opened(number: str = "L1", approved: int = 500_000, **changed: object) -> int:
    from duecourse.servicing import loan_opening

    return loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=approved, on=FIRST, by="test", **changed
    )


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def row(account: int) -> dict[str, int]:
    from duecourse.ledger.tables import Balance

    return Balance.objects.filter(account_id=account).values()[0]


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def test_a_loan_is_drawn_charged_on_its_due_day_and_paid() -> None:
    from duecourse.servicing import loans

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 31))
    paid = loans.pay(account=account, amount_minor=86_266, on=date(2024, 2, 1), key="pay")
    assert paid.amounts == {"principal": -81_170, "interest": -5_096, "cash": 86_266}
    close(date(2024, 2, 10))
    now = row(account)
    assert (now["revolving"], now["past_due"], now["interest"]) == (418_830, 0, 0)
    assert now["dues"][0] == now["statement_on"] == now["due_on"]
    book_is_right()


def test_what_falls_due_and_is_not_met_is_past_due_the_day_after() -> None:
    from duecourse.book import read
    from duecourse.servicing import loans

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 2, 3))
    late = {
        day: read.day(day).execute().set_index("account_id").loc[account, "days_past_due"]
        for day in (date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 3))
    }
    assert list(late.values()) == [0, 0, 2]
    now = row(account)
    assert (now["past_due"], now["interest"]) == (81_170, 5_096)
    book_is_right()


def test_the_same_key_answers_the_same_and_another_body_is_refused() -> None:
    from duecourse.ledger.journal import DifferentBody
    from duecourse.servicing import loans

    account = opened()
    first = loans.draw(account=account, amount_minor=100_000, on=FIRST, by="test", key="draw")
    again = loans.draw(account=account, amount_minor=100_000, on=FIRST, by="test", key="draw")
    assert (again.entry_id, again.again) == (first.entry_id, True)
    with pytest.raises(DifferentBody):
        loans.draw(account=account, amount_minor=100_001, on=FIRST, by="test", key="draw")
    assert row(account)["revolving"] == 100_000


def test_a_draw_above_what_was_approved_is_refused_and_leaves_no_trace() -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import loan_checks, loans
    from duecourse.servicing.tables import Act

    account = opened(approved=100_000)
    before = (row(account), Entry.objects.count(), Act.objects.count())
    with pytest.raises(loan_checks.AboveApproved):
        loans.draw(account=account, amount_minor=100_001, on=FIRST, by="test", key="draw")
    assert (row(account), Entry.objects.count(), Act.objects.count()) == before


def test_a_late_payment_and_one_taken_back_end_where_the_right_order_does() -> None:
    """One loan's payments come in time; the other's first comes three weeks late, and one that bounced is undone."""
    from duecourse.servicing import loans

    right, late = opened("right"), opened("late")
    for account in (right, late):
        loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key=f"draw{account}")
    wrong = 0
    day = FIRST
    while day <= date(2024, 4, 15):
        if day == date(2024, 2, 1):
            loans.pay(account=right, amount_minor=45_000, on=day, key="r1")
        if day == date(2024, 2, 22):
            loans.pay(account=late, amount_minor=45_000, on=date(2024, 2, 1), key="l1")
        if day == date(2024, 3, 1):
            for account in (right, late):
                loans.pay(account=account, amount_minor=60_000, on=day, key=f"m{account}")
        if day == date(2024, 3, 10):
            loans.pay(account=late, amount_minor=7_700, on=day, key="bounces")
            wrong = last_act(late)
        if day == date(2024, 4, 10):
            loans.undo(account=late, of=wrong, on=day, by="test", reason="bounced", key="undo")
        close(day)
        day += timedelta(days=1)
    assert stands(right) == stands(late)
    assert sums(right) == sums(late)
    book_is_right()


def stands(account: int) -> object:
    """A loan's row and dues at the close of the last day."""
    from duecourse.kernel.loan_row import row_of
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    closed = day_number(date(2024, 4, 15))
    return row_of(loans.held(account=account).loan, closed, closed)


def sums(account: int) -> dict[str, int]:
    """What the entries of an account come to, by control account."""
    from django.db.models import Sum

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    return Entry.objects.filter(account_id=account).aggregate(**{name: Sum(name) for name in chart.COLUMNS})


def last_act(account: int) -> int:
    from duecourse.servicing.tables import Act

    return Act.objects.filter(account_id=account).latest("id").id


def test_a_change_of_the_rate_moves_no_money_and_changes_what_the_next_installment_asks() -> None:
    from duecourse.servicing import loans

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 10))
    told = {"account": account, "on": date(2024, 1, 11), "by": "test", "reason": "agreed", "key": "rate"}
    done = loans.act(kind="rate_change", rate_ppm=60_000, **told)
    assert done.amounts == {}
    assert loans.act(kind="rate_change", rate_ppm=60_000, **told).again
    close(date(2024, 2, 1))
    assert row(account)["interest"] < 5_096
    book_is_right()


def test_an_act_of_a_day_that_has_not_begun_or_before_the_opening_is_refused() -> None:
    from duecourse.servicing import loans
    from duecourse.servicing.refusals import AfterOpenDay, BeforeOpening

    account = opened()
    with pytest.raises(AfterOpenDay):
        loans.draw(account=account, amount_minor=1_000, on=FIRST + timedelta(days=1), by="test", key="a")
    with pytest.raises(BeforeOpening):
        loans.draw(account=account, amount_minor=1_000, on=FIRST - timedelta(days=1), by="test", key="b")
    assert row(account)["revolving"] == 0


def test_a_loan_reads_as_its_installments_its_dues_and_its_newest_postings() -> None:
    from duecourse.servicing import loans, read

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 31))
    loans.pay(account=account, amount_minor=86_266, on=date(2024, 2, 1), key="pay")
    close(date(2024, 3, 2))
    page = read.account(number="L1")
    assert [(part.asked, part.left, part.is_missed) for part in page.schedule[:3]] == [
        (86_266, 0, False),
        (86_266, 86_266, True),
        (86_266, 86_266, False),
    ]
    assert page.schedule[0].met_on == date(2024, 2, 1)
    assert (page.standing.days_past_due, page.standing.used, page.is_cut) == (1, 418_830, False)
    assert [step.total for step in read.behind(page, "principal")] == [500_000, 418_830]
    assert read.totals(page) == {"principal": 418_830, "interest": page.figures["interest"]}


def test_a_payment_that_comes_by_the_door_of_all_payments_is_taken_once_and_can_bounce() -> None:
    from duecourse.servicing import loans, payments

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 31))
    told = {"account": account, "amount_minor": 86_266, "received_on": date(2024, 2, 1), "key": "pay", "channel": 3}
    paid = payments.receive(**told)
    assert payments.receive(**told).entry_id == paid.entry_id
    assert row(account)["revolving"] == 418_830
    payments.reverse(account=account, entry=paid.entry_id, reason="bounced", by="test", key="back")
    close(date(2024, 2, 1))
    assert (row(account)["past_due"], row(account)["interest"]) == (81_170, 5_096)
    book_is_right()


def test_an_entry_that_is_no_payment_cannot_bounce() -> None:
    from duecourse.servicing import loans, payments
    from duecourse.servicing.refusals import NotReversible

    account = opened()
    drawn = loans.draw(account=account, amount_minor=1_000, on=FIRST, by="test", key="draw")
    with pytest.raises(NotReversible):
        payments.reverse(account=account, entry=drawn.entry_id, reason="bounced", by="test", key="back")
    assert row(account)["revolving"] == 1_000


def test_a_purchase_on_a_loan_is_refused() -> None:
    from duecourse.servicing import purchases
    from duecourse.servicing.refusals import NotALine

    account = opened()
    with pytest.raises(NotALine):
        purchases.post(account=account, amount_minor=1_000, on=FIRST, key="buys")
    assert row(account)["revolving"] == 0


def test_a_faulty_loan_is_set_aside_and_returns_with_what_it_missed() -> None:
    """An act that cannot be read stops one loan's nights, no other's; taken away, the loan catches up."""
    from django.db import connections

    from duecourse.book.tables import SetAside
    from duecourse.servicing import loans
    from duecourse.servicing.tables import Act

    bad, good = opened("bad", installments=6, rate_ppm=120_000), opened("good", installments=6, rate_ppm=120_000)
    for account in (bad, good):
        loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key=f"draw{account}")
    close(date(2024, 1, 30))
    told = {"effective_day": FIRST, "booked_day": FIRST, "by": "test", "reason": "torn", "body": {}}
    torn = Act.objects.create(account_id=bad, kind="nonsense", **told)
    close(date(2024, 2, 3))
    assert [one.account_id for one in SetAside.objects.filter(returned_on=None)] == [bad]
    assert (row(good)["past_due"], row(bad)["past_due"]) == (81_170, 0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM servicing_act WHERE id = %s", [torn.id])
    close(date(2024, 2, 3))
    assert not SetAside.objects.filter(returned_on=None).exists()
    money = ("revolving", "past_due", "interest", "dues")
    assert [row(bad)[name] for name in money] == [row(good)[name] for name in money]
    book_is_right()


def test_an_act_of_a_loan_on_a_line_is_refused() -> None:
    from duecourse.servicing import accounts, loans
    from duecourse.servicing.refusals import NotALoan
    from duecourse.servicing.tables import Act

    line = accounts.open_line(number="L", borrower_id=1, product="line_demo", limit_minor=1_000, on=FIRST)
    with pytest.raises(NotALoan):
        loans.draw(account=line, amount_minor=1, on=FIRST, by="test", key="draw")
    assert not Act.objects.exists()


def test_a_late_payment_is_answered_by_its_own_entry_and_each_can_bounce() -> None:
    """A payment for February comes after March's: its receipt says what it did, and either can be taken back."""
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import loans, payments

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 2, 29))
    told = {"account": account, "received_on": date(2024, 3, 1)}
    march = payments.receive(**told, amount_minor=60_000, key="march", channel=3)
    close(date(2024, 3, 9))
    late = payments.receive(
        account=account, amount_minor=20_000, received_on=date(2024, 2, 1), key="february", channel=7
    )
    assert late.amounts["cash"] == 20_000
    again = Entry.objects.filter(account_id=account, stands_for=march.entry_id, reverses=None).latest("id")
    assert (again.cash, again.channel) == (60_000, 3)
    undone = {"account": account, "entry": again.id, "reason": "bounced", "by": "test", "key": "back"}
    first = payments.reverse(**undone)
    assert payments.reverse(**undone) == first
    close(date(2024, 3, 10))
    assert sums(account)["cash"] == -500_000 + 20_000
    book_is_right()


@pytest.mark.parametrize(
    ("code", "kind", "body"),
    [
        ("act_not_offered", "sale", {"amount": 5}),
        ("act_not_offered", "charge_off", {"amount": 5}),
        ("act_not_offered", "charge", {"component": 3, "amount": 5}),
        ("act_not_offered", "draw", {"amount": 5, "mode": 1}),
        ("act_out_of_range", "charge", {"component": 1, "amount": 5, "until": 19_800}),
        ("act_out_of_range", "rate_change", {"rate_ppm": 50_000_000}),
        ("act_out_of_range", "reschedule", {"since": 19_760, "until": 19_732}),
        ("not_an_amount", "draw", {"amount": 0}),
        ("no_such_act", "undo", {"of": 10**9}),
        ("above_paid", "credit_refund", {"amount": 70_000}),
        ("above_approved", "draw", {"amount": 1}),
    ],
)
def test_what_a_loan_cannot_take_is_refused_by_code_and_leaves_no_trace(
    code: str, kind: str, body: dict[str, int]
) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import loans
    from duecourse.servicing.tables import Act

    account = opened()
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    before = (row(account), Entry.objects.count(), Act.objects.count())
    with pytest.raises(Refused) as refused:
        loans.act(account=account, kind=kind, on=FIRST, by="test", reason="try", key="try", **body)
    assert refused.value.code == code
    assert (row(account), Entry.objects.count(), Act.objects.count()) == before


def test_no_more_is_charged_back_than_a_payment_brought() -> None:
    from duecourse.servicing import loan_checks, loans
    from duecourse.servicing.refusals import NotReversible
    from duecourse.servicing.tables import Act

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    drawn = last_act(account)
    close(date(2024, 2, 1))
    loans.pay(account=account, amount_minor=50_000, on=date(2024, 2, 2), key="pay")
    told = {"account": account, "kind": "chargeback", "on": date(2024, 2, 2), "by": "test", "reason": "bank"}
    paid = last_act(account)
    loans.act(**told, key="one", of=paid, amount=30_000)
    with pytest.raises(loan_checks.AbovePaid):
        loans.act(**told, key="two", of=paid, amount=20_001)
    with pytest.raises(NotReversible):
        loans.act(**told, key="three", of=drawn, amount=1)
    entry = Act.objects.get(id=paid).entry_id
    undone = {"account": account, "entry": entry, "by": "test", "reason": "never came"}
    with pytest.raises(NotReversible):
        loans.undo_payment(**undone, key="four")
    assert sums(account)["cash"] == -500_000 + 50_000 - 30_000, "no part of it is taken back twice"
    loans.undo(
        account=account,
        of=last_act(account),
        on=date(2024, 2, 2),
        by="test",
        reason="a mistake of the bank",
        key="five",
    )
    loans.undo_payment(**undone, key="six")
    assert sums(account)["cash"] == -500_000
    close(date(2024, 2, 5))
    book_is_right()


def test_a_fee_is_owed_on_its_own_day() -> None:
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    account = opened(installments=6, rate_ppm=120_000)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    told = {"component": 3, "amount": 700, "until": day_number(date(2024, 1, 15))}
    loans.act(account=account, kind="charge", on=FIRST, by="test", reason="fee", key="fee", **told)
    close(date(2024, 1, 14))
    assert row(account)["fee"] == 0
    close(date(2024, 1, 15))
    assert row(account)["fee"] == 700
    book_is_right()


def test_a_loan_paid_off_early_has_earned_what_was_paid_and_earns_no_more() -> None:
    from duecourse.kernel import loan_terms
    from duecourse.servicing import loans

    account = opened(installments=6, rate_ppm=120_000, recalculation=loan_terms.NO_RECALCULATION)
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 9))
    owed = sum(part.asked for part in schedule())
    loans.pay(account=account, amount_minor=owed, on=date(2024, 1, 10), key="all")
    close(date(2024, 1, 12))
    now = row(account)
    assert (now["revolving"], now["kept_unbilled"], now["kept_window"], now["dues"]) == (0, 0, 0, [])
    book_is_right()


def schedule() -> list[object]:
    from duecourse.servicing import read

    return read.account(number="L1").schedule


@pytest.mark.parametrize(
    "changed",
    [{"order": (1, 2)}, {"order": (14, 13, 12)}, {"order": (4, 14, 13, 12, 11)}, {"recalculation": 2, "early": 3}],
)
def test_terms_that_the_book_does_not_carry_are_refused(changed: dict[str, object]) -> None:
    from duecourse.rules.fields import TermsRefused

    with pytest.raises(TermsRefused):
        opened(**changed)
