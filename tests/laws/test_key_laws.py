"""Laws of request keys and of refusals, over drawn acts of every kind on a line and on a loan, in time and late.

A key that comes again changes nothing and answers the same; another body under it is refused. What is refused, for
whatever reason, leaves no trace: every row of every table is as it was.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import books as b
import pytest
from drawn import seen
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

FIRST = date(2024, 1, 5)
DAYS = 45
LINE = {"late_rate_ppm": 240_000, "late_fee_minor": 500, "cycle_day": 1, "due_after_days": 9, "chargeback": 1}
Do = Callable[[str], Any]
"""Does one act under a request key."""


class Drawn:
    """A line and a loan, and acts on them drawn by chance; what was made before is drawn from too."""

    def __init__(self, seed: int) -> None:
        from duecourse.servicing import accounts, loan_opening

        self.chance = Random(seed)
        self.line = accounts.open_line(
            number="line", borrower_id=1, product=b.PRODUCT, limit_minor=300_000, on=FIRST, **LINE
        )
        self.loan = loan_opening.open_loan(
            number="loan", borrower_id=1, product="loan_demo", approved_minor=400_000, on=FIRST, by="test",
            installments=4,
        )  # fmt: skip
        self.entries: list[int] = []
        self.acts: list[int] = []

    def one_of(self, made: list[int]) -> int:
        """Something that was made before, or nothing that there is."""
        return self.chance.choice(made) if made and self.chance.random() < 0.9 else 10**9

    def on_line(self, on: date) -> dict[str, Do]:
        """Every kind of act on a line."""
        from duecourse.servicing import (
            adjustments,
            changes,
            charge_offs,
            conversions,
            deferrals,
            disputes,
            fees,
            holds,
            limits,
            payments,
            purchases,
            rates,
        )

        amount = self.chance.choice((0, 1, 700, 9_000, 60_000))
        who: dict[str, Any] = {"account": self.line, "by": "bob", "reason": "because"}
        dated = {**who, "on": on}
        plain = {"account": self.line, "on": on, "amount_minor": amount}
        entry, act = self.one_of(self.entries), self.one_of(self.acts)
        soon = on + timedelta(days=self.chance.randrange(-3, 25))
        return {
            "purchase": lambda key: purchases.post(**plain, key=key),
            "authorised purchase": lambda key: purchases.authorise(**plain, key=key),
            "refund": lambda key: purchases.refund(**plain, key=key),
            "payment": lambda key: payments.receive(
                account=self.line, amount_minor=amount, received_on=on, key=key, channel=2
            ),
            "payment of another": lambda key: payments.receive_from(
                account=self.line, payer="charlie", amount_minor=amount, received_on=on, by="bob", key=key
            ),
            "payment reversed": lambda key: payments.reverse(**who, entry=entry, key=key),
            "payment bounced": lambda key: payments.bounce(**dated, entry=entry, key=key),
            "credit": lambda key: adjustments.credit(**plain, key=key),
            "goodwill": lambda key: adjustments.goodwill(**dated, amount_minor=amount, key=key),
            "pay out": lambda key: adjustments.pay_out(**dated, amount_minor=amount, key=key),
            "fee": lambda key: fees.charge(**dated, amount_minor=amount, key=key),
            "waiver": lambda key: fees.waive(**dated, component="fee", amount_minor=amount, key=key),
            "limit": lambda key: limits.set_limit(**dated, limit_minor=100_000 + amount, key=key),
            "suspend": lambda key: limits.suspend(**dated, key=key),
            "restore": lambda key: limits.restore(**dated, key=key),
            "hold": lambda key: holds.place(**dated, amount_minor=amount, key=key),
            "capture": lambda key: holds.capture(
                account=self.line, hold=act, amount_minor=amount, on=on, by="bob", key=key
            ),
            "void": lambda key: holds.void(**dated, hold=act, key=key),
            "dispute": lambda key: disputes.open_dispute(**dated, entry=entry, amount_minor=amount, key=key),
            "dispute upheld": lambda key: disputes.uphold(**dated, dispute=act, key=key),
            "dispute rejected": lambda key: disputes.reject(**dated, dispute=act, key=key),
            "rate": lambda key: rates.change(**dated, terms={"rate_ppm": 90_000 + amount}, key=key),
            "pause": lambda key: rates.pause(**who, first=on, last=soon, key=key),
            "deferral": lambda key: deferrals.defer(**dated, due_on=date(2024, 2, 10), until=soon, key=key),
            "re-age": lambda key: deferrals.re_age(**dated, due_days=[soon], key=key),
            "conversion": lambda key: conversions.convert(
                **dated, amount_minor=amount, count=3, way="rate", share_ppm=120_000, key=key
            ),
            "conversion ended": lambda key: conversions.end_early(**dated, conversion_act=act, key=key),
            "charge-off": lambda key: charge_offs.charge_off(**dated, key=key),
            "act undone": lambda key: changes.undo(**who, act=act, key=key),
        }

    def on_loan(self, on: date) -> dict[str, Do]:
        """Every kind of act on a loan."""
        from duecourse.rules.read import day_number
        from duecourse.servicing import adjustments, loans, payments

        amount = self.chance.choice((1, 700, 9_000, 110_000))
        day, of, entry = day_number(on), self.one_of(self.acts), self.one_of(self.entries)
        soon = day + self.chance.randrange(-3, 60)
        bodies: dict[str, dict[str, int]] = {
            "draw": {"amount": amount},
            "payment": {"amount": amount, "mode": self.chance.choice((0, 0, 1, 3))},
            "charge": {"amount": min(amount, 700), "component": 3, "until": max(soon, 1)},
            "waiver": {"of": of},
            "waiver of interest": {"component": 2, "amount": self.chance.choice((0, amount))},
            "late_pause": {"until": soon},
            "chargeback": {"of": of, "amount": amount},
            "credit_refund": {"amount": amount},
            "interest_pause": {"until": soon},
            "rate_change": {"rate_ppm": 50_000 + amount},
            "reschedule": {"since": day_number(date(2024, 3, 5)), "until": soon},
            "re_age": {"number": 3, "until": soon, "every": 1, "unit": 3},
            "re_amortise": {},
            "undo": {"of": of},
        }

        def doing(kind: str, body: dict[str, int]) -> Do:
            act = kind.removesuffix(" of interest")
            told = {"account": self.loan, "kind": act, "on": on, "by": "bob", "reason": "because", **body}
            return lambda key: loans.act(**told, key=key)

        return {
            **{f"loan {kind}": doing(kind, body) for kind, body in bodies.items()},
            "loan payment by the door of all": lambda key: payments.receive(
                account=self.loan, amount_minor=amount, received_on=on, key=key
            ),
            "loan payment of another": lambda key: payments.receive_from(
                account=self.loan, payer="charlie", amount_minor=amount, received_on=on, by="bob", key=key
            ),
            "loan goodwill": lambda key: adjustments.goodwill(
                account=self.loan, amount_minor=amount, on=on, by="bob", reason="because", key=key
            ),
            "loan payment reversed": lambda key: payments.reverse(
                account=self.loan, entry=entry, reason="bounced", by="bob", key=key
            ),
        }

    def next(self, today: date) -> tuple[str, int, Do]:
        """One act, effective today or earlier: its kind, its account, and what does it."""
        late = self.chance.random() < 0.3
        on = today - timedelta(days=self.chance.randrange(1, 30)) if late else today
        of_line = self.chance.random() < 0.6
        kinds = self.on_line(on) if of_line else self.on_loan(on)
        kind = self.chance.choice(list(kinds))
        if kind == "charge-off" and (today - FIRST).days < DAYS - 10:
            kind = "purchase"
        seen("line" if of_line else "loan", 1, int(late))
        return kind, self.line if of_line else self.loan, kinds[kind]

    def keep(self) -> None:
        """Remember what has been made, to be spoken of later."""
        from duecourse.ledger.tables import Entry
        from duecourse.servicing.tables import Act

        self.entries = list(Entry.objects.filter(reverses=None).order_by("id").values_list("id", flat=True))[-12:]
        self.acts = list(Act.objects.order_by("id").values_list("id", flat=True))[-12:]


def answer(made: Any) -> Any:
    """An answer without its word of whether it was given before."""
    return made._replace(again=False) if hasattr(made, "again") else made


@pytest.mark.slow
@examples(1, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_a_key_answers_once_and_what_is_refused_leaves_no_trace(db: str, seed: int) -> None:
    from duecourse.book import check, close
    from duecourse.ledger.journal import DifferentBody, Refused
    from duecourse.servicing import loans, payments

    b.empty()
    drawn, done, refused = Drawn(seed), Counter[str](), Counter[str]()
    loans.draw(account=drawn.loan, amount_minor=300_000, on=FIRST, by="test", key="draw")
    for offset in range(DAYS):
        today = FIRST + timedelta(days=offset)
        for number in range(2):
            kind, account, do = drawn.next(today)
            key, before = f"{offset}:{number}", b.dump()
            first, code = None, ""
            try:
                first = do(key)
            except Refused as fault:
                code = fault.code
            if code:
                assert b.dump() == before, f"{kind} was refused ({code}) and yet wrote something"
                refused[kind] += 1
                continue
            after = b.dump()
            assert answer(do(key)) == answer(first), kind
            assert b.dump() == after, f"{kind}: the same key again changed something"
            with pytest.raises(DifferentBody):
                payments.receive(account=account, amount_minor=123_456_789, received_on=today, key=key)
            assert b.dump() == after, f"{kind}: another body under its key changed something"
            done[kind] += 1
            drawn.keep()
        close.through(today)
    assert [one for one in check.everything() if not one.ok] == []
    assert len(done) >= 15, f"kinds that were done: {sorted(done)}"
    assert len(refused) >= 10, f"kinds that were refused: {sorted(refused)}"
