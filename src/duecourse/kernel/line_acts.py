"""What an act does to a line beside purchases and payments: fees, waivers, chargebacks, what is set apart, charge-off.

Each function takes an account that is closed through the day before the act, and its open dues as a list; it answers
both as they are after it, and takes no more than there is. The list that it is given stays as it is.
"""

from typing import NamedTuple

from .account import (
    ASKED,
    WIDTH,
    Account,
    Accrued,
    Kept,
    Owed,
    Principal,
    drop_met,
    owed_total,
    principal_total,
)
from .accrual import interest
from .allocation import Taken, allocate, give_back, repay, tolerate
from .days import next_cycle
from .money import PPM
from .posting import buy, received
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL, LineTerms


class Changed(NamedTuple):
    """An account and its open dues after an act."""

    account: Account
    dues: list[int]


class Parts(NamedTuple):
    """An amount by component, and what of its interest and penalty was income recognised by it."""

    principal: int
    interest: int
    fee: int
    penalty: int
    recognised: int = 0


def count_of(dues: list[int]) -> int:
    """How many dues a list holds."""
    return len(dues) // WIDTH


def awake(account: Account, terms: LineTerms, day: int) -> Account:
    """The account with its next cycle day still to come; a dormant one has let cycle days go by."""
    if account.statement_on >= day:
        return account
    return account._replace(statement_on=next_cycle(day - 1, terms.cycle_day))


def met_by_credit(account: Account, dues: list[int], terms: LineTerms, day: int) -> Changed:
    """Let a credit balance meet what is owed; there are never both."""
    if account.credit == 0 or owed_total(account) == 0:
        return Changed(account, dues)
    left = list(dues)
    emptied = account._replace(credit=0)
    met = allocate(emptied, left, 0, count_of(left), terms, account.credit)
    posted = received(emptied, met, terms, day)
    return Changed(posted.account, left[: posted.open_dues * WIDTH])


def charge_fee(account: Account, dues: list[int], terms: LineTerms, amount: int, day: int) -> Changed:
    """Charge a fee: it is billed by the coming statement; a credit balance meets it at once.

    >>> from .account import opened
    >>> from .terms import PLAIN_LINE
    >>> charge_fee(opened(9, 5_000, 31), [], PLAIN_LINE, 300, 10).account.owed
    Owed(interest=0, fee=300, penalty=0, unbilled_fee=300)
    """
    assert amount > 0, "acts: the fee is not above zero"
    now = awake(account, terms, day)
    owed = now.owed
    charged = now._replace(owed=owed._replace(fee=owed.fee + amount, unbilled_fee=owed.unbilled_fee + amount))
    return met_by_credit(charged, dues, terms, day)


def charged(account: Account, component: int) -> int:
    """What of one component is charged and unpaid."""
    if component == PRINCIPAL:
        return principal_total(account.principal)
    return (account.owed.interest, account.owed.fee, account.owed.penalty)[component - INTEREST]


def waive(account: Account, dues: list[int], terms: LineTerms, component: int, amount: int) -> Changed:
    """Waive up to `amount` of one component that is charged: of the oldest due first; dues fall with it.

    Of interest and penalty, what was suspended goes first: no income was recognised of it. Of a debt that was charged
    off, what is waived otherwise is no longer charged off either: the loss was taken before.
    """
    assert amount > 0, "acts: the waiver is not above zero"
    left = list(dues)
    to_go = min(amount, charged(account, component))
    whole = to_go
    missed, in_dues = 0, 0
    for place in range(0, len(left), WIDTH):
        part = min(to_go, left[place + component])
        left[place + component] -= part
        to_go -= part
        in_dues += part
        missed += part * int(left[place] <= account.day)
    new_fee, open_cycle = 0, 0
    if component == PRINCIPAL:
        claimed = sum(left[place + PRINCIPAL] for place in range(0, len(left), WIDTH) if left[place] > account.day)
        rest = account.principal.revolving + account.principal.window - (in_dues - missed) - claimed
        billed = min(to_go, rest)
        open_cycle = to_go - billed
        taken = Taken(missed, in_dues - missed + billed, 0, 0, 0)
    else:
        if component == FEE:
            claimed = sum(left[place + FEE] for place in range(0, len(left), WIDTH))
            new_fee = max(0, to_go - (account.owed.fee - account.owed.unbilled_fee - in_dues - claimed))
        amounts = [whole - new_fee if component == one else 0 for one in (INTEREST, FEE, PENALTY)]
        taken = Taken(0, 0, *amounts)
    paid = tolerate(repay(account, taken, new_fee, open_cycle, 0), left, 0, count_of(left), terms)
    from_suspended = min(account.suspended, whole) if component in (INTEREST, PENALTY) else 0
    beside = paid.beside
    from_charged_off = min(beside.charged_off, whole - from_suspended)
    now = paid._replace(
        suspended=paid.suspended - from_suspended,
        beside=beside._replace(charged_off=beside.charged_off - from_charged_off),
    )
    return Changed(now, left[: drop_met(left, 0, count_of(left)) * WIDTH])


def pay_out(account: Account, dues: list[int], terms: LineTerms, amount: int, day: int) -> Changed:
    """Pay a credit balance out; what is no longer there of it, since it was paid out, is owed like a purchase."""
    return Changed(buy(account, terms, amount, day), dues)


def with_due(dues: list[int], due_on: int, parts: Parts) -> list[int]:
    """Open dues with one more, in order of their days; one of nothing is not opened.

    >>> with_due([20, 5, 0, 0, 0, 5], 10, Parts(1, 0, 0, 0))
    [10, 1, 0, 0, 0, 1, 20, 5, 0, 0, 0, 5]
    """
    asked = sum(parts[:4])
    if asked == 0:
        return list(dues)
    at = next((place for place in range(0, len(dues), WIDTH) if dues[place] > due_on), len(dues))
    return [*dues[:at], due_on, *parts[:4], asked, *dues[at:]]


def bounce(account: Account, dues: list[int], terms: LineTerms, met: Parts, credit: int, day: int) -> Changed:
    """A payment that counted until today is taken back: what it met is owed again, by component, and due today.

    Its principal has no window. What had become a credit balance is taken from there; where that is spent, it is
    principal too. Of a debt that was charged off, what the payment recovered is charged off again.
    """
    now = awake(account, terms, day)
    from_credit = min(credit, now.credit)
    back = met._replace(principal=met.principal + credit - from_credit)
    owed, principal = now.owed, now.principal
    suspended = now.suspended + back.recognised
    restored = sum(back[:4])
    charged_off = now.beside.charged_off
    if charged_off > 0:
        charged_off += restored - back.recognised
    owing = now._replace(
        principal=principal._replace(revolving=principal.revolving + back.principal),
        owed=Owed(owed.interest + back.interest, owed.fee + back.fee, owed.penalty + back.penalty, owed.unbilled_fee),
        credit=now.credit - from_credit,
        statement_left=now.statement_left + restored,
        suspended=suspended,
        beside=now.beside._replace(charged_off=charged_off),
    )
    return met_by_credit(owing, with_due(dues, day, back), terms, day)


def hold(account: Account, amount: int) -> Account:
    """Set an authorised amount apart: it uses the limit and nothing else. Below zero it is given free."""
    beside = account.beside
    return account._replace(beside=beside._replace(apart=max(0, beside.apart + amount)))


def dispute(account: Account, dues: list[int], terms: LineTerms, amount: int, day: int) -> Changed:
    """Set a disputed amount apart: it bears no interest, is in no minimum, and cannot be past due.

    The minimum that is open falls by the share of it that the amount had brought; what nothing owed can take (the
    purchase was paid) is a credit balance until the dispute is decided.
    """
    left = list(dues)
    now = awake(account, terms, day)
    billed = min(amount, now.principal.window + now.principal.revolving)
    cut = billed * terms.minimum_share_ppm // PPM
    for place in reversed(range(0, len(left), WIDTH)):
        part = min(cut, left[place + PRINCIPAL]) if left[place] > now.day else 0
        left[place + PRINCIPAL] -= part
        left[place + ASKED] -= part
        cut -= part
    count = drop_met(left, 0, count_of(left))
    met = give_back(now, left, 0, count, terms._replace(refund_meets_minimum=0), amount)
    posted = received(now, met, terms, day)
    return Changed(hold(posted.account, amount), left[: posted.open_dues * WIDTH])


def bring_back(
    account: Account, dues: list[int], terms: LineTerms, amount: int, bearing_days: int, day: int
) -> Changed:
    """Bring a disputed amount back as a purchase of today, with the interest of so many days."""
    now = hold(buy(account, terms, amount, day), -amount)
    accrued = now.accrued
    grown = interest(amount, terms.rate_ppm, day - 1 - bearing_days, day - 1, accrued.interest_carry, terms.year_days)
    return Changed(
        now._replace(
            accrued=Accrued(accrued.interest + grown.interest, grown.carry, accrued.penalty, accrued.penalty_carry)
        ),
        dues,
    )


def defer(account: Account, dues: list[int], due_on: int, until: int, window_until: int) -> Changed:
    """Move the dues of one day to a later one; the interest-free window goes on to `window_until` at most.

    A window always ends before the next statement. A due that is met by then is not moved.
    """
    moved = list(dues)
    for place in range(0, len(dues), WIDTH):
        if moved[place] == due_on and due_on > account.day:
            moved[place] = until
    rows = sorted((moved[place : place + WIDTH] for place in range(0, len(moved), WIDTH)), key=lambda row: row[0])
    window = account.due_on
    if window == due_on:
        window = max(due_on, min(window_until, account.statement_on - 1))
    return Changed(account._replace(due_on=window), [number for row in rows for number in row])


def re_age(account: Account, dues: list[int], due_days: tuple[int, ...]) -> Changed:
    """Make what is past due one new due, or several: each component in equal parts, to the unit in all.

    >>> from .account import opened
    >>> late = opened(50, 9_000, 60)
    >>> late = late._replace(principal=late.principal._replace(past_due=101))
    >>> re_age(late, [40, 101, 0, 0, 0, 101], (70, 100)).dues
    [70, 50, 0, 0, 0, 50, 100, 51, 0, 0, 0, 51]
    """
    missed = [place for place in range(0, len(dues), WIDTH) if dues[place] <= account.day]
    sums = [sum(dues[place + component] for place in missed) for component in (PRINCIPAL, INTEREST, FEE, PENALTY)]
    left = [number for place in range(0, len(dues), WIDTH) if place not in missed for number in dues[place : place + 6]]
    parts = len(due_days)
    for i, due_on in enumerate(due_days):
        left = with_due(left, due_on, Parts(*(one * (i + 1) // parts - one * i // parts for one in sums)))
    principal = account.principal
    return Changed(
        account._replace(
            principal=principal._replace(revolving=principal.revolving + sums[0], past_due=principal.past_due - sums[0])
        ),
        left,
    )


def charge_accrued(account: Account) -> Account:
    """Let what has accrued become owed today; it joins the coming statement's due."""
    owed, accrued = account.owed, account.accrued
    both = accrued.interest + accrued.penalty
    return account._replace(
        owed=Owed(owed.interest + accrued.interest, owed.fee, owed.penalty + accrued.penalty, owed.unbilled_fee),
        accrued=Accrued(0, accrued.interest_carry, 0, accrued.penalty_carry),
        statement_left=account.statement_left + both,
        suspended=account.suspended + both * account.nonaccrual,
    )


def accelerate(account: Account, dues: list[int], day: int) -> Changed:
    """Make all that is owed and in no due due today; what is past due keeps its days."""
    principal, owed = account.principal, account.owed
    missed = [
        number
        for place in range(0, len(dues), WIDTH)
        if dues[place] <= account.day
        for number in dues[place : place + WIDTH]
    ]
    in_missed = [sum(missed[place + component] for place in range(0, len(missed), WIDTH)) for component in range(1, 5)]
    rest = Parts(
        principal_total(principal) - principal.past_due,
        owed.interest - in_missed[1],
        owed.fee - in_missed[2],
        owed.penalty - in_missed[3],
    )
    return Changed(
        account._replace(
            due_on=0,
            principal=Principal(0, 0, 0, rest.principal, principal.past_due),
            owed=owed._replace(unbilled_fee=0),
            kept=Kept(0, 0, 0, 0),
            statement_left=owed_total(account),
            beside=account.beside._replace(in_full=0),
        ),
        with_due(missed, day, rest),
    )


def spread_all(account: Account, due_days: tuple[int, ...]) -> Changed:
    """Make all that is owed new dues, on several days in equal parts; what has accrued is charged first.

    Nothing is left of earlier dues and of the interest-free window.

    >>> from .account import opened
    >>> held = opened(50, 9_000, 60)
    >>> held = held._replace(principal=held.principal._replace(unbilled=40, revolving=10, past_due=51))
    >>> spread_all(held, (70, 100)).dues
    [70, 50, 0, 0, 0, 50, 100, 51, 0, 0, 0, 51]
    """
    billed = accelerate(charge_accrued(account), [], account.day).account
    principal = billed.principal
    at_once = billed._replace(principal=principal._replace(revolving=0, past_due=principal_total(principal)))
    owed = billed.owed
    all_of_it = with_due([], account.day, Parts(principal_total(principal), owed.interest, owed.fee, owed.penalty))
    return re_age(at_once, all_of_it, due_days)


def charge_off(account: Account, dues: list[int], is_due_at_once: int, day: int) -> Changed:
    """Take the debt off the books; the borrower owes it as before. What has accrued is charged first.

    What leaves the books is what is owed less the income that was never recognised; from now on none is.
    """
    charged = charge_accrued(account)
    now = accelerate(charged, dues, day) if is_due_at_once else Changed(charged, list(dues))
    owing = now.account
    beside = owing.beside._replace(charged_off=owed_total(owing) - owing.suspended)
    return Changed(owing._replace(beside=beside, nonaccrual=1), now.dues)


def convert(account: Account, dues: list[int], terms: LineTerms, amount: int, is_billed: int, day: int) -> Changed:
    """Set principal apart that is to come back as installments: of the statement, or of the open cycle's purchases.

    Of a statement the source due is closed as far as its principal goes.
    """
    left = list(dues)
    if is_billed:
        met = give_back(account, left, 0, count_of(left), terms._replace(refund_meets_minimum=1), amount)
        posted = received(account, met, terms, day)
        now, left = posted.account, left[: posted.open_dues * WIDTH]
        assert now.credit == account.credit, "acts: more is converted than is billed"
    else:
        assert amount <= account.principal.unbilled + account.principal.bearing, "acts: more is converted than is open"
        now = repay(account, Taken(0, 0, 0, 0, 0), 0, amount, 0)
    return Changed(hold(now, amount), left)


def bill_installment(
    account: Account, dues: list[int], terms: LineTerms, principal: int, interest: int, fee: int, day: int
) -> Changed:
    """Bring an installment of the cycle that ends today onto the bill: the minimum due asks all of it."""
    now = hold(awake(account, terms, day), -principal)
    owed, parts, beside = now.owed, now.principal, now.beside
    billed = now._replace(
        principal=parts._replace(unbilled=parts.unbilled + principal),
        owed=Owed(owed.interest + interest, owed.fee + fee, owed.penalty, owed.unbilled_fee + fee),
        statement_left=now.statement_left + interest,
        suspended=now.suspended + interest * now.nonaccrual,
        beside=beside._replace(in_full=beside.in_full + principal),
    )
    return met_by_credit(billed, dues, terms, day)
