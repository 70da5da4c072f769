"""The fields of an act read from plain values: amounts in major units, days as text, plans as objects of fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number
from duecourse.servicing.fees import COMPONENTS

MINOR = "_minor"


class FieldRefused(Refused):
    """A field of an act that cannot be taken; `field` says which, as in `terms.amounts[0].due_on`."""

    code = "field_refused"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field


class FieldMissing(FieldRefused):
    """A field that the act needs."""

    code = "field_missing"


class FieldUnknown(FieldRefused):
    """A field that the act does not have."""

    code = "field_unknown"


class FieldUnreadable(FieldRefused):
    """A field that is not what it should be: no day, no amount of the currency, no whole number, …"""

    code = "field_unreadable"


Read = Callable[[Any, str, int], Any]
"""Reads a value, named for its refusal, with the decimals of the account's currency."""


class Field(NamedTuple):
    """A field of an act: its name, what it is in words, whether it is needed, how it is read, where it goes."""

    name: str
    what: str
    needed: bool
    read: Read
    goes_to: str


def of(name: str, annotation: Any, default: Any) -> Field:
    """A field by the parameter of a function: its name, annotation and default."""
    what, read = reader(annotation, name)
    return Field(shown(name), what, default is Parameter.empty, read, name)


def of_loan(name: str, needed: bool) -> Field:
    """A field of a loan's act, as `loan_checks` names it."""
    what, read = OF_LOANS.get(name, ("whole number", whole))
    return Field(name, what, needed, read, name)


def shown(name: str) -> str:
    """A field's name at the door: an amount is told in major units there."""
    return name.removesuffix(MINOR)


def read(fields: Sequence[Field], told: Mapping[str, Any], exponent: int, where: str = "") -> dict[str, Any]:
    """Values by the names of the function; refused where one is missing, unreadable or too many.

    An amount may be told in minor units too, as a whole number whose name ends in `_minor`; amounts by name likewise.
    """
    if not isinstance(told, Mapping):
        raise FieldUnreadable(where.rstrip("."), "not an object of named fields")
    left, found = dict(told), {}
    for one in fields:
        name = f"{one.name}{MINOR}"
        if one.what in IN_MINOR and name in left and one.name not in left:
            found[one.goes_to] = IN_MINOR[one.what](left.pop(name), where + name, exponent)
        elif left.get(one.name) is not None:
            found[one.goes_to] = one.read(left.pop(one.name), where + one.name, exponent)
        elif one.needed:
            raise FieldMissing(where + one.name, f"missing ({one.what})")
        else:
            left.pop(one.name, None)
    for name in left:
        raise FieldUnknown(where + name, f"none of {', '.join(one.name for one in fields) or 'no field at all'}")
    return found


AMOUNT, AMOUNTS = "amount", "object of amounts"


def amount(told: Any, field: str, exponent: int) -> int:
    """A sum in major units, as minor ones."""
    try:
        if isinstance(told, bool) or not isinstance(told, int | str | Decimal):
            raise InvalidOperation
        scaled = Decimal(told).scaleb(exponent)
        if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > AMOUNT_MAX:
            raise InvalidOperation
    except InvalidOperation:
        raise FieldUnreadable(field, f"{str(told)[:40]!r} is no amount of this currency") from None
    return int(scaled)


def whole(told: Any, field: str, exponent: int = 0) -> int:
    """A whole number, as such or in digits."""
    is_text = isinstance(told, str) and told.removeprefix("-").isdecimal() and len(told) < 20
    if not is_text and (isinstance(told, bool) or not isinstance(told, int)):
        raise FieldUnreadable(field, f"{str(told)[:40]!r} is no whole number")
    return int(told)


def day(told: Any, field: str, exponent: int = 0) -> date:
    """A day as 2026-08-31."""
    if told is None:
        raise FieldMissing(field, "missing (day)")
    try:
        return date.fromisoformat(told)
    except (TypeError, ValueError):
        raise FieldUnreadable(field, f"{str(told)[:40]!r} is no day (2026-08-31)") from None


def text(told: Any, field: str, exponent: int = 0) -> str:
    """Words; what they are is not repeated where they are refused, since they may name a card."""
    if not isinstance(told, str):
        raise FieldUnreadable(field, "not a text")
    return told


def yes(told: Any, field: str, exponent: int = 0) -> bool:
    """Yes or no."""
    if told not in (True, False, "true", "false") or (isinstance(told, int) and not isinstance(told, bool)):
        raise FieldUnreadable(field, f"{str(told)[:40]!r} is neither true nor false")
    return told in (True, "true")


def component(told: Any, field: str, exponent: int = 0) -> int:
    """A component of a loan's charges by its name or its number."""
    return COMPONENTS[told] if isinstance(told, str) and told in COMPONENTS else whole(told, field)


def day_as_number(told: Any, field: str, exponent: int = 0) -> int:
    """A day, as the kernel counts it."""
    return day_number(day(told, field))


OF_LOANS: Mapping[str, tuple[str, Read]] = {
    "amount": (AMOUNT, amount),
    "since": ("day", day_as_number),
    "until": ("day", day_as_number),
    "component": ("interest, fee or penalty", component),
}
PLAIN: Mapping[Any, tuple[str, Read]] = {
    int: ("whole number", whole),
    str: ("text", text),
    bool: ("true or false", yes),
    date: ("day", day),
}


def reader(annotation: Any, name: str) -> tuple[str, Read]:
    """What a value of a type is in words, and how it is read."""
    told = [one for one in get_args(annotation) if one is not NoneType]
    if isinstance(annotation, UnionType):
        return reader(told[0], name)
    if annotation is int and name.endswith(MINOR):
        return AMOUNT, amount
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin = get_origin(annotation)
    if origin is not None and issubclass(origin, Mapping) and name.endswith(MINOR):
        return AMOUNTS, amounts
    if origin is not None and issubclass(origin, Mapping):
        return "object of whole numbers", by_name
    if origin is not None and issubclass(origin, Sequence):
        return many(*reader(told[0], ""))
    return structure(annotation)


def by_name(told: Any, field: str, exponent: int) -> dict[str, int]:
    """Whole numbers by name."""
    if not isinstance(told, Mapping):
        raise FieldUnreadable(field, "not an object of whole numbers by name")
    return {name: whole(value, f"{field}.{name}") for name, value in told.items()}


IN_MINOR: Mapping[str, Read] = {AMOUNT: whole, AMOUNTS: by_name}
"""How what is told in minor units is read."""


def amounts(told: Any, field: str, exponent: int) -> dict[str, int]:
    """Sums in major units by name, as minor ones."""
    if not isinstance(told, Mapping):
        raise FieldUnreadable(field, "not an object of amounts by name")
    return {name: amount(value, f"{field}.{name}", exponent) for name, value in told.items()}


def many(what: str, one: Read) -> tuple[str, Read]:
    """A list, or texts between commas."""

    def read_all(told: Any, field: str, exponent: int) -> tuple[Any, ...]:
        values = told.split(",") if isinstance(told, str) else told
        if not isinstance(values, list | tuple):
            raise FieldUnreadable(field, f"not a list ({what})")
        return tuple(one(value, f"{field}[{at}]", exponent) for at, value in enumerate(values))

    return f"list of: {what}", read_all


def structure(kind: Any) -> tuple[str, Read]:
    """An object whose fields are those of a named tuple."""
    hints, defaults = get_type_hints(kind), kind._field_defaults
    fields = [of(name, hints[name], defaults.get(name, Parameter.empty)) for name in kind._fields]
    what = ", ".join(one.name + ("" if one.needed else "?") for one in fields)
    return f"{{{what}}}", lambda told, field, exponent: kind(**read(fields, told, exponent, f"{field}."))
