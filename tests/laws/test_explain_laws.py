"""Laws of explanations: every figure's parts add up to it, and it is the figure that the book had on the day."""

from datetime import date
from fractions import Fraction
from typing import Any

import books
import pytest
from effort import examples
from hypothesis import Phase, given
from hypothesis import strategies as st
from test_two_products_laws import LoanKeeper, loan_acts

from duecourse.kernel import loan_terms as t

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.slow]
once = examples(1, phases=[Phase.generate], database=None)
TERMS: tuple[dict[str, Any], ...] = (
    {"installments": 4, "rate_ppm": 120_000},
    {"installments": 8, "unit": t.WEEKS, "every": 2, "rate_ppm": 90_000, "recalculation": t.NO_RECALCULATION},
    {"installments": 5, "unit": t.WEEKS, "every": 2, "rate_ppm": 365_000, "late_rate_ppm": 500_000},
    {"installments": 3, "rate_ppm": 240_000, "recalculation": t.AT_DUE_DAYS, "early": t.SHORTER_TERM},
)
"""Loans whose interest follows payments daily, not at all, with late interest, at due days."""


def adds_up(tree: object) -> None:
    """Every node of a tree is the sum of its parts, and so the leaves come to the figure."""
    from duecourse.servicing.explain_tree import Node, leaves, total

    assert isinstance(tree, Node)
    assert total(leaves(tree)) == Fraction(tree.amount, tree.per)
    for part in (*tree.parts, *tree.because):
        if part.parts:
            assert total(part.parts) == Fraction(part.amount, part.per)
        adds_up(part)


def says_the_book(number: str, row: Any, day: date) -> None:
    """Every figure of an account on a sealed day is the one that the sealed day has."""
    from duecourse.servicing import agreed, explain_line, explain_loan
    from duecourse.servicing.explain import explain

    area = explain_loan if agreed.is_loan(row.terms_id) else explain_line
    trees = {figure: explain(account=number, figure=figure, on=day) for figure in area.FIGURES}
    for tree in trees.values():
        adds_up(tree)
    principal = int(row.unbilled + row.bearing + row.window + row.revolving + row.past_due)
    charges = {name: int(row[name]) for name in ("interest", "fee", "penalty", "credit", "suspended", "charged_off")}
    wanted = {
        **charges,
        "principal": principal,
        "owed": principal + charges["interest"] + charges["fee"] + charges["penalty"],
        "days_past_due": int(row.days_past_due),
        "accrued_interest": int(row.interest_to_date),
        "accrued_penalty": int(row.penalty_to_date),
        "next_due": sum(sum(row.dues[at + 1 : at + 5]) for at in range(0, len(row.dues), 6)),
    }
    if area is explain_line:
        wanted["available"] = int(row.limit_minor) - principal - int(row.apart) + charges["credit"]
    else:
        wanted["available"] = int(row.limit_minor) - int(row.statement_left)
    found = {name: trees[name].amount for name in wanted}
    assert found == wanted


def rows_of(day: date) -> Any:
    """The accounts of a sealed day."""
    from duecourse.book import read

    return read.day(day, known_on=day).execute().set_index("account_id")


@once
@given(books.plans(accounts=4, days=45, late=True))
def test_every_figure_of_a_line_is_the_books_and_its_leaves_add_up(plan: books.Plan) -> None:
    from duecourse.book import close

    books.empty()
    keeper = books.Keeper(plan, "x")
    for offset in range(plan.days):
        keeper.do(offset)
        close.through(books.day_of(offset))
    for offset in (25, plan.days - 1):
        rows = rows_of(books.day_of(offset))
        for i, account_id in enumerate(keeper.ids):
            says_the_book(f"x{i}", rows.loc[account_id], books.day_of(offset))


@once
@given(st.integers(0, 2**32))
def test_every_figure_of_a_loan_is_the_books_and_its_leaves_add_up(seed: int) -> None:
    from duecourse.book import close

    books.empty()
    days = 70
    keeper = LoanKeeper(loan_acts(seed, days, late=True, loans=len(TERMS)), "x", of=TERMS)
    for offset in range(days):
        keeper.do(offset)
        close.through(books.day_of(offset))
    for offset in (5, 17, 30, 44, 57, days - 1):
        rows = rows_of(books.day_of(offset))
        for i, account_id in enumerate(keeper.ids):
            says_the_book(f"x loan {i}", rows.loc[account_id], books.day_of(offset))
