"""Payments on a real ledger."""

from datetime import date

import pytest


@pytest.fixture
def line(db: str) -> int:
    from duecourse.borrowers import people
    from duecourse.servicing import accounts

    borrower = people.enrol(source="test", references=["alice"])[0]
    return accounts.open_line(
        number="L1", borrower_id=borrower, product="card_tw_2005", limit_minor=500_000, on=date(2005, 4, 1)
    )


def test_the_same_request_key_answers_the_first_result(line: int) -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import payments

    first = payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    again = payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    assert again.entry_id == first.entry_id
    assert again.again
    assert Entry.objects.filter(account_id=line).count() == 1


def test_another_body_under_a_used_key_is_refused_and_moves_nothing(line: int) -> None:
    from duecourse.ledger.journal import DifferentBody
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import payments

    payments.receive(account=line, amount_minor=5_000, received_on=date(2005, 4, 1), key="p1")
    with pytest.raises(DifferentBody):
        payments.receive(account=line, amount_minor=6_000, received_on=date(2005, 4, 1), key="p1")
    assert Entry.objects.filter(account_id=line).count() == 1
