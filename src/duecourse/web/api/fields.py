"""What fields of requests may be: amounts as whole minor units, days as 2026-08-31, instants with their zone, texts."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from duecourse.kernel.money import AMOUNT_MAX

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})")


def day_as_text(told: Any) -> Any:
    """A day is a text of ten characters, and no number of seconds."""
    if isinstance(told, str) and DAY.fullmatch(told) and told.isascii():
        return told
    if type(told) is date:
        return told
    raise ValueError("a day is written as 2026-08-31")


def within(told: date) -> date:
    """A day that a book can have."""
    if not FIRST <= told <= LAST:
        raise ValueError(f"a day lies between {FIRST} and {LAST}")
    return told


def instant_as_text(told: Any) -> Any:
    """An instant is a text with its zone, and no number of seconds."""
    if isinstance(told, str) and not (INSTANT.fullmatch(told) and told.isascii()):
        raise ValueError("an instant is written with its zone, as 2026-08-31T23:59:00+08:00")
    if not isinstance(told, str | datetime):
        raise ValueError("an instant is a text")
    return told


def instant_within(told: datetime) -> datetime:
    """An instant on a day that a book can have."""
    if not FIRST < told.replace(tzinfo=None).date() < LAST:
        raise ValueError(f"an instant lies between {FIRST} and {LAST}")
    return told.astimezone(UTC)


def sayable(told: str) -> str:
    """A text that can be kept: no NUL, no half of a character."""
    if "\0" in told or any("\ud800" <= one <= "\udfff" for one in told):
        raise ValueError("the text holds a character that cannot be kept")
    return told


Day = Annotated[date, BeforeValidator(day_as_text), AfterValidator(within), Field(examples=["2026-08-31"])]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(instant_as_text),
    AfterValidator(instant_within),
    Field(examples=["2026-08-31T10:00:00+08:00"]),
]
Minor = Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MAX, examples=[10_000])]
MinorOrNone = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX, examples=[10_000])]
Whole = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
Id = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
IdInPath = Annotated[int, Field(ge=1, le=2**63 - 1)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(sayable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(sayable)]
MayBeEmpty = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(sayable)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=1_000), AfterValidator(sayable),
                Field(description="Why, or how they said so; kept in clear.", examples=["by phone"])]  # fmt: skip
Number = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(sayable),
                   Field(description="The number of the account.")]  # fmt: skip
