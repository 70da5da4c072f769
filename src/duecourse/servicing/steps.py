"""What an act does when its day comes: the kernel's function for its kind, and the entries that say it in money.

An act is applied in one place only, here: when it is done, when the close comes to its day, and when an account is
computed again from its beginning.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from duecourse.kernel import line_acts, plain
from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.accrual import grow
from duecourse.kernel.line_acts import Parts
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.ledger import chart

from . import agreed

CHANGEABLE = (
    "rate_ppm", "late_rate_ppm", "due_after_days", "minimum_share_ppm", "minimum_floor_minor", "tolerance_ppm",
    "late_fee_minor", "late_fee_share_ppm", "late_fee_floor_minor", "late_fee_cap_minor", "grace_days",
    "nonaccrual_days",
)  # fmt: skip
"""The terms of a line that may be changed after its opening."""
Amounts = dict[str, int]
Paid = Mapping[int, Mapping[str, int]]
"""What payments did, by the place of their event: the columns of their entries."""


class Deed(NamedTuple):
    """An act as it is applied. `mark`: the last entry before it; `by_close`: applied by the close of its day."""

    id: int
    kind: str
    body: Mapping[str, Any]
    mark: int = 0
    by_close: bool = False


class Given(NamedTuple):
    """A change of an account's terms by an act, to the end or until another act ends it.

    One without terms says that a plan of installments is over, which it names by its act.
    """

    act: int
    terms: Mapping[str, int]
    until_ended: bool


class Stand(NamedTuple):
    """Where an account stands: its numbers, its dues, what was agreed at first, what was changed of it since."""

    account: Account
    dues: list[int]
    first: agreed.Agreed
    given: tuple[Given, ...] = ()

    @property
    def told(self) -> agreed.Agreed:
        """The terms that hold now, kept as rows."""
        return agreed.kept(self.in_force)

    @property
    def in_force(self) -> agreed.Agreed:
        """The terms that hold now: those agreed at first with the changes in their order, those that end last."""
        if not self.given:
            return self.first
        terms = self.first.terms
        for given in sorted(self.given, key=lambda one: one.until_ended):
            changed: dict[str, Any] = {name: given.terms[name] for name in CHANGEABLE if name in given.terms}
            terms = terms._replace(**changed)
        return self.first._replace(terms_id=agreed.NOT_KEPT, terms=terms)

    def at(self, day: int) -> "Stand":
        """The same at the close of a day on which nothing else happened."""
        grown = grow(self.account, self.dues, 0, len(self.dues) // WIDTH, self.in_force.terms, day)
        return self._replace(account=grown)


class Step(NamedTuple):
    """Where an account stands after an act, and the entries that it makes: kind and amounts by control account."""

    stand: Stand
    entries: list[tuple[int, Amounts]]


def moved(before: Account, after: Account) -> Amounts:
    """What changed of an account's own control accounts, debit positive."""
    return dict(zip(chart.OF_ACCOUNT, plain.moved(before, after), strict=True))


def entry(kind: int, before: Account, after: Account, rest: str, **others: int) -> tuple[int, Amounts]:
    """An entry that says how an account changed; `rest` is the control account that takes the other side."""
    amounts: Amounts = {**moved(before, after), **others}
    amounts[rest] = amounts.get(rest, 0) - sum(amounts.values())
    return kind, amounts


def of_income(before: Account, after: Account) -> Amounts:
    """Income that is recognised, and what is recovered, because suspended or charged-off money moved."""
    change = moved(before, after)
    return {"interest_income": -change["suspended"], "recovered": -change["charged_off"]}


Changer = Callable[[Stand, Deed, int, Paid], Step]


def fee(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A fee is charged."""
    now = line_acts.charge_fee(stand.account, stand.dues, stand.in_force.terms, deed.body["amount"], day)
    made = entry(chart.FEE, stand.account, now.account, "fee_income")
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


AFTER_CHARGE_OFF = {"rate_ppm": 0, "late_rate_ppm": 0, "late_fee_minor": 0, "late_fee_share_ppm": 0}
"""What holds of a debt that was charged off where the terms let it bear no more."""
OF_TERMS = ("terms", "relief", "relief_end", "charge_off", "conversion_refund", "conversion_end")
"""The kinds of acts that change what holds for an account later on."""
WAIVED = {PRINCIPAL: "loss", INTEREST: "interest_income", FEE: "fee_income", PENALTY: "penalty_income"}
"""Against what a waiver goes: the income of the component; of principal, a loss."""


def waiver(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """What is charged is waived."""
    component, amount = deed.body["component"], deed.body["amount"]
    if not line_acts.charged(stand.account, component):
        return Step(stand, [])
    now = line_acts.waive(stand.account, stand.dues, stand.in_force.terms, component, amount)
    made = entry(chart.WAIVER, stand.account, now.account, WAIVED[component])
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def credit_refund(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A credit balance is paid out."""
    now = line_acts.pay_out(stand.account, stand.dues, stand.in_force.terms, deed.body["amount"], day)
    made = entry(chart.CREDIT_REFUND, stand.account, now.account, "cash")
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def bounce(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A payment that counted until today is taken back."""
    did = paid[deed.body["payment"]]
    met = Parts(
        -did.get("principal", 0), -did.get("interest", 0), -did.get("fee", 0), -did.get("penalty", 0),
        did.get("suspended", 0),
    )  # fmt: skip
    now = line_acts.bounce(stand.account, stand.dues, stand.in_force.terms, met, -did.get("credit", 0), day)
    others = of_income(stand.account, now.account)
    made = entry(chart.CHARGEBACK, stand.account, now.account, "cash", **others)
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def limit(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """The limit is set."""
    return Step(stand._replace(account=stand.account._replace(limit=deed.body["limit_minor"])), [])


def hold(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """An authorised amount is held."""
    return Step(stand._replace(account=line_acts.hold(stand.account, deed.body["amount"])), [])


def release(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A hold ends: captured, voided or expired."""
    return Step(stand._replace(account=line_acts.hold(stand.account, -deed.body["amount"])), [])


def dispute(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A disputed amount is set apart."""
    now = line_acts.dispute(stand.account, stand.dues, stand.in_force.terms, deed.body["amount"], day)
    made = entry(chart.DISPUTED, stand.account, now.account, "disputed", **of_income(stand.account, now.account))
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def dispute_upheld(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """The merchant gives a disputed amount back; the borrower never owes it again."""
    amount = deed.body["amount"]
    after = line_acts.hold(stand.account, -amount)
    return Step(stand._replace(account=after), [(chart.UPHELD, {"disputed": -amount, "merchant": amount})])


def dispute_rejected(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A disputed amount is owed again, with the interest of the time where the terms say so."""
    bearing_days = (day - deed.body["since"]) * stand.first.acts.rejected_bears
    amount = deed.body["amount"]
    now = line_acts.bring_back(stand.account, stand.dues, stand.in_force.terms, amount, bearing_days, day)
    made = entry(chart.REJECTED, stand.account, now.account, "disputed")
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def deferral(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A due day moves, with the fee that was agreed for it."""
    body = deed.body
    now = line_acts.defer(stand.account, stand.dues, body["due_on"], body["until"], body["window_until"])
    made = []
    if body.get("fee"):
        before = now.account
        now = line_acts.charge_fee(before, now.dues, stand.in_force.terms, body["fee"], day)
        made.append(entry(chart.FEE, before, now.account, "fee_income"))
    return Step(stand._replace(account=now.account, dues=now.dues), made)


def re_age(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """What is past due becomes new dues, or all that is owed does: then what has accrued is charged first."""
    due_days, before = tuple(deed.body["due_days"]), stand.account
    if deed.body.get("whole"):
        now = line_acts.spread_all(before, due_days)
        return Step(stand._replace(account=now.account, dues=now.dues), [charge(before)])
    now = line_acts.re_age(before, stand.dues, due_days)
    return Step(stand._replace(account=now.account, dues=now.dues), [])


def settlement(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """All that is still owed is forgiven, what has accrued too."""
    before = stand.account
    made = [charge(before)]
    now = stand._replace(account=line_acts.charge_accrued(before), dues=list(stand.dues))
    for component in WAIVED:
        step = waiver(now, deed._replace(body={"component": component, "amount": AMOUNT_MAX}), day, paid)
        now, made = step.stand, made + step.entries
    return Step(now, made)


def small_balance(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """What little is owed is given up, what has accrued too: as a settlement gives it up, in one entry of its own."""
    step = settlement(stand, deed, day, paid)
    given_up: Amounts = {}
    for kind, amounts in step.entries:
        for name, amount in amounts.items() if kind == chart.WAIVER else ():
            given_up[name] = given_up.get(name, 0) + amount
    return Step(step.stand, [step.entries[0], (chart.SMALL_BALANCE, given_up)])


def regiven(given: tuple[Given, ...], first: agreed.Agreed, deed: Deed) -> tuple[Given, ...]:
    """The changes of an account's terms after an act of a kind that changes them."""
    if deed.kind == "relief_end":
        return tuple(one for one in given if one.act != deed.body["act"])
    if deed.kind == "charge_off":
        return given if first.acts.charge_off_bears else (*given, Given(deed.id, AFTER_CHARGE_OFF, True))
    if deed.kind in ("conversion_refund", "conversion_end"):
        return (*given, Given(deed.body["plan"], {}, False))
    act = deed.body.get("act", deed.id)  # of a relief that follows from another act, that one: it ends both
    return (*given, Given(act, deed.body["terms"], deed.kind == "relief"))


def terms(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """The terms change from a day: for good, until another act ends it, or back again."""
    return Step(stand._replace(given=regiven(stand.given, stand.first, deed)), [])


def charge(account: Account) -> tuple[int, Amounts]:
    """The entry that makes what has accrued owed."""
    accrued = account.accrued
    source = "suspended" if account.nonaccrual else "accrued"
    return chart.CHARGE, {
        "interest": accrued.interest, "penalty": accrued.penalty, source: -accrued.interest - accrued.penalty
    }  # fmt: skip


def acceleration(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """All that is owed is due at once; interest that has accrued is charged first."""
    before = stand.account
    now = line_acts.accelerate(line_acts.charge_accrued(before), stand.dues, day)
    return Step(stand._replace(account=now.account, dues=now.dues), [charge(before)])


def charge_off(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """The debt leaves the books; interest that has accrued is charged first."""
    before = stand.account
    now = line_acts.charge_off(before, stand.dues, stand.first.acts.charge_off_accelerates, day)
    after = now.account
    made = [charge(before)]
    lost = after.beside.charged_off - before.beside.charged_off
    made.append((chart.CHARGE_OFF, {"charged_off": -lost, "loss": lost}))
    given = regiven(stand.given, stand.first, deed)
    return Step(stand._replace(account=after, dues=now.dues, given=given), made)


def conversion(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """Principal is set apart that is to come back as installments."""
    body = deed.body
    now = line_acts.convert(stand.account, stand.dues, stand.in_force.terms, body["amount"], body["is_billed"], day)
    made = entry(chart.CONVERTED, stand.account, now.account, "converted", **of_income(stand.account, now.account))
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def installment(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """An installment comes onto the bill, unless its plan is over."""
    plan, before = deed.body["plan"], stand.account
    if any(one.act == plan and not one.terms for one in stand.given):
        return Step(stand, [])
    interest, fee = deed.body["interest"], deed.body["fee"]
    now = line_acts.bill_installment(
        before, stand.dues, stand.in_force.terms, deed.body["principal"], interest, fee, day
    )
    own = interest * (1 - before.nonaccrual)
    made = entry(chart.INSTALLMENT, before, now.account, "converted", interest_income=-own, fee_income=-fee)
    return Step(stand._replace(account=now.account, dues=now.dues), [made])


def conversion_refund(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """A merchant gives back some of what is still to come of a plan; another plan takes its place."""
    amount = deed.body["amount"]
    after = line_acts.hold(stand.account, -amount)
    given = regiven(stand.given, stand.first, deed)
    return Step(
        stand._replace(account=after, given=given), [(chart.CONVERTED, {"converted": -amount, "merchant": amount})]
    )


def conversion_end(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """All that is still to come of a plan comes onto the next bill; the plan is over."""
    step = installment(stand, deed, day, paid)
    return step._replace(stand=step.stand._replace(given=regiven(step.stand.given, stand.first, deed)))


STEPS: Mapping[str, Changer] = {
    "fee": fee,
    "waiver": waiver,
    "credit_refund": credit_refund,
    "bounce": bounce,
    "limit": limit,
    "hold": hold,
    "release": release,
    "dispute": dispute,
    "dispute_upheld": dispute_upheld,
    "dispute_rejected": dispute_rejected,
    "terms": terms,
    "relief": terms,
    "relief_end": terms,
    "deferral": deferral,
    "re_age": re_age,
    "acceleration": acceleration,
    "settlement": settlement,
    "small_balance": small_balance,
    "charge_off": charge_off,
    "conversion": conversion,
    "installment": installment,
    "conversion_refund": conversion_refund,
    "conversion_end": conversion_end,
}
"""The kinds of acts that change an account. Other kinds are kept as rows and change nothing."""


def apply(stand: Stand, deed: Deed, day: int, paid: Paid) -> Step:
    """Apply an act effective `day` to an account that is closed through the day before; empty entries fall away."""
    assert stand.account.day == day - 1, "acts: the account is not closed through the day before"
    step = STEPS[deed.kind](stand, deed, day, paid)
    made = [(kind, {name: amount for name, amount in amounts.items() if amount}) for kind, amounts in step.entries]
    return Step(step.stand, [one for one in made if one[1]])


def as_columns(amounts: Mapping[str, int]) -> tuple[int, ...]:
    """Amounts in the order of the chart."""
    return tuple(amounts.get(column, 0) for column in chart.COLUMNS)


def named(columns: Sequence[int]) -> Amounts:
    """Amounts in the order of the chart, by name; what is zero is left out."""
    return {name: amount for name, amount in zip(chart.COLUMNS, columns, strict=True) if amount}
