"""The shape of each act as a request asks for it, made of what the function of servicing that does it takes."""

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from inspect import Parameter
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from ninja import Schema
from pydantic import ConfigDict, Field, RootModel, StrictBool, create_model

from duecourse.intake import act_kinds
from duecourse.intake.act_fields import MINOR, OF_LOANS
from duecourse.intake.act_kinds import ALWAYS, Kind
from duecourse.servicing.fees import COMPONENTS

from .fields import Day, MayBeEmpty, MinorOrNone, Whole, Why, Word

made_of: Any = create_model
PLAIN: Mapping[Any, Any] = {int: Whole, str: MayBeEmpty, bool: StrictBool}
LIST_MAX = 500


class Asked(Schema):
    """What every request body is: its fields and no others."""

    model_config = ConfigDict(extra="forbid")


def type_of(annotation: Any, name: str) -> Any:
    """What a value of a type of servicing is in a request."""
    origin, told = get_origin(annotation), [one for one in get_args(annotation) if one is not NoneType]
    if origin in (Union, UnionType):
        return type_of(told[0], name)
    if annotation is int and name.endswith(MINOR):
        return MinorOrNone
    if annotation in PLAIN:
        return PLAIN[annotation]
    if origin is not None and issubclass(origin, Mapping):
        return dict.__class_getitem__((Word, MinorOrNone if name.endswith(MINOR) else Whole))
    if origin is not None and issubclass(origin, Sequence):
        return list.__class_getitem__(type_of(told[0], ""))
    return structure(annotation) if hasattr(annotation, "_fields") else Day


@cache
def structure(kind: Any) -> type[Schema]:
    """The shape of a named tuple."""
    hints, defaults = get_type_hints(kind), kind._field_defaults
    told = {name: field(hints[name], name, name in defaults) for name in kind._fields}
    return made_of(f"{kind.__name__}In", __base__=Asked, __doc__=inspect.getdoc(kind), **told)


def field(annotation: Any, name: str, may_be_left_out: bool) -> tuple[Any, Any]:
    """A field of a shape, by a parameter of a function."""
    told = type_of(annotation, name)
    if get_origin(told) is list:
        told = Annotated[told, Field(max_length=LIST_MAX)]
    return (told | None, None) if may_be_left_out else (told, ...)


def of_loan(name: str, is_needed: bool) -> tuple[str, tuple[Any, Any]]:
    """A field of a loan's act, as `loan_checks` names it."""
    if name == "amount":
        told: Any = MinorOrNone
    elif name == "component":
        told = Literal[tuple(COMPONENTS)]
    else:
        told = Day if name in OF_LOANS else Whole
    return (f"{name}{MINOR}" if name == "amount" else name), (told, ...) if is_needed else (told | None, None)


def shape_of(kind: Kind, prefix: str) -> type[Schema]:
    """The shape of a request for an act of this kind."""
    named = prefix + "".join(part.capitalize() for part in kind.name.split("_"))
    if isinstance(kind.do, act_kinds.partial):
        own = dict(of_loan(one.name, one.needed) for one in kind.fields)
    else:
        takes = inspect.signature(kind.do).parameters
        left = [one for name, one in takes.items() if name not in (*ALWAYS, kind.day)]
        own = {one.name: field(one.annotation, one.name, one.default is not Parameter.empty) for one in left}
    parts: dict[str, Any] = {"kind": (Literal[kind.name], ...)}
    if kind.day:
        parts["on"] = (Day, ...)
    parts["why"] = (Why, ...)
    if own:
        fields = made_of(f"{named}Fields", __base__=Asked, **own)
        is_needed = any(one.is_required() for one in fields.model_fields.values())
        parts["fields"] = (fields, ... if is_needed else Field(default_factory=fields))
    said = (inspect.getdoc(kind.do) or "").split("\n")[0] if not isinstance(kind.do, act_kinds.partial) else ""
    return made_of(f"{named}Act", __base__=Asked, __doc__=said or f"{kind.name} of a loan.", **parts)


def shapes_of(*, is_loan: bool) -> tuple[type[Schema], ...]:
    """The shapes of all acts of a line or a loan; an act that both have in common has one shape."""
    own = act_kinds.kinds(is_loan=is_loan)
    return tuple(
        shared(name) if name in act_kinds.OF_BOTH else shape_of(kind, "Loan" if is_loan else "Line")
        for name, kind in own.items()
    )


@cache
def shared(name: str) -> type[Schema]:
    """The shape of an act that lines and loans have in common."""
    return shape_of(act_kinds.kinds(is_loan=False)[name], "")


def choice(name: str, shapes: Sequence[type[Schema]]) -> Any:
    """One of several shapes, told apart by `kind`."""
    of_kind = Field(discriminator="kind")
    root = Annotated.__class_getitem__((Union.__getitem__(tuple(shapes)), of_kind))  # type: ignore[attr-defined]
    base = RootModel.__class_getitem__(root)
    return made_of(name, __base__=base, __doc__="One act, told apart by its kind.")


LineAct = choice("LineAct", shapes_of(is_loan=False))
LoanAct = choice("LoanAct", shapes_of(is_loan=True))


def plain(told: Schema) -> dict[str, Any]:
    """The fields of an act as plain values, those that were left out left out."""
    own = getattr(told, "fields", None)
    return own.model_dump(mode="json", exclude_none=True) if own is not None else {}
