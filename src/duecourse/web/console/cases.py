"""Stages and treatments of a person's case, in the language of the page."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.recovery.read import Move

from . import words

STAGES = {
    "none": _("no stage"),
    "reminder": _("reminders"),
    "early": _("early collection"),
    "late": _("late collection"),
    "pre_legal": _("before court"),
    "legal": _("at court"),
    "after_charge_off": _("after the charge-off"),
    "closed": _("closed"),
}
TREATMENTS = {
    "nothing": _("nothing"),
    "message": _("send a message"),
    "letter": _("write a letter"),
    "call": _("call"),
    "visit": _("visit"),
    "offer_help": _("offer help"),
    "demand_letter": _("send a demand"),
    "agency": _("place with an agency"),
    "legal_action": _("go to court"),
}


def stage(code: str) -> str:
    """A stage of a case."""
    return str(STAGES.get(code, code))


def treatment(code: str) -> str:
    """What is to be done."""
    return str(TREATMENTS.get(code, code))


def says(told: Move) -> list[str]:
    """What a move of a case says: what is to be done by which way, and whether it was."""
    found = [treatment(told.treatment)]
    if told.channel:
        found.append(words.contact_channel(told.channel))
    if told.is_done is not None:
        how = gettext("done by %(who)s on %(day)s") if told.is_done else gettext("left by %(who)s on %(day)s")
        found.append(how % {"who": told.done_by, "day": told.done_on})
    return found
