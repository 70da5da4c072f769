"""What must always hold between those who own and fund accounts, over drawn books with late and reversed acts."""

from datetime import timedelta
from random import Random
from typing import Any

import books as b
import pytest
from books import Keeper, Plan
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from test_book_laws import book_is_right
from test_kill import NUMBERED, OF_IDS, Worker, killed_until_done, sealed_content, worker  # noqa: F401
from test_loan_book_laws import Loans

PARTIES = ("north", "south", "east")
EXPECTED = (
    "already_sold", "not_sold", "transfer_pending", "no_transfer_pending", "not_funded", "funders_rate_above_account",
    "account_sold",
)  # fmt: skip
"""What is refused because of deals before, or of a loan that bears nothing."""
COMPONENTS = ("interest", "fee", "penalty", "charged_off", "suspended")


def introduce() -> None:
    """The parties, under the same ids each time."""
    from django.db import connections

    from duecourse.servicing import parties

    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER SEQUENCE servicing_party_id_seq RESTART")
    for code in PARTIES:
        parties.introduce(code=code, name=f"Bank {code}", by="test")


def parties_agree(on: Any) -> None:
    """After a close: on each funded account all hold the whole, each component; nothing is left between parties."""
    from django.db import connection

    from duecourse.ledger import chart, read
    from duecourse.servicing import funding
    from duecourse.servicing.party_tables import Funding

    accounts = list(Funding.objects.filter(from_day__lte=on).values_list("account_id", flat=True).distinct())
    with connection.cursor() as cursor:
        held = funding.held(cursor, accounts, on)
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in COMPONENTS)
        for account in accounts:
            cursor.execute(
                "SELECT coalesce(sum(coalesce(principal, 0) + coalesce(disputed, 0) + coalesce(converted, 0)), 0), "
                f"{sums} FROM ledger_entry WHERE account_id = %s AND booked_day <= %s AND owner = 0 "
                "AND kind NOT IN (23, 24, 30, 31)",
                [account, on],
            )
            whole = tuple(map(int, cursor.fetchone()))
            parts = zip(*held.get(account, {0: (0,) * 6}).values(), strict=True)
            assert tuple(map(sum, parts)) == whole, account
    postings_are_shared(accounts, on)
    found = read.trial_balances()
    assert all(sum(told.values()) == 0 for told in found.values())
    for name in chart.BETWEEN_PARTIES:
        assert sum(told[name] for told in found.values()) == 0, name


def postings_are_shared(accounts: list[int], on: Any) -> None:
    """Of each posting of a day the parts sum to it; of each party the day's parts sum to the entry in its ledger."""
    from collections import Counter

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import funding, ownership
    from duecourse.servicing.party_tables import Share

    of_day = Entry.objects.filter(account_id__in=accounts, booked_day=on)
    for entry in of_day.exclude(kind__in=chart.OF_PARTIES):
        parts = funding.of_posting(account=entry.account_id, entry=entry.id)
        principal = (entry.principal or 0) + (entry.disputed or 0) + (entry.converted or 0)
        assert sum(one.principal for one in parts) == principal, entry.id
        for name in COMPONENTS:
            assert sum(getattr(one, name) for one in parts) == (getattr(entry, name) or 0), (entry.id, name)
    told: Counter[Any] = Counter()
    for share in Share.objects.filter(account_id__in=accounts, booked_day=on).exclude(party_id=0):
        moved = share.principal + sum(getattr(share, name) for name in COMPONENTS)
        told[share.account_id, share.effective_day, share.party_id] += moved
        told[share.account_id, share.effective_day, owner_for(share, ownership)] -= moved
    booked: Counter[Any] = Counter()
    for entry in of_day.filter(kind=chart.SHARE):
        booked[entry.account_id, entry.effective_day, entry.owner] += entry.funded or 0
    assert {key: moved for key, moved in told.items() if moved} == {
        key: moved for key, moved in booked.items() if moved
    }


def owner_for(share: Any, ownership: Any) -> int:
    """Whose the account of a share was when it was written: a guarantee is paid after the day's sales are settled."""
    from duecourse.kernel.shares import GUARANTEE

    return int(
        ownership.owner_on(
            ownership.asked_of(share.account_id), share.booked_day + timedelta(days=share.cause == GUARANTEE)
        )
    )


def agreement(chance: Random) -> list[Any]:
    """Drawn shares of up to three funders; sometimes all of the account."""
    from duecourse.servicing import funding

    named = chance.sample(PARTIES, chance.randrange(1, 4))
    last = chance.choice((10**6, 900_001))
    cuts = [*(min(cut, last) for cut in sorted(chance.sample(range(1, 10**6), len(named) - 1))), last]
    parts = [upper - lower for lower, upper in zip([0, *cuts], cuts, strict=False)]
    return [
        funding.Funder(party, part, 0 if chance.random() < 0.3 else 1)
        for party, part in zip(named, parts, strict=True)
        if part
    ]


class Dealer:
    """Sells, buys back and lets accounts be funded, as drawn."""

    def __init__(self, ids: list[int], seed: int) -> None:
        self.chance = Random(seed)
        third = len(ids) // 3
        self.sold, self.funded, self.both = ids[:third], ids[third : 2 * third], ids[2 * third :]
        self.count = 0

    def do(self, day: Any) -> None:
        """Deals of a day; what is refused because of deals before is left."""
        from duecourse.ledger.journal import Refused
        from duecourse.servicing import funding, ownership

        told: dict[str, Any] = {"on": day, "by": "test", "reason": "drawn"}
        for account in [*self.sold, *self.funded, *self.both]:
            self.count += 1
            told |= {"account": account, "key": f"deal{self.count}"}
            if self.chance.random() > 0.12:
                continue
            price = {"price_minor": self.chance.randrange(50_000), "settles_on": day + timedelta(days=self.count % 4)}
            try:
                if account in self.funded or (account in self.both and self.chance.random() < 0.6):
                    terms = funding.Guarantee(self.chance.choice(("lender", "east")), self.count % 20 + 1, 400_000)
                    shares = agreement(self.chance) if self.chance.random() < 0.8 else []
                    buyers = [one.party for one in shares if self.chance.random() < 0.5]
                    funding.agree(
                        shares=shares,
                        prices_minor={party: self.chance.randrange(90_000) for party in buyers},
                        pool=f"pool {self.count % 2}",
                        guarantee=terms if self.chance.random() < 0.7 else None,
                        **told,
                    )
                elif self.chance.random() < 0.5:
                    ownership.sell(to=self.chance.choice(PARTIES), **price, **told)
                elif self.chance.random() < 0.8:
                    ownership.buy_back(**price, **told)
                else:
                    ownership.cancel(**told)
            except Refused as refused:
                if refused.code not in EXPECTED:
                    raise


@pytest.mark.slow
@examples(1, derandomize=True)
@given(plan=b.plans(accounts=9, days=60), seed=st.integers(0, 2**32))
def test_lines_that_are_sold_and_funded_are_whole_after_each_close(db: str, plan: Plan, seed: int) -> None:
    from duecourse.book import close

    b.empty()
    introduce()
    keeper = Keeper(plan, "p", shards=(0, 1))
    dealer = Dealer(keeper.ids, seed)
    for offset in range(plan.days):
        day = b.day_of(offset)
        dealer.do(day)
        keeper.do(offset)
        close.through(day)
        parties_agree(day)
    book_is_right()


@pytest.mark.slow
@examples(1, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_loans_that_are_sold_and_funded_are_whole_after_each_close(db: str, seed: int) -> None:
    from duecourse.book import close

    b.empty()
    introduce()
    loans = Loans("p", seed)
    dealer = Dealer(loans.ids, seed)
    for offset in range(70):
        day = b.day_of(offset)
        loans.do(day)
        if offset:
            dealer.do(day)
        close.through(day)
        parties_agree(day)
    book_is_right()


@pytest.mark.slow
def test_a_close_that_is_killed_ends_with_the_same_shares_and_owners(worker: Worker) -> None:  # noqa: F811
    import time

    import forked_close
    from test_kill import open_book

    from duecourse.book import check
    from duecourse.servicing import funding, ownership
    from duecourse.servicing.party_tables import Claim, Share

    def deal() -> None:
        """A third of the accounts is funded with a guarantee, a sixth is sold."""
        from duecourse.servicing.tables import Account

        open_book()
        introduce()
        told: dict[str, Any] = {"by": "test", "reason": "drawn"}
        shares = [funding.Funder("north", 500_001, 100), funding.Funder("south", 333_333, 50)]
        terms = funding.Guarantee("east", 3, 300_000)
        for i, account in enumerate(Account.objects.order_by("id").values_list("id", flat=True)):
            told |= {"account": account, "on": forked_close.FIRST, "key": f"d{i}"}
            if i % 3 == 0:
                funding.agree(shares=shares, pool="all", guarantee=terms, **told)
            elif i % 6 == 1:
                ownership.sell(to="east", price_minor=i, settles_on=forked_close.FIRST + timedelta(days=i % 30), **told)

    deal()
    worker.start()
    began = time.monotonic()
    assert worker.said() == 0
    took = time.monotonic() - began
    undisturbed, files = b.dump((*NUMBERED, *OF_IDS, "funding_id", "claim_id")), sealed_content()
    assert Share.objects.count() > 1_000
    assert Claim.objects.count() > 10

    deal()
    assert killed_until_done(worker, Random(21), took, 7) >= 4
    disturbed = b.dump((*NUMBERED, *OF_IDS, "funding_id", "claim_id"))
    for table, rows in undisturbed.items():
        assert disturbed[table] == rows, table
    assert sealed_content() == files
    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"
