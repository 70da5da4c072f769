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
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            answer["content"] = {"application/problem+json": content.pop("application/json")}
        if int(status) == 429:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}}
    for scheme in operation.get("security", ()):
        for scopes in scheme.values():
            scopes[:] = [operation["x-scope"]]
