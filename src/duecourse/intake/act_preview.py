"""What an act would do to an account: it is done and taken back in one transaction, so that doing it gives the same."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from django.db import transaction

from duecourse.servicing import in_force, read
from duecourse.servicing.read import Page

from . import act_kinds
from .act_kinds import Asked, Done

Answer = TypeVar("Answer")


class Seen(NamedTuple):
    """An account, and whether somebody suspended or closed it to purchases."""

    page: Page
    is_barred: bool


class Preview(NamedTuple, Generic[Answer]):
    """An account before and after something that was not kept, and what doing it answered."""

    before: Seen
    after: Seen
    answer: Answer


def preview(asked: Asked) -> Preview[Done]:
    """What an act would do; refused as the act itself is. Nothing of it stays."""
    return tried(asked.account, lambda: act_kinds.do(asked))


def tried(number: str, work: Callable[[], Answer]) -> Preview[Answer]:
    """What any work would do to an account; refused as the work itself is. Nothing of it stays."""
    with transaction.atomic():
        before = seen(number)
        answer = work()
        after = seen(number)
        transaction.set_rollback(True)
    return Preview(before, after, answer)


def seen(number: str) -> Seen:
    """An account as it is now."""
    page = read.account(number=number)
    return Seen(page, in_force.of(account=page.account_id).bar is not None)
