"""The OpenAPI document as it is told: problems as problem+json, what each operation asks for, examples."""

from typing import Any


def told_fully(document: dict[str, Any]) -> dict[str, Any]:
    """The document of the API with what its maker leaves out."""
    for methods in document["paths"].values():
        for operation in methods.values():
            complete(operation)
    return dict(document)


def complete(operation: dict[str, Any]) -> None:
    """Say how an operation refuses, and that a PDF is one."""
    for parameter in operation["parameters"]:
        if isinstance(parameter.get("examples"), list):  # a parameter's are by name, those of its schema a list
            parameter["example"] = parameter.pop("examples")[0]
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            answer["content"] = {"application/problem+json": content.pop("application/json")}
        if int(status) == 429:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}}
    if media := operation.pop("x-media", ""):
        operation["responses"][200]["content"] = {media: {"schema": {"type": "string", "format": "binary"}}}
    for scheme in operation.get("security", ()):
        for scopes in scheme.values():
            scopes[:] = [operation["x-scope"]]
