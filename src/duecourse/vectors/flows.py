"""Inputs of a vector as the kernel's flows: amounts, counts and times in the several shapes that files have."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from duecourse.kernel import apr, unit_periods
from duecourse.kernel.apr import Flow, Measure, Yearly
from duecourse.kernel.days import day_number

from . import repayments
from .run import NotAnswered

COUNT_MAX = 5_000
"""More payments than this in one series are no loan of a person, and a fault in the file."""
UNIT = 1_000
"""Amounts are taken in thousandths, so that half a cent is a whole number; finer amounts raise it."""
PER_YEAR = {"year": 1, "month": 12, "week": 52, "day": 365, "quarter": 4, "semimonth": 24, "fortnight": 26}
REMARKS = {"note", "notes", "description", "label", "name", "currency", "comment", "kind", "type", "id", "source"}
LENT = ("advances", "advance", "principal", "loan", "loan_amount", "amount_financed", "amount", "net_advance")
FEES = ("upfront_fee", "upfront_fees", "fee", "fees", "payments_at_0", "fee_at_0", "charges_at_0")
PAID = ("payments", "payment_series", "extra_payments", "payment", "installments", "installment", "repayments")
NUMBERS = ("count", "n", "n_payments", "number", "term_months", "months", "term")
PACES = ("unit_periods_per_year", "periods_per_year", "payments_per_year", "frequency")
BESIDE = ("first_payments", "last_payment", "rule", "dates")


class Told(NamedTuple):
    """Flows with amounts in `1 / unit`, periods in a year, and how what was not said was read."""

    flows: tuple[Flow, ...]
    year: Yearly
    unit: int
    how: str


class Item(NamedTuple):
    """An amount or a level series of it: above zero received; its time and step in periods, or its dates."""

    amount: Decimal
    time: Fraction | None
    number: int
    step: Fraction | None
    on: date | None
    where: str


class Pace(NamedTuple):
    """Periods in a year as the inputs or the method say, whether a period is a year, and what is between payments."""

    periods: Fraction
    in_years: bool
    step: Fraction

    def of_years(self, years: Fraction) -> Fraction:
        """Years in the periods of the measure."""
        return years if self.in_years else years * self.periods


def flows(inputs: Mapping[str, Any], told: str, measure: Measure, method: str = "") -> Told:
    """Every flow of a vector's inputs. Refuses a field that is not known, by its name."""
    for field in inputs:
        if field not in {*LENT, *FEES, *PAID, *NUMBERS, *PACES, *BESIDE, *REMARKS} and not is_time(field):
            raise NotAnswered(f"inputs.{field}: this field is not known")
    pace = pace_of(inputs, measure, method)
    items = [*lent(inputs, pace), *fees(inputs)]
    how = ""
    series = [item for field in PAID if field in inputs for item in paid(inputs, field, pace)]
    if not series and "rule" not in inputs and "first_payments" not in inputs:
        raise NotAnswered("inputs.payments: no payments in a shape that is known")
    if not series:
        series, how = ruled(inputs, told, pace, items)
    items += series
    if isinstance(inputs.get("dates"), Mapping) and any(item.time is None and item.on is None for item in items):
        items = dated_by(inputs["dates"], items, pace)
    if any(item.on for item in items):
        return on_dates(items, measure, pace, how)
    unit = unit_of(items)
    found = tuple(flow for item in items for flow in undated(item, measure, unit, pace.step))
    return Told(found, Yearly(pace.periods.numerator, pace.periods.denominator), unit, how)


def pace_of(inputs: Mapping[str, Any], measure: Measure, method: str) -> Pace:
    """How many periods a year has (12 where nothing says otherwise), and the step between payments (a month, a period).

    The APRC counts in years.
    """
    if measure == apr.APRC:
        pace = Pace(Fraction(1), True, Fraction(1, 12))
    else:
        pace = Pace(periods_a_year(inputs, method), False, Fraction(1))
    for field, value in inputs.items():
        if field.startswith(("step", "every")):
            return pace._replace(step=periods(field, value, f"inputs.{field}", pace))
    return pace


def periods_a_year(inputs: Mapping[str, Any], method: str) -> Fraction:
    """Periods in a year: a number, a word (monthly), or what the method multiplies by or raises to."""
    for field in PACES:
        if field in inputs:
            value = inputs[field]
            stem = str(value).lower().removesuffix("ly").replace("dai", "day")
            if stem in PER_YEAR:
                return Fraction(PER_YEAR[stem])
            found = snapped(number(value, f"inputs.{field}"))
            if found <= 0:
                raise NotAnswered(f"inputs.{field}: {value} is no number of periods in a year")
            return found
    said = re.search(r"\b(12|24|26|52|365|4)\s*[x×*]|\^\s*(12|24|26|52|365|4)\b|[x×*]\s*(12|24|26|52|365|4)\b", method)
    return Fraction(next(filter(None, said.groups()))) if said else Fraction(12)


def lent(inputs: Mapping[str, Any], pace: Pace) -> list[Item]:
    """What is advanced."""
    if "advances" in inputs or "advance" in inputs:
        field = "advances" if "advances" in inputs else "advance"
        found = entries(inputs[field], f"inputs.{field}", pace, 1)
        if not found:
            raise NotAnswered(f"inputs.{field}: nothing is advanced")
        first = found[0]
        return [first._replace(time=Fraction(0)) if first.time is None and first.on is None else first, *found[1:]]
    field = next((name for name in LENT if name in inputs), "")
    if not field:
        raise NotAnswered("inputs.advances: no amount lent in a shape that is known")
    amount = number(inputs[field], f"inputs.{field}")
    if "net_advance" in inputs and field != "net_advance":
        kept = sum((item.amount for item in fees(inputs)), Decimal(0))
        if amount + kept != number(inputs["net_advance"], "inputs.net_advance"):
            raise NotAnswered(f"inputs.net_advance: not the {field} less the fees at the start")
    return [Item(amount, Fraction(0), 1, None, None, f"inputs.{field}")]


def fees(inputs: Mapping[str, Any]) -> list[Item]:
    """What is paid on the day of the advance."""
    found = []
    for field in FEES:
        if field in inputs:
            told = inputs[field]
            for one in told if isinstance(told, list) else [told]:
                value = one.get("amount") if isinstance(one, Mapping) else one
                amount = number(value, f"inputs.{field}")
                if amount:
                    found.append(Item(-amount, Fraction(0), 1, None, None, f"inputs.{field}"))
    return found


def paid(inputs: Mapping[str, Any], field: str, pace: Pace) -> list[Item]:
    """What is paid under one field: a list, one series, or one amount with its count beside it."""
    told = inputs[field]
    if isinstance(told, list | Mapping):
        return entries(told, f"inputs.{field}", pace, -1)
    beside = {name: value for name, value in inputs.items() if is_time(name)}
    beside["amount"] = told
    beside["count"] = next((inputs[name] for name in NUMBERS if name in inputs), 1)
    return entries(beside, f"inputs.{field}", pace, -1)


def entries(told: Any, where: str, pace: Pace, sign: int) -> list[Item]:
    """Amounts with times: a list of objects or of plain numbers (one a period), one object, or one number."""
    if isinstance(told, Mapping):
        return [entry(told, where, pace, sign)]
    if not isinstance(told, list):
        return [Item(sign * number(told, where), None, 1, None, None, where)]
    found = []
    for at, one in enumerate(told):
        spot = f"{where}[{at}]"
        if isinstance(one, Mapping):
            found.append(entry(one, spot, pace, sign))
        else:
            found.append(Item(sign * number(one, spot), pace.step * (at + int(sign < 0)), 1, None, None, spot))
    return [item for item in found if item.amount]


TIME = re.compile(
    r"(?P<place>first_|step_|every_|t_|at_)?(?:t_)?(?P<unit>full_unit_period|unit_period|period|year|month|week|day)s?"
)
"""How fields of time are called: t_years, first_month, step_years, first_full_unit_periods, day, ..."""
WHOLE_TIME = {"t", "first_t", "first", "step", "every", "fraction", "first_fraction", "date", "first_date", "on"}


def is_time(field: str) -> bool:
    """Whether a field is one of time."""
    return field in WHOLE_TIME or (field not in NUMBERS and TIME.fullmatch(field) is not None)


def entry(told: Mapping[str, Any], where: str, pace: Pace, sign: int) -> Item:
    """One amount or series with its time."""
    time: Fraction | None = None
    step: Fraction | None = None
    on: date | None = None
    amount: Decimal | None = None
    count = 1
    for field, value in told.items():
        spot = f"{where}.{field}"
        if field in ("amount", "payment", "value"):
            amount = number(value, spot)
        elif field in NUMBERS and not (field == "months" and "count" in told):
            count = counted(value, spot)
        elif field in ("date", "first_date", "on"):
            on = day_of(value, spot)
        elif is_time(field):
            length = periods(field, value, spot, pace)
            if field.startswith(("step", "every")):
                step = length
            else:
                time = (time or Fraction(0)) + length
        elif field not in REMARKS:
            raise NotAnswered(f"{spot}: this field is not known")
    if amount is None:
        raise NotAnswered(f"{where}.amount: missing")
    if time is None and on is None and step is not None:
        time = step
    return Item(sign * amount, time, count, step, on, where)


def periods(field: str, value: Any, where: str, pace: Pace) -> Fraction:
    """A time or a step in the periods of the measure."""
    length = snapped(number(value, where))
    matched = TIME.fullmatch(field)
    unit = matched["unit"] if matched else "period"
    if unit in ("full_unit_period", "unit_period", "period"):
        return length
    return pace.of_years(length / PER_YEAR[unit])


def snapped(value: Decimal) -> Fraction:
    """The fraction that a printed decimal stands for: 0.0833333333 is 1/12, 0.75 is itself.

    >>> snapped(Decimal("0.0915525114155251"))
    Fraction(401, 4380)
    """
    exact = Fraction(value)
    digits = max(0, -int(value.as_tuple().exponent))
    if exact.denominator <= 400 or digits < 4:
        return exact
    leeway = max(Fraction(6, 10 ** (digits + 1)), abs(exact) / 10**15)
    for of in (12, 365, 366, 52, 4380, 4392, 7, 15, 28, 30, 14, 60, 90, 180, 18_980, *range(2, 400)):
        near = Fraction(round(exact * of), of)
        if abs(near - exact) <= leeway:
            return near
    return exact


def number(value: Any, where: str) -> Decimal:
    """A number; text with thousands separators too."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise NotAnswered(f"{where}: {value!r} is no number")
    try:
        above, _, below = str(value).replace(",", "").partition("/")
        return Decimal(above.strip()) / Decimal(below.strip() or 1)
    except ArithmeticError:
        raise NotAnswered(f"{where}: {value!r} is no number") from None


def counted(value: Any, where: str) -> int:
    """A number of payments."""
    count = number(value, where)
    if count != int(count) or not 1 <= count <= COUNT_MAX:
        raise NotAnswered(f"{where}: {count} is no number of payments from 1 to {COUNT_MAX}")
    return int(count)


def day_of(value: Any, where: str) -> date:
    """A day in ISO form."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise NotAnswered(f"{where}: {value!r} is no day") from None


def unit_of(items: list[Item]) -> int:
    """Into how many parts a unit of currency is divided so that every amount is whole, half cents too."""
    digits = max(-int(item.amount.as_tuple().exponent) for item in items)
    return max(UNIT, 10**digits)


def undated(item: Item, measure: Measure, unit: int, default: Fraction) -> Iterator[Flow]:
    """The flows of an item whose time is in periods."""
    step = item.step if item.step is not None else default
    time = item.time if item.time is not None else step
    amount = int(item.amount * unit)
    if time < 0 or step <= 0:
        raise NotAnswered(f"{item.where}: a time before the advance, or a step that does not go on")
    if measure.odd == apr.SIMPLE and step.denominator != 1:
        for at in range(item.number):
            yield flow_at(amount, time + at * step)
        return
    whole, rest = divmod(time, 1)
    yield Flow(amount, int(whole), rest.numerator, rest.denominator, item.number, step.numerator, step.denominator)


def flow_at(amount: int, time: Fraction) -> Flow:
    """One flow at a time in periods."""
    whole, rest = divmod(time, 1)
    return Flow(amount, int(whole), rest.numerator, rest.denominator)


def ruled(inputs: Mapping[str, Any], told: str, pace: Pace, items: list[Item]) -> tuple[list[Item], str]:
    """The payments that a rule in words makes, checked with those printed beside it."""
    first = inputs.get("first_payments") or []
    if not isinstance(first, list):
        raise NotAnswered("inputs.first_payments: they are no list")
    count = next((counted(inputs[name], f"inputs.{name}") for name in NUMBERS if name in inputs), 0)
    last = inputs.get("last_payment")
    printed = repayments.Printed(
        sum((item.amount for item in items if item.amount > 0), Decimal(0)),
        count or len(first) + int(last is not None),
        tuple(number(value, "inputs.first_payments") for value in first),
        number(last, "inputs.last_payment") if last is not None else None,
    )
    found, how = repayments.payments(str(inputs.get("rule", "")), told, printed)
    if not found:
        raise NotAnswered(
            f"inputs.rule: {inputs.get('rule')!r} was read in no way that gives the payments printed beside it"
        )
    return [
        Item(-amount, pace.of_years(Fraction(months, 12)), 1, None, None, "inputs.rule") for months, amount in found
    ], f"payments by the rule: {how}"


def dated_by(dates: Mapping[str, Any], items: list[Item], pace: Pace) -> list[Item]:
    """Items without a time get the dates that stand beside them: of the advance, the first payment, the second."""
    start = next((day_of(dates[name], f"inputs.dates.{name}") for name in ("advance", "start") if name in dates), None)
    firsts = [
        day_of(dates[name], f"inputs.dates.{name}")
        for name in ("first_payment", "first", "second_payment", "second")
        if name in dates
    ]
    if start is None or not firsts:
        raise NotAnswered("inputs.dates: no days of the advance and of the first payment")
    length = round(12 / pace.periods) if pace.periods <= 12 else 0
    found, at = [], 0
    for item in items:
        if item.amount > 0 or item.time is not None:
            found.append(item._replace(on=start if not item.time else item.on))
            continue
        for _ in range(item.number):
            found.append(item._replace(number=1, on=nth(firsts, at, length, pace)))
            at += 1
    return found


def nth(firsts: list[date], at: int, months: int, pace: Pace) -> date:
    """The day of a payment, from the first days that are named and the pace."""
    if at < len(firsts):
        return firsts[at]
    last, beyond = firsts[-1], at - len(firsts) + 1
    if months:
        return later(last, months * beyond)
    if pace.periods == 24:
        middle = firsts[1] if len(firsts) > 1 else firsts[0].fromordinal(firsts[0].toordinal() + 15)
        return later(middle if at % 2 else firsts[0], at // 2)
    return last.fromordinal(last.toordinal() + round(Fraction(364) / pace.periods) * beyond)


def later(day: date, months: int) -> date:
    """So many months later; in a short month its last day."""
    month = day.year * 12 + day.month - 1 + months
    for of_month in range(day.day, 27, -1):
        try:
            return date(month // 12, month % 12 + 1, of_month)
        except ValueError:
            continue
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def on_dates(items: list[Item], measure: Measure, pace: Pace, how: str) -> Told:
    """Flows from days: unit-periods by Appendix J, else years (or periods) counted back in months or weeks."""
    start = next((item.on for item in items if item.on and item.amount > 0), None)
    if start is None:
        raise NotAnswered("inputs.advances: no day of the advance where payments have days")
    days: list[tuple[Decimal, int]] = []
    for item in items:
        if item.on is None and item.time != 0:
            raise NotAnswered(f"{item.where}: no day, where others have one")
        step = item.step if item.step is not None else pace.step
        months = (step if pace.in_years else step / pace.periods) * 12
        for at in range(item.number):
            on = item.on or start
            if months.denominator == 1:
                on = later(on, int(months) * at)
            else:
                on = on.fromordinal(on.toordinal() + round(months / 12 * 364) * at)
            days.append((item.amount, day_number(on.year, on.month, on.day)))
    days.sort(key=lambda one: one[1])
    unit = unit_of(items)
    begins = day_number(start.year, start.month, start.day)
    if days[0][1] < begins:
        raise NotAnswered("inputs.dates: something is paid before the first advance")
    later_days = tuple(sorted({day for amount, day in days if amount < 0 and day > begins}))
    if not later_days:
        raise NotAnswered("inputs.dates: nothing is paid after the first advance")
    if measure.odd == apr.SIMPLE:
        advances = tuple(sorted({day for amount, day in days if amount > 0}))
        kind = unit_periods.unit_period(advances, later_days)
        at_payment = dict(zip(later_days, unit_periods.times(begins, later_days, kind), strict=True))
        found = tuple(
            Flow(int(amount * unit), *(at_payment.get(day) or unit_periods.between(begins, day, kind)))
            for amount, day in days
        )
        return Told(found, unit_periods.a_year(kind), unit, how)
    anchor, way = unit_periods.anchor_of(later_days), unit_periods.usual_unit(begins, later_days)
    found_years = []
    for amount, day in days:
        time = unit_periods.years_between(begins, day, way, anchor)
        found_years.append(flow_at(int(amount * unit), pace.of_years(time.whole + Fraction(time.part, time.of))))
    return Told(tuple(found_years), Yearly(pace.periods.numerator, pace.periods.denominator), unit, how)
