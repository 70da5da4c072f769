"""What an act would do to an account: it is done and taken back in one transaction, so that doing it gives the same."""

from typing import NamedTuple

from django.db import transaction

from duecourse.servicing import in_force, read
from duecourse.servicing.read import Page

from . import act_kinds
from .act_kinds import Asked


class Seen(NamedTuple):
    """An account, and whether somebody suspended or closed it to purchases."""

    page: Page
    is_barred: bool


class Preview(NamedTuple):
    """An account before and after an act that was not kept; `again`: the act was done before under this key."""

    before: Seen
    after: Seen
    again: bool


def preview(asked: Asked) -> Preview:
    """What an act would do; refused as the act itself is. Nothing of it stays."""
    with transaction.atomic():
        before = seen(asked.account)
        done = act_kinds.do(asked)
        after = seen(asked.account)
        transaction.set_rollback(True)
    return Preview(before, after, done.again)


def seen(number: str) -> Seen:
    """An account as it is now."""
    page = read.account(number=number)
    return Seen(page, in_force.of(account=page.account_id).bar is not None)
