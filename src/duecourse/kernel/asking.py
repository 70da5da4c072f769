"""How much each installment asks: from the form of the loan, and so that all together repay exactly what was drawn."""

from .annuity import level, level_alike, rounded, to_multiple
from .day_count import period_part, year_part
from .installment import ASKS_PRINCIPAL, ASKS_TOTAL, Figures, Rows, bears, rate_on
from .loan_terms import (
    BULLET,
    EQUAL_PERIODS,
    EQUAL_PRINCIPAL,
    EVENED,
    FLAT_FEE,
    INTEREST_FIRST,
    ON_TOP,
    ORIGINAL,
    PERIOD_FACTORS,
    SHORTER_TERM,
    STEPPED,
    WITHIN,
)
from .money import PPM
from .walking import walk

ROUNDS = 3
"""How often an even share of what is left over is tried before the last installment keeps it."""


def total_drawn(rows: Rows) -> int:
    """All principal that was drawn."""
    return rows.drawn[0]


def principal_left(rows: Rows) -> int:
    """The principal of a schedule that has not been repaid."""
    return rows.drawn[0] + sum(rows.put_back_principal) - sum(rows.paid_principal)


def paid(rows: Rows, number: int) -> int:
    """What was paid on a row, net of what was put back on it."""
    put_back = rows.put_back_principal[number] + rows.put_back_interest[number]
    return rows.paid_principal[number] + rows.paid_interest[number] - put_back


def is_met(rows: Rows, number: int) -> bool:
    """Whether a row has been paid exactly what it asks."""
    return rows.asks[number] == ASKS_TOTAL and rows.asked[number] == paid(rows, number)


def own_rate(rows: Rows, number: int) -> tuple[int, int]:
    """The interest of a whole row as a fraction of its base, as the equal installment counts it."""
    if rows.defers[number] and rows.terms.deferred == WITHIN:
        return 0, rows.under[number]
    if number == 0 and rows.whole_from[0] != rows.start[0]:
        return bears(rows, 0, rows.whole_from[0], rows.due[0])
    return sum(part.over for part in rows.parts[number]), rows.under[number]


def alike(rows: Rows, numbers: list[int]) -> tuple[int, int]:
    """The interest of one of some rows as if all were alike: a whole period's, or of the average of their days."""
    terms = rows.terms
    rate = rate_on(rows, rows.start[numbers[0]])
    if terms.installment_from == EQUAL_PERIODS:
        over, under = period_part(terms)
        return rate * over, PPM * under
    start = rows.start[numbers[0]] if numbers[0] else rows.whole_from[0]
    over, under = year_part(terms.day_count, start, rows.due[numbers[-1]], terms.draw_day_counts)
    return rate * over, PPM * under * len(numbers)


def equal_installment(rows: Rows, numbers: list[int], principal: int) -> tuple[int, int]:
    """The exact equal installment of some rows for a principal, as a fraction."""
    terms = rows.terms
    if terms.interest_on == ORIGINAL:
        drawn = total_drawn(rows)
        interest = sum(
            rounded(drawn * over, under, terms.rounding) for over, under in (own_rate(rows, n) for n in numbers)
        )
        return principal + interest, len(numbers)
    if terms.installment_from != PERIOD_FACTORS:
        over, under = alike(rows, numbers)
        if numbers[0] >= terms.interest_free:
            return level_alike(principal, len(numbers), over, under)
        return level(principal, [(over * int(number >= terms.interest_free), under) for number in numbers])
    rates = [own_rate(rows, number) for number in numbers]
    if all(rate == rates[0] for rate in rates):
        return level_alike(principal, len(rates), *rates[0])
    return level(principal, rates)


def ask_again(rows: Rows, first: int, principal: int) -> None:
    """Let the rows from `first` on ask what repays a principal in the form of the loan; the last takes what is left
    over.

    A row on which more was paid already keeps what it asks.
    """
    terms = rows.terms
    numbers = [n for n in range(first, len(rows.due)) if n >= terms.grace_principal]
    if not numbers:
        return
    if terms.form in (INTEREST_FIRST, BULLET):
        amount = 0
    elif terms.form in (EQUAL_PRINCIPAL, FLAT_FEE):
        amount = rounded(principal, len(numbers), terms.rounding)
    elif terms.form == STEPPED:
        ask_steps(rows, numbers)
        return
    elif terms.installment_minor:
        amount = terms.installment_minor
    else:
        over, under = equal_installment(rows, numbers, principal)
        amount = to_multiple(over, under, terms.multiple_minor, terms.multiple_rounding, terms.rounding)
    for number in numbers:
        asked = amount if rows.asks[number] == ASKS_PRINCIPAL else amount + rows.fixed[number]
        if asked >= paid(rows, number):
            rows.asked[number] = rows.agreed[number] = asked


def ask_steps(rows: Rows, numbers: list[int]) -> None:
    """Let rows ask by the steps of the terms; a step of 0 asks equal installments of what is left from there on."""
    steps = rows.terms.steps
    for place, step in enumerate(steps):
        stop = steps[place + 1].first - 1 if place + 1 < len(steps) else len(rows.due)
        within = [n for n in numbers if step.first - 1 <= n < stop]
        if not within:
            continue
        amount = step.amount_minor
        if amount == 0:
            figures = walk(rows, as_planned=True)
            left = figures.left[within[0] - 1] if within[0] else total_drawn(rows)
            rest = [n for n in numbers if n >= within[0]]
            amount = to_multiple(
                *equal_installment(rows, rest, left),
                rows.terms.multiple_minor,
                rows.terms.multiple_rounding,
                rows.terms.rounding,
            )
        for number in within:
            rows.asked[number] = rows.agreed[number] = amount + rows.fixed[number]


def end_of_term(rows: Rows) -> int:
    """The row after the last one that repays principal, where early payments made the term shorter; what is late may
    bear interest in the periods after it, and they ask that alone.
    """
    number = len(rows.due)
    if rows.terms.early != SHORTER_TERM or rows.asks[-1] == ASKS_PRINCIPAL:
        return number
    figures = walk(rows)
    while number > 1 and figures.principal[number - 1] == rows.paid_principal[number - 1] == 0:
        number -= 1
    return number


def left_over(rows: Rows, figures: Figures) -> int:
    """The principal that was drawn and put back and is asked by no row (below 0: asked, and not there)."""
    return total_drawn(rows) + sum(rows.put_back_principal) - sum(figures.principal)


def last_open(rows: Rows) -> int:
    """The last row of the term that is not paid exactly what it asks; the last of all where there is none."""
    for number in range(end_of_term(rows) - 1, -1, -1):
        if not is_met(rows, number):
            return number
    return len(rows.due) - 1


def ask_principal(rows: Rows, number: int, principal: int, figures: Figures) -> None:
    """Let one row ask so much principal and, on top, the interest that it has in these figures."""
    if rows.asks[number] == ASKS_PRINCIPAL:
        rows.asked[number] = principal - rows.put_back_principal[number]
        return
    on_top = rows.terms.deferred == ON_TOP
    grown = figures.interest[number] + figures.unmet[number]
    if on_top and number and rows.defers[number - 1]:
        grown -= figures.unmet[number - 1]
    elif rows.defers[number] and not on_top:
        grown = 0
    put_back = rows.put_back_principal[number] + rows.put_back_interest[number]
    rows.asked[number] = principal + grown - put_back


def is_settled(rows: Rows, last: int, figures: Figures) -> bool:
    """Whether the rows ask exactly what was drawn, and the last open one just that: then `settle` changes nothing."""
    if rows.drawn[0] + sum(rows.put_back_principal) != sum(figures.principal):
        return False
    asked = figures.principal[last] - rows.put_back_principal[last]
    if rows.asks[last] == ASKS_TOTAL:
        asked += figures.interest[last] + figures.unmet[last] - rows.put_back_interest[last]
    return rows.asked[last] == asked


def settle(rows: Rows, day: int | None = None) -> None:
    """Let the last open row take what is left over, so that all rows together ask exactly what was drawn.

    Where that is less than was paid on it, the rows before it ask less, the later first. With a day, as `walk`.
    """
    figures = walk(rows, day)
    rest = left_over(rows, figures)
    stop = end_of_term(rows)
    last = first = last_open(rows)
    wanted = figures.principal[:]
    while True:
        floor = rows.paid_principal[first]
        taken = max(rest, floor - wanted[first])
        wanted[first] += taken
        rest -= taken
        if rest == 0 or first == 0:
            break
        first -= 1
    ask_principal(rows, first, wanted[first], figures)
    for number in range(first + 1, last + 1):
        ask_principal(rows, number, wanted[number], walk(rows, day))
    for number in range(stop, len(rows.due)):
        ask_principal(rows, number, 0, walk(rows, day))


def even_out(rows: Rows, first: int) -> None:
    """Move an even share of what the last installment has too much or too little to all from `first` on.

    Only where it is more than half a minor unit for each, and only while the last then differs less than before and
    still repays principal.
    """
    if rows.terms.left_over != EVENED or rows.asks[-1] == ASKS_PRINCIPAL:
        return
    numbers = [n for n in range(first, len(rows.due)) if n >= rows.terms.grace_principal]
    for _ in range(ROUNDS):
        open_rows = [n for n in numbers if not is_met(rows, n)]
        if len(open_rows) < 2:
            return
        agreed = rows.asked[open_rows[-2]] - rows.fixed[open_rows[-2]]
        difference = rows.asked[open_rows[-1]] - rows.fixed[open_rows[-1]] - agreed
        countable = [n for n in numbers if agreed >= paid(rows, n)]
        if abs(difference) <= len(numbers) // 2:
            return
        share = rounded(difference, max(len(countable), 1), rows.terms.rounding)
        amount = to_multiple(
            agreed + share, 1, rows.terms.multiple_minor, rows.terms.multiple_rounding, rows.terms.rounding
        )
        if amount == agreed:
            return
        before = rows.asked[:]
        for number in countable:
            rows.asked[number] = amount + rows.fixed[number]
        settle(rows)
        worse = abs(rows.asked[open_rows[-1]] - rows.asked[open_rows[-2]]) >= abs(difference)
        if worse or walk(rows).principal[open_rows[-1]] == 0:
            rows.asked[:] = before
            return
        for number in countable:
            rows.agreed[number] = rows.asked[number]
