"""Payments told by a rule in words, with the first ones and the last one printed beside it.

What the words leave open (the rate, whether the first payment is a fee at the start, for how long only interest is
paid) is worked out from the payments printed with the rule, and a schedule is taken only if it gives every one of them
to the cent. Balances are kept exact and each payment is rounded to the cent by itself, half up: so the European
Commission's examples of 2015 print them.
"""

import itertools
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple

CENT = Decimal("0.01")
NUMBER = r"(\d+(?:[.,]\d+)*)"
EVERY = {"month": 1, "quarter": 3, "half-year": 6, "half year": 6, "semi-annual": 6, "year": 12, "annual": 12}


class Printed(NamedTuple):
    """What stands beside a rule: the amount lent, how many payments, the first ones, the last one."""

    lent: Decimal
    number: int
    first: tuple[Decimal, ...]
    last: Decimal | None


class YearRate(NamedTuple):
    """A yearly rate in percent; `effective`: a month's is its root, else its twelfth."""

    percent: Decimal
    effective: bool

    def of_months(self, months: int) -> Decimal:
        """The rate of so many months."""
        if self.effective:
            return ((1 + self.percent / 100).ln() * months / 12).exp() - 1
        return self.percent * months / 1200


class Words(NamedTuple):
    """What a rule says, as far as it says it."""

    months: int
    capital: Decimal | None
    share: Decimal | None
    floor: Decimal
    rates: tuple[YearRate, ...]
    rise_to: Decimal | None
    rise_from: int
    extras: tuple[tuple[Decimal, int, int], ...]
    interest_only: int | None
    level: bool
    growth: Decimal | None


def number_of(text: str) -> Decimal:
    """A number with or without thousands separators."""
    return Decimal(text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) else text.rstrip(",."))


def read(text: str) -> Words:
    """The words of a rule.

    >>> read("monthly: max(2% of (capital+interest),300)").floor
    Decimal('300')
    >>> read("833.33 + interest; +100 at months 1,25,...").extras
    ((Decimal('100'), 1, 24),)
    """
    said = text.lower()
    rise = risen(said)
    share = re.search(rf"{NUMBER}\s*%\s+of", said)
    floor = re.search(rf"max\(.*?,\s*{NUMBER}\s*\)", said) or re.search(rf"min(?:imum)?\.?\s*(?:of\s*)?{NUMBER}", said)
    capital = re.search(rf"{NUMBER}\s*(?:capital\b|\+\s*interest)", said)
    if capital and re.search(r"equal\s*$", said[: capital.start()]):
        capital = None
    resting = re.search(r"(\d+)\s*(y\b|years?|months?)\s*(?:of\s*)?interest[- ]only", said)
    growth = re.search(rf"(?:rising|increas\w+|growing)\s+(?:by\s+)?{NUMBER}\s*%", said)
    taken = {match.group(1) for match in (share, growth) if match} | ({rise[0]} if rise else set())
    rates = []
    for match in re.finditer(rf"{NUMBER}\s*%(\s*/\s*12)?(\s*(?:effective|nominal))?", said):
        if match.group(1) in taken:
            continue
        before = said[max(0, match.start() - 12) : match.start()]
        effective = "effective" in before or "effective" in (match.group(3) or "")
        told = match.group(2) or effective or "nominal" in before + (match.group(3) or "")
        ways = [effective] if told else [False, True]
        rates += [YearRate(number_of(match.group(1)), way) for way in ways]
    return Words(
        next((EVERY[word] for word in EVERY if re.search(rf"\b{word}(ly|s\b)", said)), 1),
        number_of(capital.group(1)) if capital else None,
        number_of(share.group(1)) / 100 if share else None,
        number_of(floor.group(1)) if floor else Decimal(0),
        tuple(rates),
        number_of(rise[0]) if rise else None,
        rise[1] if rise else 0,
        tuple(extras(said)),
        int(resting.group(1)) * (12 if resting.group(2).startswith("y") else 1) if resting else None,
        bool(re.search(r"\b(level|constant|annuity|(equal|same) (instal|pay))", said)),
        number_of(growth.group(1)) / 100 if growth else None,
    )


def risen(said: str) -> tuple[str, int] | None:
    """The rate after a change, and the first month that bears it.

    >>> risen("7% for 2 years, then 8.39%"), risen("the rate rises to 8.39% from month 7")
    (('8.39', 25), ('8.39', 7))
    """
    for pattern, at_rate, after in (
        (rf"{NUMBER}\s*%(?:\s*effective|\s*nominal)?\s*(?:from|as of)\s+(?:the\s+)?(month|year)\s+(\d+)", 1, 0),
        (rf"{NUMBER}\s*%(?:\s*effective|\s*nominal)?\s*after\s+(?:the\s+)?(month|year)\s+(\d+)", 1, 1),
        (rf"(?:from|as of)\s+(month|year)\s+(\d+)\D{{0,20}}?{NUMBER}\s*%", 3, 0),
        (
            rf"(?:for|after)\s+(?:the\s+first\s+)?(\d+)\s+(month|year)s?,?\s*(?:then|thereafter|at|to)?\s*{NUMBER}\s*%",
            3,
            1,
        ),
    ):
        found = re.search(pattern, said)
        if found:
            others = [group for at, group in enumerate(found.groups(), 1) if at != at_rate]
            count = int(next(group for group in others if group.isdigit()))
            long = 12 if "year" in others else 1
            return found.group(at_rate), count * long + 1 if after else (count - 1) * long + 1
    return None


def extras(said: str) -> Iterator[tuple[Decimal, int, int]]:
    """What is paid besides: the amount, from which payment on, every how many payments (0: once)."""
    for match in re.finditer(rf"\+\s*{NUMBER}\s+(?:at|in)\s+months?\s+([\d,\s]+)(\.\.\.|…)?", said):
        months = [int(month) for month in re.findall(r"\d+", match.group(2))]
        if match.group(3) and len(months) > 1:
            yield number_of(match.group(1)), months[0], months[1] - months[0]
        else:
            yield from ((number_of(match.group(1)), month, 0) for month in months)
        return
    for match in re.finditer(
        rf"\+\s*{NUMBER}\s+(?:every|each|per|a)\s+(\d+)?\s*months?(?:\s+from\s+month\s+(\d+))?", said
    ):
        yield number_of(match.group(1)), int(match.group(3) or 1), int(match.group(2) or 1)
        return
    yearly = re.search(rf"{NUMBER}\s*(?:/\s*(?:yr|year)|(?:a|per) year)\b", said)
    if yearly:
        yield number_of(yearly.group(1)), 1, 12


def extra(words: Words, number: int) -> Decimal:
    """What is paid besides with this payment."""
    return sum(
        (
            amount
            for amount, first, every in words.extras
            if number == first or (every and number > first and (number - first) % every == 0)
        ),
        Decimal(0),
    )


def cents(amount: Decimal) -> Decimal:
    """An amount to the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def payments(rule: str, beside: str, printed: Printed) -> tuple[list[tuple[int, Decimal]], str]:
    """The payments of a rule as (months after the start, amount), and how the rule was read; empty if it is not.

    The rule is read alone first, then with what stands beside it, which may name figures that are no part of it.
    """
    for text in (rule, f"{rule}; {beside}", f"{beside}"):
        words = read(text)
        with localcontext(Context(prec=50)):
            for at_start in (1, 0) if printed.first else (0,):
                first, number = printed.first[at_start:], printed.number - at_start
                for found, how in schedules(words, printed.lent, number, first, printed.last):
                    amounts = [cents(amount) for amount in found]
                    if gives(amounts, number, first, printed.last):
                        later = [(at * words.months, amount) for at, amount in enumerate(amounts, 1)]
                        return [(0, amount) for amount in printed.first[:at_start]] + later, how
    return [], ""


def gives(amounts: list[Decimal], number: int, first: tuple[Decimal, ...], last: Decimal | None) -> bool:
    """Whether a schedule has the number of payments, the first ones and the last one that were printed."""
    if len(amounts) != number or (last is not None and cents(last) != amounts[-1]):
        return False
    return amounts[: len(first)] == [cents(amount) for amount in first]


def schedules(
    words: Words, lent: Decimal, number: int, first: tuple[Decimal, ...], last: Decimal | None
) -> Iterator[tuple[list[Decimal], str]]:
    """Every schedule that the words allow, the plainest first."""
    if number < 1:
        return
    if last is not None and len(first) == number - 1:
        yield [*first, last], "as printed"
    elif len(first) >= number:
        yield list(first[:number]), "as printed"
    if words.share is not None:
        whole = (first[0] - extra(words, 1)) / words.share - lent if first else None
        for rate in rates(words, lent, whole, CENT / words.share):
            yield card(words, lent, rate, True), f"minimum payment at {named(rate)}"
        beside = first[0] - extra(words, 1) - words.share * lent if first else None
        for rate in rates(words, lent, beside, CENT):
            yield card(words, lent, rate, False), f"minimum payment on the capital at {named(rate)}"
        return
    if first and words.growth is not None:
        steps = 12 // words.months
        yield [first[0] * (1 + words.growth) ** (at // steps) for at in range(number)], "rising each year"
    for resting in rests(words, lent, number, last):
        capital = equal_part(words, lent, number - resting)
        interest = first[0] - extra(words, 1) - (Decimal(0) if resting else capital) if first else None
        for rate in rates(words, lent, interest, CENT):
            how = f"equal capital of {cents(capital)} after {resting} of interest only at {named(rate)}"
            yield equal_capital(words, lent, number, resting, rate), how
    if words.level and last is not None and len(set(first)) == 1:
        yield [first[0]] * (number - 1) + [last], "level"


def rests(words: Words, lent: Decimal, number: int, last: Decimal | None) -> list[int]:
    """For how many payments only interest may be paid: as the words say, else none, else as the last payment tells."""
    if words.interest_only is not None:
        return [words.interest_only // words.months]
    likely = int(lent / last) if last else number
    near = sorted({parts for parts in range(likely - 3, likely + 8) if 0 < parts < number}, reverse=True)
    return [0, *(number - parts for parts in near)]


def equal_part(words: Words, lent: Decimal, parts: int) -> Decimal:
    """The capital of one payment: exact, unless the words name another amount than its rounding."""
    exact = lent / parts if parts > 0 else lent
    if words.capital is not None and abs(words.capital - exact) > CENT:
        return words.capital
    return exact


def rates(words: Words, lent: Decimal, interest: Decimal | None, within: Decimal) -> list[YearRate]:
    """The yearly rates that may be meant: those named, then round ones that give the first interest to the cent."""
    if interest is None or not 0 <= interest < lent:
        return list(words.rates)
    period, leeway = interest / lent, within / lent
    found = [rate for rate in words.rates if abs(rate.of_months(words.months) - period) <= leeway]
    nominal = period * 1200 / words.months
    effective = (((1 + period).ln() * 12 / words.months).exp() - 1) * 100
    for places, (value, way) in itertools.product(range(4), ((nominal, False), (effective, True))):
        rate = YearRate(round(value, places), way)
        if rate not in found and abs(rate.of_months(words.months) - period) <= leeway:
            found.append(rate)
    return found


def named(rate: YearRate) -> str:
    """A rate in words."""
    return f"{rate.percent.normalize():f}% {'effective' if rate.effective else 'nominal'}"


def rate_at(words: Words, rate: YearRate, number: int) -> Decimal:
    """The rate of the period that a payment ends."""
    if words.rise_to is not None and number * words.months >= words.rise_from:
        return YearRate(words.rise_to, rate.effective).of_months(words.months)
    return rate.of_months(words.months)


def equal_capital(words: Words, lent: Decimal, number: int, resting: int, rate: YearRate) -> list[Decimal]:
    """The same capital with each payment and the interest on what is left; only interest for the first `resting`."""
    capital, left, found = equal_part(words, lent, number - resting), lent, []
    for at in range(1, number + 1):
        part = Decimal(0) if at <= resting else min(capital, left)
        found.append(part + left * rate_at(words, rate, at) + extra(words, at))
        left -= part
    return found


def card(words: Words, lent: Decimal, rate: YearRate, with_interest: bool) -> list[Decimal]:
    """A share of what is owed, at least the floor, until nothing is; it ends early where the debt only grows."""
    assert words.share is not None
    left = lent
    found: list[Decimal] = []
    while 0 < left < 2 * lent and len(found) < 1_000:
        interest = left * rate_at(words, rate, len(found) + 1)
        owed = left + interest
        least = words.share * owed if with_interest else words.share * left + interest
        paid = min(max(least, words.floor), owed)
        found.append(paid + extra(words, len(found) + 1))
        left = owed - paid
    return found
