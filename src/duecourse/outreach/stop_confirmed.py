"""One message that confirms a wish to stop, where the law of the place allows one and it is still soon enough.

The contact gate allows it by the rule on opting out (its `confirm_minutes`), if none of ours went out since.
"""

from datetime import datetime, timedelta

from duecourse.borrowers import reach
from duecourse.rules import contact_rules, places

from . import compose, messages
from .channels import POINT_KINDS

PURPOSE = "service"


def queue(*, borrower: int, channel: str, number: str, stopped_at: datetime, now: datetime, key: str, by: str) -> bool:
    """Queue it to a number or address of a borrower; whether there is one to send.

    Not where the lender is not named: nobody would be said to confirm.
    """
    home = reach.residence(borrower=borrower)
    until = stopped_at + within(home.place if home else "", channel, stopped_at)
    point = reach.point_of(borrower=borrower, kind=POINT_KINDS[channel], value=number)
    if home is None or now >= until or point is None:
        return False
    on = now.date()
    about = compose.About(borrower, home.place, on, PURPOSE, "", 0, "", 0, on)
    try:
        told = compose.words(
            moment=compose.CONFIRMS_STOP, channel=channel, language=home.language, about=about, around=compose.NOTICE
        )
    except compose.LenderNotNamed:
        return False
    draft = messages.Draft(
        key=key, borrower_id=borrower, point_id=point, purpose=PURPOSE, moment=compose.CONFIRMS_STOP, channel=channel,
        language=home.language, template=told.template, template_version=told.version, values=compose.values_of(about),
        subject=told.subject, text=told.text, html=told.html, not_before=now, not_after=until, by=by,
    )  # fmt: skip
    return messages.queue(draft=draft)[1]


def within(place: str, channel: str, at: datetime) -> timedelta:
    """For how long after an opting out one message may confirm it at a place; nothing where no rule allows one."""
    if not place:
        return timedelta()
    on = at.astimezone(places.zones(place)[0]).date()
    rules = contact_rules.about(place=place, on=on, channel=channel, purpose=PURPOSE)
    return timedelta(minutes=max((one.confirm_minutes for one in rules if one.kind == "opt_out"), default=0))
