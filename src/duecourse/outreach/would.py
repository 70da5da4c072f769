"""Would a contact be allowed now: the gate and the facts of `contact.may_we`, for looking. Nothing is kept."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from duecourse.rules.contact_rules import CHANNELS

from . import contact, known
from .asked import Asked
from .gate import Answer

FACTS = """
SELECT c.channel, outreach_contact_facts(%s, c.channel, %s, %s, %s) FROM unnest(%s::text[]) AS c (channel)
"""


def would_we(
    *, person: int, purpose: str, at: datetime, about: int | None = None, channels: Sequence[str] = CHANNELS
) -> dict[str, Answer]:
    """For each channel whether a contact at an instant would be allowed, by which rules not, and when it next would be.

    about: an account, None: all. It allows nothing: whoever contacts asks `contact.may_we`, whose answer is kept.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FACTS, [person, purpose, at, at - contact.LOOKS_BACK, list(channels)])
        rows = cursor.fetchall()
    found = {}
    for channel, told in rows:
        facts = json.loads(told) if isinstance(told, str) else told
        asked = Asked(channel, purpose, at, known.name(about))
        found[channel] = contact.decided(facts, asked)[1]
    return found
