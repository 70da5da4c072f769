"""A form of the console: its key, what it asks for and why, and what it was refused for, with its code, for pages."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest

from duecourse.risk import registry

Answer = TypeVar("Answer")
Step = TypeVar("Step")


def key_of(request: HttpRequest, what: str, of: int | str) -> str:
    """The key of a form about a person or an account: sent twice, it is done once."""
    try:
        return f"console:{what}:{of}:{UUID(request.POST.get('key', '')).hex}"
    except ValueError as fault:
        raise Http404 from fault


def chosen(request: HttpRequest, steps: Mapping[str, Step], field: str = "step") -> Step:
    """What a form asks for, of these; anything else is no page."""
    step = steps.get(request.POST.get(field, ""))
    if step is None:
        raise Http404
    return step


def reason_of(request: HttpRequest) -> str:
    """The reason that a form gives; without one nothing is done."""
    return registry.reasoned(request.POST.get("reason", ""))


def by_why(request: HttpRequest) -> dict[str, str]:
    """Who does it and why; without a reason nothing is done."""
    return {"by": request.user.get_username(), "reason": reason_of(request)}


class NotDone(Exception):
    """What an area refused, for a page: its stable code and its words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code, self.words = code, words


def asked(work: Callable[[], Answer]) -> Answer:
    """Do what a form asks for; a refusal of ours becomes `NotDone`, any other fault stays what it is."""
    try:
        return work()
    except Exception as fault:
        code = getattr(type(fault), "code", None)
        if not isinstance(code, str) or not type(fault).__module__.startswith("duecourse."):
            raise
        raise NotDone(code, str(fault)) from fault
