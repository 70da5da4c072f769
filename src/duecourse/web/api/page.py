"""The page of the API: each operation, what it takes and answers, made of the schema; without a script."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Told = Mapping[str, Any]


class Field(NamedTuple):
    """A field or parameter: its name, where it stands, what it is (with the name of a shape), whether it is needed."""

    name: str
    where: str
    what: str
    shape: str
    needed: bool
    says: str


class Operation(NamedTuple):
    """An operation as the page tells it; body and answer are names of shapes, or what they are."""

    name: str
    method: str
    path: str
    title: str
    scope: str
    fields: list[Field]
    body: Field | None
    answer: Field | None


class Shape(NamedTuple):
    """A shape: what it says, its fields, and the shapes that it may be one of."""

    name: str
    says: str
    fields: list[Field]
    one_of: list[str]


def subjects(document: Told) -> dict[str, list[Operation]]:
    """The operations by subject, in the order of the schema."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            found.setdefault(told["tags"][0], []).append(operation(path, method, told))
    return found


def operation(path: str, method: str, told: Told) -> Operation:
    """One operation."""
    fields = [
        field(one["name"], one["schema"], one["required"], where=one["in"], says=one.get("description", ""))
        for one in told["parameters"]
    ]
    body = next((one["schema"] for one in told.get("requestBody", {}).get("content", {}).values()), None)
    answers: Told = told["responses"][200]["content"]
    media, answer = next(iter(answers.items()))
    return Operation(
        told["operationId"], method.upper(), path, told["summary"], told["x-scope"], fields,
        None if body is None else field("", body, True),
        Field("", "", media, "", True, "") if media != "application/json" else field("", answer["schema"], True),
    )  # fmt: skip


def field(name: str, schema: Told, needed: bool, *, where: str = "", says: str = "") -> Field:
    """A field by its schema."""
    what, shape = kind_of(schema)
    return Field(name, where, what, shape, needed, says or str(schema.get("description", "")))


def kind_of(schema: Told) -> tuple[str, str]:
    """What a value is, in words, and the name of the shape in it, if there is one."""
    if "$ref" in schema:
        return "", schema["$ref"].rpartition("/")[2]
    for parts in (schema.get("anyOf"), schema.get("allOf")):
        plain = [one for one in parts or () if one.get("type") != "null"]
        if plain:
            what, shape = kind_of(plain[0])
            return (f"{what}, or null" if parts and len(parts) > len(plain) else what).strip(", "), shape
    if "const" in schema:
        return f"“{schema['const']}”", ""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])), ""
    if schema.get("type") == "array":
        what, shape = kind_of(schema.get("items", {}))
        return f"list of {what}".rstrip(), shape
    return " ".join(str(schema[one]) for one in ("type", "format") if one in schema) or "any", ""


def shapes(document: Told) -> Iterator[Shape]:
    """Every shape, by name."""
    for name, told in sorted(document["components"]["schemas"].items()):
        needed = told.get("required", ())
        fields = [field(one, schema, one in needed) for one, schema in told.get("properties", {}).items()]
        one_of = [one["$ref"].rpartition("/")[2] for one in told.get("oneOf", ()) if "$ref" in one]
        yield Shape(name, told.get("description", ""), fields, one_of)
