"""The figures of a loan as servicing vectors print them: schedule, transactions, charges, totals, lateness, owners."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from duecourse.kernel import loan as loans
from duecourse.kernel import loan_events, ownership
from duecourse.kernel import loan_terms as said
from duecourse.kernel.days import civil
from duecourse.kernel.delinquency import Standing
from duecourse.kernel.loan_dues import DOWN_PAYMENT
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import ACTIVE, APPROVED, MET, OVERPAID, WRITTEN_OFF, Loan, Moved
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.vectors.loan_terms import major
from duecourse.vectors.stages import Stage, standing

Row = list[Any]
STATUS = {
    APPROVED: "approved",
    ACTIVE: "active",
    MET: "closed_obligations_met",
    OVERPAID: "overpaid",
    WRITTEN_OFF: "written off",
}
PAID_BY = {
    said.NORMAL: "repayment",
    said.MERCHANT_REFUND: "merchant issued refund",
    said.GOODWILL: "goodwill credit",
    said.PAYOUT_REFUND: "payout refund",
    loan_events.DOWN: "down payment",
}
TYPES = {
    loan_events.CHARGEBACK: "chargeback",
    loan_events.REFUND: "credit balance refund",
    loan_events.RE_AGE: "re-age",
    loan_events.RE_AMORTISE: "re-amortize",
    loan_events.CHARGE_OFF: "charge-off",
    loan_events.TERMINATION: "contract termination",
    loan_events.WAIVER: "waive loan charges",
    loan_events.WRITE_OFF: "write-off",
    loan_events.RECOVERY: "recovery repayment",
}
WITHOUT_BALANCE = {loan_events.RE_AGE, loan_events.RE_AMORTISE, loan_events.CHARGE_OFF, loan_events.TERMINATION}
"""Transactions beside which no balance is printed (0.00)."""
RANGES = (1, 4, 31, 61, 91, 121, 151, 181, 241)
"""From how many days on a range runs; it is named after them, 4 after 3 and those after it after the day before."""
ACCOUNTS = {
    "receivable": ("asset", "112601", "Loans Receivable"),
    "charges": ("asset", "112603", "Interest/Fee Receivable"),
    "clearing": ("liability", "145023", "Suspense/Clearing account"),
    "loss": ("expense", "744007", "Credit Loss/Bad Debt"),
    "interest_off": ("income", "404001", "Interest Income Charge Off"),
    "fee_off": ("income", "404008", "Fee Charge Off"),
}
"""The chart of accounts of the published tests."""


def date(day: int) -> str:
    """A day as it is printed."""
    found = civil(day)
    return f"{found.year:04}-{found.month:02}-{found.day:02}"


def as_shown(loan: Loan, today: int) -> Loan:
    """The loan as it stands today; one not drawn yet as if all that was approved were drawn on its first day."""
    if loan.draws:
        return loans.as_of(loan, today)
    return loans.apply(loan, Event(1, loan_events.DRAW, today, amount=loan.approved)).loan


def schedule(loan: Loan, today: int) -> list[Row]:
    """The installments, with a row for each draw before the installments of its day.

    The balance is what was drawn so far less the principal asked so far; principal owed again is not in it.
    """
    shown = as_shown(loan, today)
    rows: list[Row] = []
    balance = at = 0
    for number, due in enumerate(shown.dues, 1):
        while at < len(shown.draws) and shown.draws[at].day <= due.due_on:
            draw = shown.draws[at]
            kept = major(draw.fee + draw.penalty)
            rows.append([None, None, date(draw.day), None, major(draw.amount), None, None, major(draw.fee),
                         major(draw.penalty), kept, kept, None, None, major(0)])  # fmt: skip
            balance += draw.amount
            at += 1
        balance -= due.owed[PRINCIPAL] - due.credited
        figures = [balance, due.owed[PRINCIPAL], due.owed[INTEREST], due.owed[FEE], due.owed[PENALTY], sum(due.owed),
                   sum(due.paid), due.in_advance, due.late, due.left]  # fmt: skip
        met = date(due.met_on) if due.met_on and due.left == 0 else None
        days = 0 if due.kind == DOWN_PAYMENT else due.due_on - due.start
        rows.append([number, days, date(due.due_on), met, *map(major, figures)])
    return rows


def totals(loan: Loan, today: int) -> dict[str, Decimal]:
    """The sums of the schedule, charges kept back from draws among them."""
    shown = as_shown(loan, today)
    fee = sum(draw.fee for draw in shown.draws)
    penalty = sum(draw.penalty for draw in shown.draws)
    by = [sum(due.owed[component] for due in shown.dues) for component in range(5)]
    return {
        name: major(amount)
        for name, amount in {
            "principal": by[PRINCIPAL],
            "interest": by[INTEREST],
            "fees": by[FEE] + fee,
            "penalties": by[PENALTY] + penalty,
            "due": sum(by) + fee + penalty,
            "paid": sum(sum(due.paid) for due in shown.dues) + fee + penalty,
            "in_advance": sum(due.in_advance for due in shown.dues),
            "late": sum(due.late for due in shown.dues),
            "outstanding": sum(due.left for due in shown.dues),
        }.items()
    }


def type_of(moved: Moved) -> str:
    """What a transaction is called."""
    if moved.kind == loan_events.PAYMENT:
        return PAID_BY[moved.mode]
    if moved.kind == loan_events.DRAW:
        return "repayment (at time of disbursement)" if moved.fee or moved.penalty else "disbursement"
    return TYPES[moved.kind]


def transaction(moved: Moved, reversed_: bool) -> dict[str, Any]:
    """One transaction."""
    return {
        "date": date(moved.day),
        "type": type_of(moved),
        "amount": major(moved.amount),
        "principal": major(moved.principal),
        "interest": major(moved.interest),
        "fees": major(moved.fee),
        "penalties": major(moved.penalty),
        "balance": major(0 if moved.kind in WITHOUT_BALANCE else moved.balance),
        "reversed": reversed_,
    }


def transactions(stage: Stage) -> list[dict[str, Any]]:
    """All transactions by day, those that were undone as they had been, and what was accrued."""
    found = [transaction(moved, False) for moved in stage.loan.moves]
    found += [transaction(moved, True) for moved in stage.gone]
    for accrual in stage.accruals:
        zero = {"principal": major(0), "balance": major(0), "reversed": False}
        parts = {"interest": accrual.interest, "fees": accrual.fee, "penalties": accrual.penalty}
        found.append({"date": date(accrual.day), "type": "accrual", "amount": major(sum(parts.values())), **zero,
                      **{name: major(amount) for name, amount in parts.items()}})  # fmt: skip
    return sorted(found, key=lambda row: row["date"])


def charges(loan: Loan) -> list[dict[str, Any]]:
    """The charges, with what is paid and waived of each."""
    words = {
        loan_events.OF_NOTHING: "flat",
        loan_events.OF_PRINCIPAL: "% amount",
        loan_events.OF_PRINCIPAL_AND_INTEREST: "% loan amount + interest",
        loan_events.OF_INTEREST: "% interest",
    }
    found = []
    for made in loan.charges:
        parts = [part for due in loan.dues for part in due.parts if part.charge == made.seq]
        asked, paid = sum(part.amount for part in parts), sum(part.paid for part in parts)
        if made.mode == loan_events.AT_DRAW:
            asked = paid = sum(draw.penalty if made.component == PENALTY else draw.fee for draw in loan.draws)
        waived = sum(part.waived for part in parts)
        basis = words[made.basis]
        if made.mode == loan_events.FLAT and made.rate_ppm >= 0:
            basis = "% amount"
        found.append({
            "penalty": made.component == PENALTY,
            "due_date": date(made.due_on) if made.due_on else None,
            "basis": basis,
            "due": major(asked),
            "paid": major(paid),
            "waived": major(waived),
            "outstanding": major(asked - paid - waived),
        })  # fmt: skip
    return found


def range_of(days: int) -> str:
    """The range of so many days, by its name."""
    if days < RANGES[0]:
        return "NO_DELINQUENCY"
    first = max(start for start in RANGES if start <= days)
    return f"RANGE_{first if first == 1 else first - 1}"


def loan_delinquency(stage: Stage, day: int) -> dict[str, Any]:
    """How late the loan is today; its range as it was last put in one."""
    whole, _ = standing(stage, day)
    since = date(whole.since + stage.loan.terms.grace_days) if whole.since else None
    return {
        "range": range_of(stage.ranged[0].counted_days),
        "amount": major(whole.amount),
        "since": since,
        "delinquent_days": whole.counted_days,
        "past_due_days": whole.past_due_days,
    }


def installment_delinquency(each: Sequence[Standing]) -> list[dict[str, Any]]:
    """What is late in each range."""
    amounts: dict[int, int] = {}
    for one in each:
        if one.counted_days >= RANGES[0]:
            first = max(start for start in RANGES if start <= one.counted_days)
            amounts[first] = amounts.get(first, 0) + one.amount
    return [{"range": range_of(first), "amount": major(amounts[first])} for first in sorted(amounts)]


def owners(stage: Stage) -> list[dict[str, Any]]:
    """The lines of the history of owners."""
    return [
        {
            "settlement_date": date(line.settles_on),
            "status": "SALE" if line.kind == ownership.SALE else "BUYBACK",
            "from": date(line.since),
            "to": date(line.until),
        }
        for line in stage.owners
    ]


def pause_periods(stage: Stage, day: int) -> list[dict[str, Any]]:
    """The pauses of lateness; one runs on its last day too."""
    return [
        {
            "active": pause.start <= day <= pause.stop,
            "start": date(pause.start),
            "end": date(pause.stop),
        }
        for pause in stage.pauses
    ]


def entry(account: str, amount: int, debit: bool) -> dict[str, Any]:
    """One line of a journal entry."""
    kind, code, name = ACCOUNTS[account]
    side = major(amount)
    return {"kind": kind, "account_code": code, "account": name, "debit": side if debit else None,
            "credit": None if debit else side}  # fmt: skip


def journal_entries(stage: Stage) -> list[dict[str, Any]]:
    """The journal entries of draws and charge-offs."""
    found = []
    for moved in stage.loan.moves:
        if moved.kind == loan_events.DRAW and type_of(moved) == "disbursement":
            lines = [entry("receivable", moved.amount, True), entry("clearing", moved.amount, False)]
            found.append({"txn": "disbursement", "date": date(moved.day), "entries": lines})
        if moved.kind == loan_events.CHARGE_OFF:
            rest = moved.fee + moved.penalty
            lines = [entry("receivable", moved.principal, False), entry("loss", moved.principal, True)]
            if moved.interest + rest:
                lines.append(entry("charges", moved.interest + rest, False))
            if moved.interest:
                lines.append(entry("interest_off", moved.interest, True))
            if rest:
                lines.append(entry("fee_off", rest, True))
            found.append({"txn": "charge_off", "date": date(moved.day), "entries": lines})
    return found


def re_age_transaction(loan: Loan) -> dict[str, Any] | None:
    """The last re-age."""
    for moved in reversed(loan.moves):
        if moved.kind == loan_events.RE_AGE:
            return {name: major(getattr(moved, name)) for name in ("amount", "principal", "interest")}
    return None


FIGURES: dict[str, Callable[[Stage, int], Any]] = {
    "schedule": lambda stage, day: schedule(stage.loan, stage.today),
    "totals": lambda stage, day: totals(stage.loan, stage.today),
    "transactions": lambda stage, day: transactions(stage),
    "charges": lambda stage, day: charges(stage.loan),
    "status": lambda stage, day: STATUS[stage.loan.status],
    "outstanding": lambda stage, day: totals(stage.loan, stage.today)["outstanding"],
    "overpaid": lambda stage, day: major(stage.loan.credit),
    "charged_off_on": lambda stage, day: date(stage.loan.charged_off_on) if stage.loan.charged_off_on else None,
    "delinquency": loan_delinquency,
    "loan_delinquency": loan_delinquency,
    "installment_delinquency": lambda stage, day: installment_delinquency(stage.ranged[1]),
    "pause_periods": pause_periods,
    "ownership": lambda stage, day: owners(stage),
    "journal_entries": lambda stage, day: journal_entries(stage),
    "re_age_transaction": lambda stage, day: re_age_transaction(stage.loan),
}
"""The figures that can be asked of a loan after some events, on a day."""
