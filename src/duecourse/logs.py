"""What the server writes down: one line a record, JSON or plain, with the request's id and nothing about a person.

A message of ours names ids and codes. What others' messages and faults may quote is left out or masked: of a fault its
kind and where it arose, and its text only where no row and no form can be in it; of a request its route, not its
address.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread answers; empty outside of one."""
MAIL = re.compile(r"[^\s@<>\"'=:/]+@[^\s@<>\"']+")
NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ ().-]?\d){6,}(?![\w-])")
FIELDS = ("route", "method", "status", "ms", "whose")
"""What a record of a request has beside its message."""


def masked(text: str) -> str:
    """A text without e-mail addresses, and without numbers that may be telephones or identity cards."""
    return NUMBER.sub("[number]", MAIL.sub("[e-mail]", text))


def message(record: logging.LogRecord) -> str:
    """What a record says; the address of a request is told as its route."""
    said = record.getMessage()
    path = getattr(getattr(record, "request", None), "path", "")
    if path and path in said:
        said = said.replace(path, route_of(record.request))  # type: ignore[attr-defined]
    return masked(said)


def route_of(request: Any) -> str:
    """The pattern that a request's address fits, without what is filled in; a dash for none."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match is not None else "-"


def fault(record: logging.LogRecord) -> dict[str, Any] | None:
    """The kind of a fault, where it arose, and its text where that quotes nobody: of the system or of the database's
    connection."""
    if not record.exc_info or record.exc_info[1] is None:
        return None
    found = record.exc_info[1]
    places = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(found.__traceback__)]
    told: dict[str, Any] = {"kind": f"{type(found).__module__}.{type(found).__qualname__}", "at": places[-12:]}
    code = getattr(type(found), "code", None)
    if isinstance(code, str):
        told["code"] = code
    if isinstance(found, OSError) or type(found).__name__ == "OperationalError":
        told["said"] = masked(str(found).strip().partition("\n")[0])
    return told


class JsonLines(logging.Formatter):
    """Each record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record; `at` in UTC."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
            "request_id": REQUEST_ID.get(),
        }
        told |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if why := fault(record):
            told["fault"] = why
        return json.dumps(told, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """Each record for eyes: the same, in words."""

    def format(self, record: logging.LogRecord) -> str:
        """The record, and below it the fault and where it arose."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines = [f"{at} {record.levelname} {record.name}: {message(record)} {REQUEST_ID.get()}".rstrip()]
        if why := fault(record):
            lines += [f"  {why['kind']} {why.get('code', '')} {why.get('said', '')}".rstrip()]
            lines += [f"    {place}" for place in why["at"]]
        return "\n".join(lines)
