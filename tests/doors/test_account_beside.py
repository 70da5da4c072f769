"""What holds on an account beside its balance, and what was done to it: on its page, in both languages.

The cast: bob works for the lender and may view the book.
"""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import client, text

FIRST, AGREED, TODAY = date(2024, 1, 10), date(2024, 3, 2), date(2024, 3, 14)
CODE = re.compile(r"\b(?:[a-z]+_)+[a-z]+\b")
"""A name of the program, such as `interest_pause`."""

pytestmark = pytest.mark.usefixtures("seen_contexts")


def why(reason: str, key: str) -> dict[str, Any]:
    """Who did something, why, and under which key."""
    return {"by": "bob", "reason": reason, "key": key}


@pytest.fixture(scope="module")
def accounts_shown(module_db: str) -> dict[str, int]:
    """A line with an arrangement that broke, a funded loan with one that stands and a moved due day, a line sold."""
    from duecourse.book import close
    from duecourse.servicing import (
        accounts,
        arrangements,
        changes,
        disbursements,
        fees,
        funding,
        limits,
        loan_opening,
        loans,
        mandates,
        ownership,
        parties,
        purchases,
    )
    from duecourse.servicing.arrangement_plan import Amount, Deferral, Plan, Rate
    from duecourse.web import staff

    for code in ("fund-north", "insurer", "buyer"):
        parties.introduce(code=code, name=code.title(), by="alice")
    told = {"product": "line_demo", "limit_minor": 500_000, "on": FIRST}
    line = accounts.open_line(number="L-1", borrower_id=1, **told)
    sold = accounts.open_line(number="L-2", borrower_id=2, **told)
    plain = accounts.open_line(number="L-3", borrower_id=4, **told)
    loan = loan_opening.open_loan(
        number="C-1", borrower_id=3, product="loan_demo", approved_minor=1_200_000, on=FIRST, by="al", installments=12
    )
    for account, amount in ((line, 120_000), (sold, 20_000)):
        purchases.post(account=account, amount_minor=amount, on=FIRST, key=f"buy{account}")
    loans.draw(account=loan, amount_minor=1_200_000, on=FIRST, by="alice", key="draw")
    draw = changes.told_of(account=loan)[-1].id
    disbursements.sent(account=loan, draw=draw, on=FIRST, **why("bank order 77", "sent"))
    guarantee = funding.Guarantee("insurer", 30, 50_000)
    shares = [funding.Funder("fund-north", 700_000, 60_000)]
    funding.agree(account=loan, shares=shares, on=FIRST, pool="2024-01", guarantee=guarantee, **why("contract 7", "f"))
    card = [mandates.Source("bank_card", "6222020200112233")]
    mandate = mandates.grant(
        account=line, takes="minimum", sources=card, on=FIRST, consent="C-1", limit_minor=50_000, **why("app", "m")
    )
    close.through(AGREED - timedelta(days=1))
    mandates.hold(mandate=mandate, on=AGREED, **why("card lost", "hold"))
    fee = fees.charge(account=line, amount_minor=2_500, on=AGREED, **why("a copy", "fee"))
    changes.undo(account=line, act=fee.act, **why("no copy was sent", "undo"))
    limits.suspend(account=line, on=AGREED, **why("card stolen", "suspend"))
    limits.set_limit(account=line, limit_minor=600_000, on=TODAY + timedelta(days=9), **why("income proved", "limit"))
    plan = Plan(amounts=(Amount(date(2024, 3, 10), 20_000),), rate=Rate(0), stops_late_fees=True)
    arrangements.agree(account=line, terms=plan, on=AGREED, **why("lost the job", "a1"))
    moved = Plan(deferrals=(Deferral(date(2024, 3, 10), date(2024, 4, 10)),), rate=Rate(30_000, date(2024, 6, 1)))
    arrangements.agree(account=loan, terms=moved, on=AGREED, **why("ill for two months", "a2"))
    ownership.sell(
        account=sold, to="buyer", price_minor=15_000, settles_on=AGREED, on=AGREED, **why("a portfolio", "sale")
    )
    close.through(TODAY - timedelta(days=1))
    staff.admit(username="bob", password="may view the book")
    return {"L-1": line, "L-2": sold, "L-3": plain, "C-1": loan}


EXPECTED = [
    ("L-1", "en", ["In force", "Purchases suspended", "card stolen", "Auto-debit mandate 1 held", "···2233",
                   "at most 500.00 for a due day", "to be paid by 2024-03-10 200.00", "0% a year while it stands",
                   "no late fees while it stands", "200.00 of what was asked had not come in", "broken", "limit set",
                   "to come", "6,000.00", "taken back by act", "lost the job"]),
    ("L-1", "zh-hans", ["当前有效", "消费 已冻结", "代扣授权 1 已暂停", "银行卡 ···2233", "应还：2024-03-10 200.00",
                        "安排有效期间年利率 0%", "约定款项中有 200.00 未到账", "已违约", "调整额度", "待执行", "系统"]),
    ("C-1", "en", ["Arrangement", "due day 2024-03-10 moved to 2024-04-10", "3% a year until 2024-06-01",
                   "ill for two months", "Funded by", "fund-north 70% at 6% a year", "the lender 30%",
                   "insurer pays from 30 days past due, up to 5% of what was put in", "pool 2024-01",
                   "Guarantee called", "payout sent", "installments moved",
                   "11 payments from 2024-04-10 to 2025-02-10"]),
    ("C-1", "zh-hans", ["还款日 2024-03-10 延至 2024-04-10", "出资方", "首损担保", "担保代偿", "放款已发出",
                        "调整还款计划", "达成还款安排"]),
    ("L-2", "en", ["Owner", "buyer", "Sale", "to buyer for 150.00, settled 2024-03-02"]),
    ("L-2", "zh-hans", ["债权人", "债权转让", "价款 150.00"]),
    ("L-3", "en", ["Nothing beside the terms agreed at the opening.", "Nothing was done to it"]),
    ("L-3", "zh-hans", ["除开户时的约定外，无其他安排。", "除消费与还款外，没有其他操作。"]),
]  # fmt: skip


@pytest.mark.parametrize(("number", "language", "words"), EXPECTED)
def test_the_page_says_what_holds_and_what_was_done(
    accounts_shown: dict[str, int], number: str, language: str, words: list[str]
) -> None:
    told = text(client(language=language).get(f"/accounts/{number}"))
    assert [one for one in words if one not in told] == [], told
    assert CODE.findall(told) == []


def test_the_page_costs_one_query_more_however_much_holds(accounts_shown: dict[str, int]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, asked = client(), {}
    for number in accounts_shown:
        browser.get(f"/accounts/{number}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(f"/accounts/{number}")
        asked[number] = len(queries)
        assert sum("servicing_arrangement" in one["sql"] for one in queries) == 1
    assert len(set(asked.values())) == 1, asked


def test_every_act_has_a_name_in_both_languages() -> None:
    from duecourse.servicing import explain_words, limits, loan_checks, loans, steps

    kinds = {*steps.STEPS, *loan_checks.KINDS, *limits.STATES, loans.OPENED, loans.ARRANGED, "goodwill", "paid_by"}
    kinds |= {"undo", "lapsed", "payout_sent", "payout_confirmed", "payout_failed"}
    stored = re.compile(r'changes\.(?:do|record)\([^)]*kind="(\w+)"')
    kinds |= {kind for place in Path(steps.__file__).parent.glob("*.py") for kind in stored.findall(place.read_text())}
    for kind in kinds:
        english, chinese = (explain_words.act_name(kind, language) for language in ("en", "zh"))
        assert english, kind
        assert re.search("[\u4e00-\u9fff]", chinese), kind
    assert not [kind for kind in kinds if kind not in explain_words.ACTS]


@pytest.mark.parametrize(("number", "figure", "day", "words"), [
    ("L-1", "days_past_due", AGREED, "还款安排"), ("L-1", "next_due", TODAY, "违约"),
    ("C-1", "days_past_due", TODAY, "调整还款计划，属于还款安排"), ("C-1", "next_due", TODAY, "ill for two months"),
])  # fmt: skip
def test_a_figure_names_the_arrangement_that_changed_it(
    accounts_shown: dict[str, int], number: str, figure: str, day: date, words: str
) -> None:
    address = f"/accounts/{number}/why/{figure}?day={day}"
    told = text(client(language="zh-hans").get(address))
    assert words in told
    assert words not in text(client(language="zh-hans").get(f"{address[:-10]}{AGREED - timedelta(days=1)}"))
    assert CODE.findall(told) == []


def test_what_holds_follows_what_is_taken_back(accounts_shown: dict[str, int]) -> None:
    from duecourse.servicing import arrangements, funding, in_force, limits, mandates, ownership

    line, loan, sold = (accounts_shown[number] for number in ("L-1", "C-1", "L-2"))
    before = in_force.of(account=loan)
    assert (before.arrangements[0].is_standing, before.owner, before.funding[0].lender_ppm) == (True, "lender", 300_000)
    assert [one.until for one in before.eased] == [date(2024, 4, 10)]
    arrangements.undo(account=loan, arrangement=before.arrangements[0].id, **why("recovered", "u"))
    funding.agree(account=loan, shares=[], on=TODAY, **why("contract over", "f2"))
    limits.restore(account=line, on=TODAY, **why("new card", "restore"))
    mandates.revoke(mandate=in_force.of(account=line).mandates[0].id, on=TODAY, **why("asked for", "revoke"))
    ownership.buy_back(account=sold, price_minor=1_000, settles_on=TODAY, on=TODAY, **why("complaint", "back"))
    now = in_force.of(account=loan)
    assert (now.arrangements[0].is_standing, now.arrangements[0].states[-1].kind, now.eased) == (False, "undone", [])
    assert [one.is_now for one in now.funding] == [False, False, True]  # the second since the guarantee was paid
    mine = in_force.of(account=line)
    assert (mine.bar, mine.mandates[0].is_over) == (None, True)
    assert in_force.of(account=sold).owner == "buyer"
    told = text(client().get("/accounts/L-2"))
    assert "waits" in told
    ownership.cancel(account=sold, on=TODAY, **why("withdrawn", "cancel"))
    assert [one.is_cancelled for one in in_force.of(account=sold).transfers] == [False, True]
    assert "called off" in text(client().get("/accounts/L-2"))
    every = in_force.of(account=line, every_act=True)
    assert (every.is_cut, every.deeds[0].kind) == (False, "restore")
