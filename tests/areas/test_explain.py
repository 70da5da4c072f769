"""Figures explained: trees of a small line and a small loan, reckoned by hand."""

import doctest
import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest

OPENED = date(2024, 1, 2)
PART = 1_000_000 * 365
"""Into how many parts a carry divides a minor unit."""


@pytest.fixture(scope="module", autouse=True)
def book(module_db: str) -> None:
    """A line that misses a minimum of which it paid a part, with a payment taken in late; a loan paid short and late.

    The line: 18% a year and 36% on what is past due, minimum 10%, late fee 5% of what is unmet between 1.00 and 100.00.
    """
    from duecourse.kernel.terms import PLAIN_LINE
    from duecourse.servicing import accounts, agreed, loan_opening, loans

    terms = PLAIN_LINE._replace(
        late_rate_ppm=360_000, late_fee_share_ppm=50_000, late_fee_floor_minor=100, late_fee_cap_minor=10_000
    )
    terms_id = agreed.freeze(product="card_tw_2005", agreed=terms)
    new = [accounts.New("X1", 1, 500_000)]
    line = accounts.open_many(product="card_tw_2005", terms_id=terms_id, on=OPENED, new=new)[0]
    loan = loan_opening.open_loan(
        number="Y1", borrower_id=1, product="loan_demo", approved_minor=500_000, on=OPENED, by="test", late_rate_ppm=0,
        installments=6, rate_ppm=120_000,
    )  # fmt: skip
    loans.draw(account=loan, amount_minor=500_000, on=OPENED, by="test", key="draw")
    close(date(2024, 1, 9))
    buy(line, 100_003, date(2024, 1, 10))
    close(date(2024, 1, 31))
    loans.pay(account=loan, amount_minor=50_000, on=date(2024, 2, 1), key="early")
    close(date(2024, 2, 4))
    pay(line, 4_000, date(2024, 2, 5))
    close(date(2024, 3, 4))
    pay(line, 1_000, date(2024, 2, 20))
    loans.pay(account=loan, amount_minor=10_000, on=date(2024, 2, 14), key="late")
    close(date(2024, 3, 5))


def buy(account: int, amount: int, on: date) -> None:
    from duecourse.servicing import purchases

    purchases.post(account=account, amount_minor=amount, on=on, key=f"b{on}")


def pay(account: int, amount: int, on: date) -> None:
    from duecourse.servicing import payments

    payments.receive(account=account, amount_minor=amount, received_on=on, key=f"p{on}")


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def explain(account: str, figure: str, *day: int) -> Any:
    from duecourse.servicing.explain import explain as told

    return told(account=account, figure=figure, on=date(*day))


def shape(tree: Any) -> Any:
    """A tree as its codes and amounts."""
    if not tree.parts:
        return tree.code, tree.amount
    return tree.code, tree.amount, [shape(part) for part in tree.parts]


def test_what_is_owed_is_its_postings_by_cycle() -> None:
    told = explain("X1", "owed", 2024, 3, 5)
    assert shape(told) == (
        "owed", 96_298, [
            ("cycle", 100_003, [("posting", 100_003)]),
            ("cycle", -3_705, [("posting", -4_000), ("posting", 301), ("posting", -1_000), ("posting", 994)]),
        ],
    )  # fmt: skip
    late_fee = told.parts[1].parts[1].because[0]
    assert (late_fee.code, late_fee.amount, late_fee.numbers["unmet_minor"]) == ("late_fee_share", 301, 6_001)


def test_interest_is_base_days_and_rate_and_the_fraction_goes_on() -> None:
    """900.02 revolve from the day after the due day, 11 February, to the cycle day, 1 March: 20 days of 18%."""
    told = explain("X1", "interest_charged", 2024, 3, 5)
    grown = 90_002 * 180_000 * 20
    assert shape(told) == (
        "interest_charged", 887, [("stretch", grown), ("carried_out", 887 * PART - grown)]
    )  # fmt: skip
    stretch = told.parts[0]
    assert (stretch.numbers["first"], stretch.numbers["last"]) == (date(2024, 2, 11), date(2024, 3, 1))
    assert [(one.code, one.amount) for one in stretch.because] == [("base_revolving", 90_002)]
    to_date = explain("X1", "accrued_interest", 2024, 3, 5)
    carried, grown = -told.parts[1].amount, 90_002 * 180_000 * 4
    assert shape(to_date) == (
        "accrued_interest", 178,
        [("carried_in", carried), ("stretch", grown), ("carried_out", 178 * PART - grown - carried)],
    )  # fmt: skip


def test_late_interest_falls_with_the_payment_that_met_a_part() -> None:
    """60.01 past due for 9 days, then 50.01 for 11, at 36%."""
    told = explain("X1", "penalty_charged", 2024, 3, 5)
    first, then = 6_001 * 360_000 * 9, 5_001 * 360_000 * 11
    assert shape(told) == (
        "penalty_charged", 107, [("stretch", first), ("stretch", then), ("carried_out", 107 * PART - first - then)]
    )  # fmt: skip
    assert told.parts[1].numbers["after_kind"] == 4


def test_the_minimum_due_is_a_share_rounded_up_what_was_charged_and_what_is_past_due() -> None:
    told = explain("X1", "minimum_due", 2024, 3, 5)
    share = [("share_of_billed", 90_002 * 100_000), ("rounded_up", 9_001 * 1_000_000 - 90_002 * 100_000)]
    assert shape(told) == (
        "minimum_due", 15_297, [
            ("statement_asks", 10_296, [
                ("minimum_principal", 9_001, share),
                ("minimum_interest", 887, [("billed_interest", 887)]),
                ("minimum_fee", 301, [("billed_fee", 301)]),
                ("minimum_penalty", 107, [("billed_penalty", 107)]),
            ]),
            ("due", 5_001, [
                ("due_asked", 10_001, [("asked_principal", 10_001)]), ("due_met", -4_000), ("due_met", -1_000),
            ]),
        ],
    )  # fmt: skip


def test_days_past_due_name_the_due_and_what_met_it() -> None:
    told = explain("X1", "days_past_due", 2024, 3, 5)
    assert shape(told) == ("days_past_due", 24, [("days_since_due", 24)])
    assert told.parts[0].numbers["due_on"] == date(2024, 2, 10)
    assert (told.because[0].code, told.because[0].amount) == ("due", 5_001)
    before = explain("X1", "days_past_due", 2024, 2, 10)
    assert (before.amount, before.because[0].code) == (0, "nothing_missed")


def test_a_day_is_explained_as_it_was_known_then() -> None:
    """On 4 March the payment of 20 February was not booked: the statement had charged 1.18 of late interest."""
    assert explain("X1", "penalty_charged", 2024, 3, 4).amount == 118
    assert explain("X1", "minimum_due", 2024, 3, 4).amount == 16_308
    assert explain("X1", "principal", 2024, 3, 4).amount == 96_003


def test_available_is_the_limit_less_principal() -> None:
    told = explain("X1", "available", 2024, 3, 5)
    assert [(part.code, part.amount) for part in told.parts] == [("limit", 500_000), ("used", -95_003)]


def test_a_payoff_is_principal_and_interest_to_the_day_by_segments() -> None:
    """500,000 for 30 days, 450,000 for 13, 445,079 for 35 to 20 March at 12%; 50.79 was paid."""
    told = explain("Y1", "payoff", 2024, 3, 20)
    assert [(part.code, part.amount) for part in told.parts] == [
        ("payoff_principal", 445_079),
        ("payoff_interest", 6_897),
    ]
    segments = [leaf for row in told.parts[1].parts for leaf in row.parts if leaf.code == "segment"]
    assert [(one.numbers["base_minor"], one.numbers["year_over"]) for one in segments] == [
        (500_000, 30), (450_000, 1), (450_000, 12), (445_079, 17), (445_079, 18),
    ]  # fmt: skip
    assert sum(row.amount for row in told.parts[1].parts) == 6_897


def test_an_installment_says_what_it_asks_and_what_was_paid_of_it() -> None:
    told = explain("Y1", "next_installment", 2024, 2, 2)
    assert told.numbers["due_on"] == date(2024, 3, 2)
    codes = [part.code for part in told.parts]
    assert codes == ["installment_principal", "installment_interest"]
    assert told.amount == sum(part.amount for part in told.parts)
    past = explain("Y1", "next_due", 2024, 3, 5).parts[0]
    assert past.numbers["due_on"] == date(2024, 2, 2)
    assert [part.amount for part in past.parts if part.code == "due_met"] == [-50_000, -10_000]


def test_what_cannot_be_explained_is_refused_by_name() -> None:
    from duecourse.ledger.journal import NoSuchAccount
    from duecourse.servicing.explain_tree import NoSuchExplanation
    from duecourse.servicing.refusals import AfterOpenDay, BeforeOpening

    for account, figure, day, refused in (
        ("X9", "owed", (2024, 3, 5), NoSuchAccount),
        ("X1", "payoff", (2024, 3, 5), NoSuchExplanation),
        ("Y1", "minimum_due", (2024, 3, 5), NoSuchExplanation),
        ("X1", "owed", (2024, 3, 7), AfterOpenDay),
        ("X1", "owed", (2024, 1, 1), BeforeOpening),
    ):
        with pytest.raises(refused):
            explain(account, figure, *day)


def test_every_act_has_words_and_both_languages_say_the_same_numbers() -> None:
    from duecourse.servicing import explain_words, steps

    assert set(steps.STEPS) <= set(explain_words.ACTS)

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [code for code, (en, zh) in explain_words.WORDS.items() if fields(en) != fields(zh)] == []


@pytest.mark.parametrize("account", ["X1", "Y1"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_node_can_be_said(account: str, language: str) -> None:
    from duecourse.servicing import explain_line, explain_loan, explain_words

    area = explain_line if account == "X1" else explain_loan
    for figure in area.FIGURES:
        waiting = [explain(account, figure, 2024, 3, 5)]
        while waiting:
            told = waiting.pop()
            assert explain_words.sentence(told, 2, language)
            assert explain_words.amount(told, 2, language)
            waiting += [*told.parts, *told.because]


def test_the_examples_of_the_guide_and_of_the_code_run() -> None:
    from duecourse.servicing import explain_tree, explain_words

    page = Path(__file__).parents[2] / "docs" / "guide" / "explain.md"
    ran = doctest.testfile(str(page), module_relative=False)
    assert (ran.failed, ran.attempted > 8) == (0, True)
    assert doctest.testmod(explain_tree).failed == doctest.testmod(explain_words).failed == 0
