"""Shapes of answers, made of the values that areas give: an answer has the fields of the value, told in full.

An amount's name ends in `_minor`: whole minor units of the account's currency. A rate's or share's ends in `_ppm`.
"""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Optional, Union, get_args, get_origin, get_type_hints

from ninja import Schema
from pydantic import Field, create_model

MADE: dict[Any, type[Schema]] = {}


def of(value: Any, *, name: str = "", minor: Sequence[str] = (), without: Sequence[str] = (), **more: Any) -> Any:
    """The shape of a named tuple. `minor`: fields that are amounts without saying so; `more`: further fields.

    The shape of the parts is that of theirs, as they were made before, or plain.
    """
    hints = get_type_hints(value)
    fields: dict[str, Any] = {}
    for field in value._fields:
        if field in without:
            continue
        told = read(hints[field])
        fields[f"{field}_minor" if field in minor else field] = (
            (told, Field(alias=field, serialization_alias=f"{field}_minor")) if field in minor else (told, ...)
        )
    made = create_model(name or value.__name__, __base__=Schema, __doc__=value.__doc__, **fields, **more)
    MADE[value] = made
    return made


def many(shape: Any) -> Any:
    """The shape of a list."""
    return list.__class_getitem__(shape)


def read(annotation: Any) -> Any:
    """The annotation of a field with shapes for named tuples."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        plain = [read(one) for one in args if one is not type(None)]
        return Optional[plain[0]] if len(plain) < len(args) else plain[0]  # noqa: UP045
    if origin in (list, tuple, Sequence) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return many(read(args[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict.__class_getitem__((args[0], read(args[1])))
    if isinstance(annotation, type) and hasattr(annotation, "_fields"):
        return MADE.get(annotation) or of(annotation)
    return annotation
