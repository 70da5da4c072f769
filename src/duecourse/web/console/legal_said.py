"""The way to court as a page says it: its checks and why each holds or not, stages, what started time anew."""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from duecourse.recovery.legal_checks import Check
from duecourse.servicing import explain_words
from duecourse.servicing.read import Page

from . import care, words
from .said import reason

Money = Callable[[int], str]


def money_of(page: Page) -> Money:
    """How amounts of an account are said, with its currency."""
    return lambda minor: f"{explain_words.money(minor, page.exponent)} {page.currency}"


CHECKS = {
    "amount": _("Enough is owed, and some of it is past due"),
    "dispute": _("Nothing is disputed"),
    "arrangement": _("No arrangement stands"),
    "promise": _("No promise is open"),
    "hardship": _("Nobody waits for an answer to hardship"),
    "breathing_space": _("No breathing space"),
    "insolvency": _("Not insolvent"),
    "person": _("Alive, of age, with capacity"),
    "circumstances": _("Circumstances were looked at of late"),
    "complaint": _("No complaint waits"),
    "limitation": _("A suit would be in time"),
    "help": _("Help was offered"),
    "demand": _("A demand was posted and its notice is over"),
}
KINDS = {"court": _("court"), "arbitration": _("arbitration")}
STAGES = {
    "prepared": _("prepared"),
    "filed": _("filed"),
    "judgment": _("judgment"),
    "enforcement": _("enforcement"),
    "satisfied": _("satisfied"),
    "settled": _("settled"),
    "dismissed": _("dismissed"),
    "withdrawn": _("withdrawn"),
}
ANEW = {
    "payment": _("a payment"),
    "promise": _("a promise or an agreed plan"),
    "acknowledgement": _("an acknowledgement in writing"),
    "spoken": _("an acknowledgement by word of mouth"),
    "demand": _("a demand"),
    "suit": _("a suit"),
}
EFFECTS = {"barred": _("then it cannot be sued for"), "extinguished": _("then the debt is no more")}
MAILS = {
    "queued": _("queued as an e-mail"),
    "sent": _("taken by the mail server"),
    "delivered": _("delivered"),
    "bounced": _("bounced"),
}
OFFERS = {
    "offer": _("an option of hardship"),
    "referred": _("free advice was named"),
    "help_offer": _("help that was noted"),
}
COMPONENTS = {name: words.FIGURES[name] for name in ("principal", "interest", "fee", "penalty")}
BLOCKS = {
    "dispute": _("a dispute"),
    "complaint": _("a complaint"),
    "proceeding": _("a proceeding"),
    "represented": _("somebody speaks for them"),
    "circumstance": _("to be treated with care"),
}
D = r"\d{4}-\d\d-\d\d"
REASONS: tuple[tuple[str, Any], ...] = (
    (r"(?P<owed>-?\d+) owed, (?P<late>\d+) of it past due, at least (?P<least>\d+) is sued for .*",
     _("%(owed)s owed, %(late)s of it past due; at least %(least)s is sued for")),
    (r"none|none noted|none waits", _("none")),
    (rf"(?P<block>[a-z_]+) since (?P<day>{D})", _("%(block)s, since %(day)s")),
    (rf"circumstance (?P<number>\d+) last looked at on (?P<day>{D})", _("last looked at on %(day)s")),
    (r"(?P<number>\d+) noted, each looked at within (?P<days>\d+) days",
     _("%(number)s noted, each looked at within %(days)s days")),
    (rf"complaint (?P<number>\d+) of (?P<day>{D})", _("complaint %(number)s of %(day)s")),
    (r"no limitation is kept for (?P<place>.+)", _("no limitation is kept for %(place)s")),
    (r"nothing is past due: there is no claim yet", _("nothing is past due: there is no claim yet")),
    (rf"runs from (?P<day>{D}), ends on (?P<last>{D})", _("runs from %(day)s, ends on %(last)s")),
    (r"a proceeding is under way", _("a proceeding is under way")),
    (r"(?P<days>-?\d+) days left", _("%(days)s days left")),
    (rf"nothing was offered since (?P<day>{D})", _("nothing was offered since %(day)s")),
    (rf"(?P<offer>[a-z_]+) (?P<number>\d+) of (?P<day>{D})", _("%(offer)s, %(day)s")),
    (r"no demand was posted", _("no demand was posted")),
    (rf"demand (?P<number>D\d+) asked for what was paid since; late anew (?P<day>{D})",
     _("demand %(number)s asked for what was paid since; late anew since %(day)s")),
    (rf"demand (?P<number>D\d+): the notice runs through (?P<day>{D})",
     _("demand %(number)s: its notice runs through %(day)s")),
    (rf"demand (?P<number>D\d+) of (?P<day>{D}) is too old: send another",
     _("demand %(number)s of %(day)s is too old: write another")),
    (rf"demand (?P<number>D\d+), posted (?P<day>{D}), notice through (?P<last>{D})",
     _("demand %(number)s, posted %(day)s, notice through %(last)s")),
)  # fmt: skip
"""What `recovery.legal_checks` gives as its reasons, and how a page says it."""
LISTS = re.compile(r"; |, (?=[a-z_]+ (?:since|\d+ of) |-?\d+ days left)")


def reasons(told: Check, money: Money) -> list[str]:
    """Why a check holds or does not, in the language of the page."""

    def value(name: str, text: str) -> str:
        """A part of a reason: an amount, what stands, what was offered, a place, or as it is."""
        if name in ("owed", "late", "least"):
            return money(int(text))
        if name == "block":
            return block(text)
        if name == "offer":
            return str(OFFERS.get(text, text))
        return str(words.PLACES.get(text, text)) if name == "place" else text

    whole = reason(told.reason, REASONS, value)
    return [whole] if whole else [reason(one, REASONS, value) or one for one in LISTS.split(told.reason)]


def block(kind: str) -> str:
    """What stands in the way, by its kind."""
    return str(BLOCKS.get(kind) or care.WHATS.get(kind) or care.KINDS.get(kind, kind))
