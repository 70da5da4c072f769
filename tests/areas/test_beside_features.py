"""What stands beside an account's months as features: as known on the day, null where nothing was told."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2026, 1, 1)
HEAD = "account,as_of,source,lenders,balance,payment,worst_days_past_due,enquiries\n"
Told = dict[str, Any]


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def line(number: str = "L1") -> int:
    """A line with a purchase of 900.00, its limit 10,000.00."""
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(number=number, borrower_id=1, product="card_tw_2005", limit_minor=1_000_000, on=FIRST)
    purchases.authorise(account=account, amount_minor=90_000, on=FIRST, key=f"buy {number}")
    return account


def told(day: date) -> Told:
    """The features beside the months of the one account on a day."""
    from duecourse.risk import features

    (row,) = features.LINES.made(day).arrow().to_pylist()
    return {feature.name: row[feature.name] for feature in features.BESIDE}


def changed(before: Told, after: Told) -> Told:
    return {name: value for name, value in after.items() if value != before[name]}


NOTHING: Told = {
    "arranged_now": 0, "arrangements_failed": 0, "reliefs_in_year": 0, "disputes_in_year": 0, "cash_like_share": None,
    "lenders_elsewhere": None, "owed_elsewhere": None, "payment_elsewhere": None, "late_elsewhere": None,
    "enquiries_elsewhere": None, "lenders_elsewhere_change": None, "owed_elsewhere_change": None, "income_to_due": None,
    "contacts_tried": 0, "talks_reached": None, "days_since_talk": None, "contacts_by_borrower": 0, "stops_contact": 0,
    "disputes_told": 0, "disputes_open": 0,
}  # fmt: skip


def test_arrangements_reliefs_and_disputes_count_from_the_day_on_which_they_are_known() -> None:
    from duecourse.servicing import arrangements, changes, deferrals, disputes, purchases
    from duecourse.servicing.arrangement_plan import Amount, Plan

    account = line()
    close(date(2026, 2, 5))
    on = date(2026, 2, 6)
    who: Told = {"account": account, "by": "bob", "reason": "asked for"}
    bought = purchases.authorise(account=account, amount_minor=5_000, on=on, key="b2")
    disputes.open_dispute(**who, entry=bought.entry_id, amount_minor=5_000, on=on, key="d")
    plan = Plan(amounts=(Amount(date(2026, 2, 20), 50_000),), tolerance_days=2)
    arrangements.agree(account=account, terms=plan, on=on, by="bob", reason="ill", key="a")
    close(on)
    assert told(on - timedelta(days=1)) == NOTHING, "the day before knew nothing of it"
    assert changed(NOTHING, told(on)) == {"arranged_now": 1, "disputes_in_year": 1}
    close(date(2026, 3, 2))
    assert changed(NOTHING, told(date(2026, 3, 2))) == {"arrangements_failed": 1, "disputes_in_year": 1}
    eased = deferrals.re_age(**who, due_days=[date(2026, 4, 10)], on=date(2026, 3, 3), key="r")
    close(date(2026, 3, 3))
    assert told(date(2026, 3, 3))["reliefs_in_year"] == 1
    changes.undo(**who, act=eased.act, key="u")
    close(date(2026, 3, 5))
    assert told(date(2026, 3, 5))["reliefs_in_year"] == 0
    assert told(date(2026, 3, 3))["reliefs_in_year"] == 1, "as it was known then"


def test_purchases_of_money_and_the_day_of_income() -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.servicing import holds, income_days, purchases
    from duecourse.servicing.tables import PurchaseCategory

    account = line()
    close(date(2026, 2, 2))
    on = date(2026, 2, 3)
    buy: Callable[..., Any] = purchases.authorise
    buy(account=account, amount_minor=3_000, on=on, key="atm", category=6011)
    buy(account=account, amount_minor=9_000, on=on, key="food", category=5411)
    assert buy(account=account, amount_minor=9_000, on=on, key="food", category=5411).again
    held = holds.place(account=account, amount_minor=3_000, on=on, by="bob", reason="atm", key="hold")
    holds.capture(account=account, hold=held.act, amount_minor=3_000, on=on, by="bob", key="cap", category=6051)
    assert list(PurchaseCategory.objects.order_by("entry_id").values_list("category", flat=True)) == [6011, 5411, 6051]
    income_days.tell(account=account, day_of_month=31, on=on, by="bob", reason="payslip", key="i")
    close(on)
    found = changed(NOTHING, told(on))
    assert found.pop("cash_like_share") == pytest.approx(0.4)
    due_on = date(2026, 2, 20)
    assert found == {"income_to_due": (due_on - date(2026, 1, 31)).days}
    for refused, code in (
        (lambda: buy(account=account, amount_minor=1, on=on, key="x", category=10_000), "not_a_merchant_category"),
        (
            lambda: income_days.tell(account=account, day_of_month=0, on=on, by="bob", reason="?", key="y"),
            "not_a_day_of_month",
        ),
        (
            lambda: income_days.tell(account=account, day_of_month=5, on=date(2027, 1, 1), by="b", reason="?", key="z"),
            "effective_after_open_day",
        ),
    ):
        with pytest.raises(Refused) as fault:
            refused()
        assert fault.value.code == code


def test_debts_with_others_are_taken_once_and_known_from_the_day_on_which_they_came(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.intake import debts_file
    from duecourse.intake.files import NothingToRetry
    from duecourse.intake.tables import Quarantined
    from duecourse.risk.debt_tables import DebtReport

    line()
    close(date(2026, 1, 9))
    early = tmp_path / "early.csv"
    early.write_text(HEAD + "L1,2026-01-05,bureau,2,3000.00,250.50,0,1\n")
    assert debts_file.take(early).reported == 1
    close(date(2026, 4, 9))
    file = tmp_path / "debts.csv"
    rows = (
        "L1,2026-04-08,bureau,5,5000.00,400.00,35,4",
        "L9,2026-04-08,bureau,5,5000.00,400.00,35,4",
        "L1,2026-09-08,bureau,5,5000.00,400.00,35,4",
        "L1,2026-04-07,bureau,five,5000.00,400.00,35,4",
        "L1,2026-04-06,bureau,5,5000.001,400.00,35,4",
        "L1,2026-04-05,,5,5000.00,400.00,35,4",
    )
    file.write_text(HEAD + "\n".join(rows) + "\n")
    shown = CliRunner(env={"COLUMNS": "160"}).invoke(main, ["debts", str(file)], catch_exceptions=False)
    assert "6 rows, 1 reports now, 0 known before, 5 quarantined" in shown.stdout, shown.stdout
    waiting = Quarantined.objects.filter(taken_by=None).order_by("row").values_list("row", "field", "code")
    assert list(waiting) == [
        (2, "account", "no_such_account"),
        (3, "as_of", "after_open_day"),
        (4, "lenders", "not_a_number"),
        (5, "balance", "not_a_number"),
        (6, "source", "missing"),
    ]
    close(date(2026, 4, 10))
    assert told(date(2026, 4, 9)) == NOTHING | {
        "lenders_elsewhere": 2, "owed_elsewhere": 0.3, "payment_elsewhere": 0.02505, "late_elsewhere": 0,
        "enquiries_elsewhere": 1,
    }  # fmt: skip
    assert changed(NOTHING, told(date(2026, 4, 10))) == {
        "lenders_elsewhere": 5, "owed_elsewhere": 0.5, "payment_elsewhere": 0.04, "late_elsewhere": 35,
        "enquiries_elsewhere": 4, "lenders_elsewhere_change": 3, "owed_elsewhere_change": 0.2,
    }  # fmt: skip
    assert debts_file.take(file).reported == 0
    mended = tmp_path / "mended.csv"
    mended.write_text(HEAD + "\n".join((rows[0], rows[3].replace("five", "4"))) + "\n")
    retried = debts_file.retry(mended)
    assert (retried.reported, retried.file.summary["known_before"]) == (1, 1)
    assert not Quarantined.objects.filter(taken_by=None, row=4).exists()
    assert DebtReport.objects.count() == 3
    assert [field.name for field in DebtReport._meta.fields if field.get_internal_type() == "TextField"] == ["source"]
    Quarantined.objects.filter(taken_by=None).update(taken_by=retried.file)
    with pytest.raises(NothingToRetry):
        debts_file.retry(mended)


def noon(on: date) -> datetime:
    """Noon by the lender's clock, in Shanghai."""
    return datetime.combine(on, time(4), UTC)


def test_contacts_count_where_they_were_made_and_known_before_the_day_was_sealed() -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach import contact

    line()
    who: Told = {"borrower": 1, "by": "alice", "reason": "asked for"}
    reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **who)
    close(date(2026, 2, 5))

    def call(at: datetime, purpose: str = "service", **more: Any) -> Any:
        return contact.may_we(person=1, channel="call", purpose=purpose, at=at, by="alice", **more)

    def tell(decision: Any, outcome: str, at: datetime) -> None:
        contact.tell(decision=decision.id, outcome=outcome, at=at, by="alice")

    first, second, third = (date(2026, 2, day) for day in (6, 7, 8))
    asked = call(noon(first))
    assert asked.answer.allowed
    at_night = call(noon(first) + timedelta(hours=11), "collection")
    assert not at_night.answer.allowed, "what the gate refuses is no contact"
    close(first)
    assert told(first - timedelta(days=1)) == NOTHING, "the day before knew nothing of it"
    assert changed(NOTHING, told(first)) == {"contacts_tried": 1}, "what became of it is not known yet"
    tell(asked, "connected", noon(first))
    assert changed(NOTHING, told(first)) == {"contacts_tried": 1}, "what is told later, the sealed day does not know"
    tell(call(noon(second)), "unanswered", noon(second))
    after_midnight = noon(second) + timedelta(hours=12, minutes=1)
    reach.inbound(channel="call", outcome="sent", at=after_midnight, **who)
    tell(call(noon(second), relation="attorney"), "connected", noon(second))
    close(second)
    known = {"contacts_tried": 2, "talks_reached": 0.5, "days_since_talk": 1}
    assert changed(NOTHING, told(second)) == known, (
        "an attorney is not the borrower, and one minute past is the next day"
    )
    never = call(noon(third))
    tell(never, "connected", noon(third))
    tell(never, "not_made", noon(third))
    reach.block(kind="opted_out", since=noon(third), channel="sms", **who)
    close(third)
    more = {"days_since_talk": 2, "contacts_by_borrower": 1, "stops_contact": 1}
    assert changed(NOTHING, told(third)) == known | more
    reach.inbound(channel="call", outcome="connected", at=noon(third), **who)
    close(date(2026, 5, 8))
    assert changed(NOTHING, told(third)) == known | more, "recorded after the day was sealed"
    of_may = told(date(2026, 5, 8))
    assert changed(NOTHING, of_may) == {
        "contacts_tried": 1, "talks_reached": 0.0, "days_since_talk": 89, "contacts_by_borrower": 2, "stops_contact": 1,
    }  # fmt: skip


def test_a_wish_that_was_ended_stops_no_contact_any_more_and_the_days_before_still_knew_it() -> None:
    from duecourse.borrowers import reach

    line()
    who: Told = {"borrower": 1, "by": "alice", "reason": "asked for"}
    on = date(2026, 1, 10)
    close(on - timedelta(days=1))
    wish = reach.block(kind="cease", since=noon(on), **who)
    reach.block(kind="opted_out", since=noon(on), until=noon(on + timedelta(days=1)), **who)
    reach.block(kind="dispute", since=noon(on), **who)
    close(on)
    reach.end_block(block=wish, at=noon(on + timedelta(days=2)), **who)
    close(on + timedelta(days=2))
    assert [told(on + timedelta(days=day))["stops_contact"] for day in range(3)] == [2, 1, 0]


def test_a_model_trained_before_is_scored_by_the_features_that_it_knows() -> None:
    import numpy as np

    from duecourse.risk import model
    from duecourse.risk.features import DIRECTION, LINE

    known = dict(list(DIRECTION.items())[: len(LINE)])
    chance = np.random.default_rng(3)
    rows = np.column_stack([chance.random((400, len(LINE))), np.full((400, len(DIRECTION) - len(LINE)), np.nan)])
    rows[:, len(LINE)] = 0.0
    missed = (rows[:, 1] * 3 + chance.random(400) > 2).astype(int)
    parts = np.arange(400) % model.PARTS
    before = model.fit(rows[:, : len(LINE)], missed, parts, known)
    after = model.fit(rows, missed, parts, DIRECTION)
    assert np.array_equal(before.chance(model.columns(rows, tuple(DIRECTION), before.features)), after.chance(rows)), (
        "what is the same for all, or known of none, changes no tree"
    )


def test_every_feature_beside_the_months_has_a_reason_in_both_languages() -> None:
    from duecourse.risk import explain
    from duecourse.risk.features import BESIDE

    for feature in BESIDE:
        code = explain.FAMILIES[feature.name]
        assert explain.REASONS[code].told_by in {one.name for one in BESIDE if one.family == code}
        assert explain.words(code, 3, "en") != explain.words(code, 3, "zh")


def test_which_categories_are_like_cash_is_a_dated_row_of_four_digits_each() -> None:
    from duecourse.rules import category_terms
    from duecourse.rules.fields import TermsRefused

    found = category_terms.cash_like(on=date(2026, 1, 1))
    assert {4829, 6010, 6011, 7995} <= set(found)
    assert 5411 not in found
    for bad in ([], [601_101], ["6011"], [0], [True], None):
        with pytest.raises(TermsRefused, match="categor"):
            category_terms.checked(bad, where="here")


def test_the_share_of_purchases_of_money_goes_by_the_categories_in_force_on_the_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from duecourse.rules import category_terms
    from duecourse.servicing import purchases

    account, on = line(), date(2026, 1, 10)
    close(on - timedelta(days=1))
    for key, category in (("cash", 6011), ("food", 5411)):
        purchases.authorise(account=account, amount_minor=1_000, on=on, key=key, category=category)
    close(on + timedelta(days=1))
    changes = {on: (6011,), on + timedelta(days=1): (5411, 6011)}
    monkeypatch.setattr(category_terms, "cash_like", lambda *, on: changes[on])
    assert [told(day)["cash_like_share"] for day in changes] == [0.5, 1.0]
