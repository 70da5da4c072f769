"""How borrowers wish to be reminded: by which channel, in which language, at which hour, how long before a due day."""

from duecourse.borrowers.reach import LANGUAGES, among

from .channels import CHANNELS
from .tables import Wish

MOST_DAYS = 30


class WishRefused(Exception):
    """A wish that cannot be granted; the message names the field."""

    code = "wish_refused"


def wish(
    *,
    borrower: int,
    by: str,
    reason: str,
    channel: str = "",
    language: str = "",
    hour: int | None = None,
    before_days: int | None = None,
) -> int:
    """Keep how a borrower wishes to be reminded; the newest counts, and what it leaves out is the house's own."""
    if channel:
        among("channel", channel, CHANNELS)
    if language:
        among("language", language, LANGUAGES)
    if hour is not None and not 0 <= hour < 24:
        raise WishRefused(f"hour: {hour} is no hour of a day")
    if before_days is not None and not 0 <= before_days <= MOST_DAYS:
        raise WishRefused(f"before_days: {before_days} is not between 0 and {MOST_DAYS}")
    row = Wish.objects.create(
        borrower_id=borrower, channel=channel, language=language, hour=hour, before_days=before_days, by=by,
        reason=reason,
    )  # fmt: skip
    return row.id


def newest(*, borrower: int) -> Wish:
    """How a borrower wishes to be reminded; where they never said, the house's own way."""
    found = Wish.objects.filter(borrower_id=borrower).order_by("-id").first()
    return found or Wish(borrower_id=borrower, channel="", language="", hour=None, before_days=None)
