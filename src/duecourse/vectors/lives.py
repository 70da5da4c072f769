"""The life of a loan as a vector tells it: each told event as the kernel's, and what it brings with it."""

from collections.abc import Mapping
from typing import Any

from duecourse.kernel import delinquency, loan_accrual, loan_events, ownership
from duecourse.kernel import loan as loans
from duecourse.kernel import loan_terms as said
from duecourse.kernel.delinquency import Pause
from duecourse.kernel.loan_events import Event
from duecourse.kernel.money import PPM
from duecourse.kernel.terms import FEE, PENALTY, PRINCIPAL
from duecourse.vectors.loan_terms import UNITS, minor, ppm
from duecourse.vectors.loan_terms import day as day_of
from duecourse.vectors.run import NotAnswered
from duecourse.vectors.stages import Stage, first_stage, ranged, recorded

EACH = 10
"""Room in the numbers of events for those that a told event brings with it."""
PAYMENTS = {
    "repayment": said.NORMAL,
    "pay_off": said.NORMAL,
    "merchant_issued_refund": said.MERCHANT_REFUND,
    "goodwill_credit": said.GOODWILL,
    "payout_refund": said.PAYOUT_REFUND,
    "down_payment": loan_events.DOWN,
}
SPREAD = {
    None: loan_events.NO_INTEREST,
    "equal_split_of_payable_interest": loan_events.PAYABLE_INTEREST,
    "equal_split_of_full_interest": loan_events.ALL_INTEREST,
}
LATE_FEES = {
    "LP1_INTEREST_FLAT_OVERDUE_FROM_AMOUNT": (15_000, loan_events.OF_PRINCIPAL),
    "LP1_INTEREST_FLAT_OVERDUE_FROM_AMOUNT_INTEREST": (15_000, loan_events.OF_PRINCIPAL_AND_INTEREST),
}
"""Late fees that belong to a published product and stand nowhere else: 1.5% of what an installment asks."""


def stages(vector: Mapping[str, Any]) -> list[Stage]:
    """How things stand after none, one, two ... of a vector's events."""
    found = [first_stage(vector)]
    for number, told in enumerate(vector["events"], 1):
        found.append(after(vector, found[-1], number, told))
    return found


def after(vector: Mapping[str, Any], stage: Stage, number: int, told: Mapping[str, Any]) -> Stage:
    """How things stand after one more told event."""
    kind = told["type"]
    if kind not in TOLD:
        raise NotAnswered(f"events: {kind!r} is not known")
    today = max(stage.today, booked(told))
    return TOLD[kind](vector, stage._replace(today=today), number * EACH, told)


def booked(told: Mapping[str, Any]) -> int:
    """The day on which a told event was booked."""
    for field in ("booked_on", "business_date", "submitted", "date", "start"):
        if told.get(field):
            return day_of(told[field])
    return 0


def draw(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A draw, and what is due of it at once where that is taken by itself."""
    day = day_of(told["date"])
    amount = minor(told["amount"])
    stage = recorded(vector, stage, Event(seq, loan_events.DRAW, day, stage.today, amount))
    down = [due for due in stage.loan.dues if due.kind == 1 and due.due_on == day and due.left]
    if vector["inputs"].get("auto_down_payment") and down:
        left = sum(due.left for due in down)
        paid = Event(seq + 1, loan_events.PAYMENT, day, stage.today, left, mode=loan_events.DOWN)
        stage = recorded(vector, stage, paid)
    return stage


def payment(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A payment of any kind; one without an amount pays the loan off."""
    day = day_of(told["date"])
    amount = minor(told["amount"]) if "amount" in told else loans.quote(stage.loan, day).payoff
    event = Event(seq, loan_events.PAYMENT, day, stage.today, amount, mode=PAYMENTS[told["type"]])
    return recorded(vector, stage, event)


def charged_on(basis: str) -> tuple[int, int]:
    """Where a charge falls due and what it is a share of, by the words of its basis."""
    words = basis.split("_")
    shares = {
        ("principal", "interest"): loan_events.OF_PRINCIPAL_AND_INTEREST,
        ("amount", "interest"): loan_events.OF_PRINCIPAL_AND_INTEREST,
        ("interest",): loan_events.OF_INTEREST,
    }
    if words[0] not in ("flat", "pct"):
        raise NotAnswered(f"basis: {basis!r} is not known")
    if "disbursement" in words:
        mode = loan_events.AT_DRAW
    else:
        mode = loan_events.PER_INSTALLMENT if "installment" in words else loan_events.FLAT
    if words[0] == "flat":
        return mode, loan_events.OF_NOTHING
    named = tuple(word for word in words if word in ("principal", "amount", "interest"))
    return mode, shares.get(named, loan_events.OF_PRINCIPAL)


def charge(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A fee or penalty."""
    mode, of = charged_on(told.get("basis") or "flat")
    event = Event(
        seq,
        loan_events.CHARGE,
        stage.today,
        stage.today,
        minor(told["amount"]) if told.get("amount") else 0,
        mode=mode,
        basis=of,
        component=PENALTY if told.get("kind") == "penalty" else FEE,
        rate_ppm=ppm(told["pct"]) if told.get("pct") else -1,
        until=day_of(told["due_date"]) if told.get("due_date") else stage.today * (mode == loan_events.FLAT),
    )
    return recorded(vector, stage, event)


def waiver(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A charge waived: the one that is named by its due day, else the last of which something is left."""
    due_on = day_of(told["due_date"]) if told.get("due_date") else None
    for made in reversed(stage.loan.charges):
        parts = [part for due in stage.loan.dues for part in due.parts if part.charge == made.seq]
        left = sum(part.left for part in parts)
        if left and due_on in (None, made.due_on):
            amount = minor(told["amount"]) if told.get("amount") else left
            event = Event(seq, loan_events.WAIVER, day_of(told["date"]), stage.today, amount, of=made.seq)
            return recorded(vector, stage, event)
    raise NotAnswered("events: no charge is left to waive")


def payments_of(stage: Stage, modes: tuple[int, ...]) -> list[Event]:
    """The payments recorded so far and not undone, in the order of recording."""
    undone = {event.of for event in stage.loan.log if event.kind == loan_events.UNDO}
    return [
        event
        for event in stage.loan.log
        if event.kind == loan_events.PAYMENT and event.mode in modes and event.seq not in undone
    ]


def chargeback(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A chargeback of the n-th payment or down payment, counted back from the last."""
    down = told.get("of") == "downpayment"
    payments = [event for event in stage.loan.log if event.kind == loan_events.PAYMENT]
    chosen = [event for event in payments if (event.mode == loan_events.DOWN) == down]
    of = chosen[-told.get("of_payment_nr", 1)].seq
    day = day_of(told["date"])
    return recorded(vector, stage, Event(seq, loan_events.CHARGEBACK, day, stage.today, minor(told["amount"]), of=of))


def refund(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A credit balance paid out."""
    day = day_of(told["date"])
    return recorded(vector, stage, Event(seq, loan_events.REFUND, day, stage.today, minor(told["amount"])))


def undo(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """A transaction undone: the n-th of its kind on a day, else the n-th of all."""
    day = day_of(told["on"])
    kind = told.get("kind", "repayment")
    undone = {event.of for event in stage.loan.log if event.kind == loan_events.UNDO}
    modes = None if kind is None else (PAYMENTS[kind],)
    all_of = [
        event
        for event in stage.loan.log
        if event.seq not in undone
        and event.kind != loan_events.UNDO
        and (modes is None or (event.kind == loan_events.PAYMENT and event.mode in modes))
    ]
    of_day = [event for event in all_of if event.day == day]
    place = told.get("nth", 1) - 1
    chosen = of_day[place] if place < len(of_day) else all_of[place]
    return taken_back(vector, stage, seq, chosen)


def undo_last(kind: int) -> Any:
    """How the last event of a kind is undone."""

    def last(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
        undone = {event.of for event in stage.loan.log if event.kind == loan_events.UNDO}
        found = [event for event in stage.loan.log if event.kind == kind and event.seq not in undone]
        return taken_back(vector, stage, seq, found[-1])

    return last


def taken_back(vector: Mapping[str, Any], stage: Stage, seq: int, event: Event) -> Stage:
    """Take an event back, and keep what it had moved to be shown."""
    gone = tuple(moved for moved in stage.loan.moves if moved.seq == event.seq)
    stage = stage._replace(gone=stage.gone + gone)
    return recorded(vector, stage, Event(seq, loan_events.UNDO, stage.today, stage.today, of=event.seq))


def close_of_day(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """The close run on a business day: the day before is closed. Late fees, accruals, ranges, owners."""
    closed = stage.today - 1
    stage = recorded(vector, stage, *late_fees(vector, stage, seq))
    accrued = loan_accrual.through(stage.loan, closed, stage.accruals)
    stage = stage._replace(accruals=stage.accruals + tuple(accrued))
    stage = stage._replace(owners=tuple(ownership.closed(stage.owners, closed)))
    if not delinquency.is_paused(stage.pauses, stage.today):
        stage = ranged(stage)
    return stage


def late_fees(vector: Mapping[str, Any], stage: Stage, seq: int) -> list[Event]:
    """A late fee for each installment past due that has none yet."""
    share, basis = LATE_FEES.get(vector["inputs"].get("product_ref", ""), (0, 0))
    if not share:
        return []
    found: list[Event] = []
    for due in stage.loan.dues:
        if due.left and due.due_on < stage.today and not any(part.component == PENALTY for part in due.parts):
            base = due.owed[PRINCIPAL] + (due.owed[2] if basis == loan_events.OF_PRINCIPAL_AND_INTEREST else 0)
            event = Event(
                seq + len(found), loan_events.CHARGE, stage.today, stage.today, base * share // PPM,
                component=PENALTY, until=due.due_on, rate_ppm=share,
            )  # fmt: skip
            found.append(event)
    return found


def reschedule(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """Installments on other days or terms."""
    event = Event(
        seq,
        loan_events.RESCHEDULE,
        stage.today,
        stage.today,
        since=day_of(told["from_date"]),
        until=day_of(told["adjusted_due_date"]) if told.get("adjusted_due_date") else 0,
        grace=int(told.get("grace_principal") or 0),
        number=int(told.get("extra_terms") or told.get("extra_installments") or 0),
        rate_ppm=ppm(told["new_annual_rate_pct"]) if told.get("new_annual_rate_pct") is not None else -1,
    )
    return recorded(vector, stage, event)


def rate_change(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """Another rate from a day."""
    day = day_of(told.get("from_date") or told["date"])
    rate = ppm(told["new_annual_rate_pct"])
    return recorded(vector, stage, Event(seq, loan_events.RATE, day, stage.today, rate_ppm=rate))


def interest_pause(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """No interest from a day to a day."""
    event = Event(seq, loan_events.PAUSE, day_of(told["start"]), stage.today, until=day_of(told["end"]))
    return recorded(vector, stage, event)


def spread(stage: Stage, told: str | None) -> int:
    """Which interest a re-age spreads; one whose interest would go on at the loan's rate is not offered."""
    if told not in SPREAD or (told is None and stage.loan.terms.rate_ppm):
        raise NotAnswered(f"interest_handling: {told!r} is not offered")
    return SPREAD[told]


def re_age(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """New installments for what is owed."""
    every, unit = told["every"]
    event = Event(
        seq,
        loan_events.RE_AGE,
        day_of(told["date"]),
        stage.today,
        until=day_of(told["start"]),
        number=told["n_installments"],
        every=every,
        unit=UNITS[unit],
        mode=spread(stage, told.get("interest_handling")),
    )
    return recorded(vector, stage, event)


def on_a_day(kind: int) -> Any:
    """How an event is told that needs a day and perhaps an amount."""

    def happened(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
        amount = minor(told["amount"]) if told.get("amount") else 0
        stage = recorded(vector, stage, Event(seq, kind, day_of(told["date"]), stage.today, amount))
        loan = stage.loan
        if kind == loan_events.TERMINATION or (
            kind == loan_events.CHARGE_OFF and loan.terms.charge_off != said.REGULAR
        ):
            more = loan_accrual.at_end(loan, day_of(told["date"]), stage.accruals)
            stage = stage._replace(accruals=(*stage.accruals, *more))
        return stage

    return happened


def sale(kind: int) -> Any:
    """How a sale or buyback is asked for."""

    def asked(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
        settles = day_of(told["settlement_date"])
        return stage._replace(owners=tuple(ownership.asked(stage.owners, kind, stage.today, settles)))

    return asked


def delinquency_pause(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """Lateness does not grow for some days."""
    return stage._replace(pauses=(*stage.pauses, Pause(day_of(told["start"]), day_of(told["end"]))))


def delinquency_resume(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """Lateness grows again."""
    day = day_of(told["start"])
    return stage._replace(pauses=tuple(delinquency.resumed(stage.pauses, day)))


def nothing(vector: Mapping[str, Any], stage: Stage, seq: int, told: Mapping[str, Any]) -> Stage:
    """An event that only lets a day come."""
    return stage


TOLD = {
    "approve": nothing,
    "accrue_to": nothing,
    "disburse": draw,
    "draw": draw,
    **dict.fromkeys(PAYMENTS, payment),
    "charge": charge,
    "waive_charge": waiver,
    "chargeback": chargeback,
    "credit_balance_refund": refund,
    "undo_transaction": undo,
    "undo_repayment": undo,
    "close_of_day": close_of_day,
    "reschedule": reschedule,
    "rate_change": rate_change,
    "interest_pause": interest_pause,
    "re_age": re_age,
    "undo_re_age": undo_last(loan_events.RE_AGE),
    "re_amortize": on_a_day(loan_events.RE_AMORTISE),
    "undo_re_amortize": undo_last(loan_events.RE_AMORTISE),
    "charge_off": on_a_day(loan_events.CHARGE_OFF),
    "undo_charge_off": undo_last(loan_events.CHARGE_OFF),
    "contract_termination": on_a_day(loan_events.TERMINATION),
    "undo_contract_termination": undo_last(loan_events.TERMINATION),
    "write_off": on_a_day(loan_events.WRITE_OFF),
    "write_off_recovery": on_a_day(loan_events.RECOVERY),
    "loan_sale_request": sale(ownership.SALE),
    "loan_buyback_request": sale(ownership.BUYBACK),
    "delinquency_pause": delinquency_pause,
    "delinquency_resume": delinquency_resume,
}
"""What each kind of told event does."""
