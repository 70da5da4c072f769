"""Vectors of the cost of credit: flows in one of several shapes, a method in words, a published rate."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

from duecourse.kernel import apr
from duecourse.kernel.apr import Measure

from .flows import Told, flows
from .run import NotAnswered

PLACES = 12
"""Decimals of a percent that are computed: more than any source prints."""
RESIDUE = Decimal("0.001")
"""How far, in points, a figure printed to more decimals may stand from the rate of the payments printed in cents."""


class Answer(NamedTuple):
    """A rate in percent, and its range if each payment was rounded to the cent."""

    rate: Decimal
    low: Decimal
    high: Decimal
    how: str


def method(told: str) -> Measure:
    """The measure that a method's words mean."""
    said = re.sub(r"\s+", " ", told.lower())
    if re.search(r"reg(ulation)? ?z|appendix j|actuarial|mapr", said):
        return apr.REG_Z
    if re.search(r"\baprc\b|annual percentage rate of charge|\(1 ?\+ ?x\)", said):
        return apr.APRC
    if re.search(r"compound|effective|\^ ?(12|n|w|52|26|24|4|365)\b", said):
        return apr.CN_COMPOUND
    if re.search(r"simple|nominal|(12|52|26|24|365|w|n) ?[x×*] ?|[x×*] ?(12|52|26|24|365)\b", said):
        return apr.NOMINAL
    if re.search(r"\birr\b|internal rate", said):
        return apr.CN_COMPOUND
    raise NotAnswered(f"method: {told!r} is none that is known")


def answer(vector: Mapping[str, Any]) -> list[Answer]:
    """The rate of one vector, from its inputs and its method alone."""
    inputs = vector.get("inputs")
    if not isinstance(inputs, Mapping):
        raise NotAnswered("inputs: they are no object")
    measure = method(str(vector.get("method", "")))
    told = flows(inputs, str(vector.get("description", "")), measure, str(vector.get("method", "")))
    half = told.unit // 200
    shifted = [solved(told, measure, by) for by in (0, -half, half)]
    return [Answer(shifted[0], min(shifted), max(shifted), told.how)]


def solved(told: Told, measure: Measure, by: int) -> Decimal:
    """The rate with each payment larger by so many parts of a unit."""
    found = tuple(
        flow._replace(amount_minor=flow.amount_minor - by) if flow.amount_minor < 0 else flow for flow in told.flows
    )
    rate = apr.cost_of_credit(found, measure._replace(places=PLACES), told.year)
    return Decimal(rate.units).scaleb(-rate.places)


def compare(answers: list[Answer], wanted: Mapping[str, Any]) -> tuple[str, str]:
    """The first cell that differs, or nothing; and a remark on what passed.

    A published figure passes when the computed one rounds to it at the place it is printed to. One that is printed to
    more decimals than the law discloses also passes within 0.001 point if payments in cents leave room for it and both
    disclose the same figure (sources solve with unrounded payments, or stop early); the remark says so. A fraction
    (0.0716) is compared as a fraction.
    """
    field = next((name for name in ("published", "expected", "computed") if wanted.get(name) is not None), None)
    if field is None:
        raise NotAnswered("published: nothing to compare with")
    published = decimal(wanted[field], field)
    found = answers[0]
    places = int(wanted.get("published_dp", wanted.get("computed_dp", max(0, -int(published.as_tuple().exponent)))))
    scale = 0
    if abs(published) < 1 and found.rate != 0 and abs(published * 100 - found.rate) < abs(published - found.rate):
        scale = 2
    rate = found.rate.scaleb(-scale)
    if rounded(rate, places) == rounded(published, places):
        return "", ""
    shown = int(wanted.get("disclosure_dp", places - scale)) + scale
    low, high = found.low.scaleb(-scale), found.high.scaleb(-scale)
    half = Decimal(5).scaleb(-places - 1)
    near = low - half <= published <= high + half and abs(rate - published) <= RESIDUE.scaleb(-scale)
    if places > shown and near and rounded(rate, shown) == rounded(published, shown):
        return "", (
            f"published {published}, computed {rounded(rate, places)}: payments in cents leave "
            f"{rounded(low, places)} to {rounded(high, places)}; {rounded(rate, shown)} is disclosed"
        )
    how = f" ({found.how})" if found.how else ""
    return f"{field}: {published} was printed, {rounded(rate, places)} computed{how}", ""


def decimal(value: Any, field: str) -> Decimal:
    """A number as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise NotAnswered(f"{field}: {value!r} is no number")
    try:
        return Decimal(str(value).rstrip("%"))
    except ArithmeticError:
        raise NotAnswered(f"{field}: {value!r} is no number") from None


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up at a place."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400))
