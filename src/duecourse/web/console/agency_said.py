"""Agencies as a page says them: why one gets no case, what stands against a placement, terms, results, figures."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.ledger.read import exponents
from duecourse.recovery.agency_review import Figures
from duecourse.recovery.agency_terms import Terms
from duecourse.servicing import explain_words

from . import cases, words
from .legal_said import block
from .said import reason

STATES = {"engaged": _("engaged"), "suspended": _("work suspended"), "ended": _("work ended"), "": _("not engaged")}
BECOME = {"engaged": _("engage it"), "suspended": _("suspend it"), "ended": _("end it")}
RESULTS = {
    "continue": _("goes on as before"),
    "narrow": _("keeps what it has, gets no more"),
    "end": _("every case comes back"),
}
FILES = {"placements": _("cases"), "recalls": _("recalls")}
BASES = {"entrusted": _("on our behalf, under our eyes"), "provided": _("decides for itself")}
REMITS = {"gross": _("pays in all that it took"), "net": _("keeps its commission back")}
KINDS = {
    "contact": _("contacts"),
    "payment": _("payments"),
    "promise": _("promises"),
    "complaint": _("complaints"),
    "dispute": _("disputes"),
}
TOLD = {
    "": _("not told yet"),
    "queued": _("still to be sent"),
    "waits": _("still to be sent"),
    "trying": _("still to be sent"),
    "failed": _("failed"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "bounced": _("bounced"),
    "refused": _("refused by a rule"),
    "over": _("ended before it was sent"),
    "unknown": _("not known"),
}
"""Whether the person was told that an agency works on their case."""
D = r"\d{4}-\d\d-\d\d"
REASONS: Sequence[tuple[str, Any]] = (
    (rf"it is (?P<state>[a-z]+) since (?P<day>{D})", _("%(state)s since %(day)s")),
    (r"it is not engaged", _("not engaged")),
    (rf"no approved terms hold on (?P<day>{D})", _("no approved terms hold on %(day)s")),
    (rf"its review was due on (?P<day>{D}) \((?P<rule>.+)\)", _("its review was due on %(day)s (%(rule)s)")),
    (r"its review was due on None \(.+\)", _("it was never engaged or reviewed")),
    (r"its last review ended in: (?P<result>[a-z]+).*", _("its last review: %(result)s")),
    (r"it has as many cases as it may: (?P<number>\d+)", _("it has as many cases as it may: %(number)s")),
    (r"(?P<block>[a-z_]+) stands", _("stands in the way: %(block)s")),
    (rf"it is with an agency since (?P<day>{D})", _("it is with an agency since %(day)s")),
    (r"nothing is past due", _("nothing is past due")),
    (r"no commission is agreed for the stage (?P<stage>[a-z_]+)", _("no commission is agreed for: %(stage)s")),
    (r"(?P<code>[\w-]+) does not work at (?P<place>.+)", _("it does not work where they live: %(place)s")),
    (r"(?P<rule>[\w.-]+): no separate consent to hand data to (?P<code>[\w-]+) is kept",
     _("%(rule)s: no separate consent to hand data to it is kept")),
    (r"no agency may have one more case at (?P<place>.+)", _("no agency may have one more case at: %(place)s")),
    (r"no contact point of theirs may be used", _("no number or address of theirs may be used")),
)  # fmt: skip
"""What `recovery.placements` and `recovery.agencies` give as reasons, and how a page says it."""


def reasons(told: Sequence[str]) -> list[str]:
    """Why not, in the language of the page."""

    def value(name: str, text: str) -> str:
        """A part of a reason in words."""
        known = {"state": STATES, "result": RESULTS, "place": words.PLACES, "stage": cases.STAGES}
        return block(text) if name == "block" else str(known.get(name, {}).get(text, text))

    return [reason(one, REASONS, value) or one for one in told]


def refused(told: str) -> list[str]:
    """Why a case was not placed, as placing it says, in the language of the page."""
    return reasons(told.partition(": ")[2].split("; ") if told.startswith("case ") else [told])


def terms(told: Terms) -> list[tuple[str, str]]:
    """Terms in words, the rates last."""
    rows = [
        (gettext("agreement"), told.agreement),
        (gettext("contract"), f"{told.contract_from} – {told.contract_to}"),
        (gettext("it works"), str(BASES[told.basis])),
        (gettext("may contact by"), ", ".join(words.contact_channel(one) for one in told.channels)),
        (gettext("money"), str(REMITS[told.remits])),
        (gettext("days after a recall that still earn"), str(told.tail_days)),
        (gettext("days to tell of a contact"), str(told.tell_within_days)),
        (gettext("days until it deletes"), str(told.retention_days)),
        (gettext("share of those that wait"), str(told.share)),
        (gettext("cases at once"), "–" if told.capacity is None else f"{told.capacity:,}"),
    ]
    for one in told.commission:
        days = gettext("from %(days)s days past due") % {"days": one.from_days}
        of = cases.stage(one.stage) if one.from_days is None else days
        rows.append((f"{gettext('commission')} · {of}", f"{one.ppm / 10_000:g}%"))
    return rows


def figures(told: Figures) -> list[tuple[str, str]]:
    """Figures of a review in words, amounts by currency."""
    places = exponents()

    def sums(of: Mapping[str, int], more: int = 0) -> str:
        shown = (f"{explain_words.money(minor // 10**more, places[code])} {code}" for code, minor in of.items())
        return ", ".join(shown) or "0"

    per = f"{told.complaints_ppm / 1_000:.1f}" if told.placed else "–"
    rules = ", ".join(f"{rule} {count}" for rule, count in told.breaches_by_rule.items())
    return [
        (gettext("cases that it had"), f"{told.placed:,}"),
        (gettext("placed anew"), f"{told.newly_placed:,}"),
        (gettext("cases taken back"), f"{told.recalled:,}"),
        (gettext("owed when placed"), sums(told.owed_minor)),
        (gettext("came in"), sums(told.received_minor)),
        (gettext("commission earned"), sums(told.commission_micro, 6)),
        (gettext("contacts"), f"{told.contacts:,}"),
        (gettext("breaches"), f"{told.breaches:,}" + (f" · {rules}" if rules else "")),
        (gettext("promises"), f"{told.promises:,}"),
        (gettext("disputes"), f"{told.disputes:,}"),
        (gettext("complaints"), f"{told.complaints:,}"),
        (gettext("complaints upheld"), f"{told.complaints_upheld:,}"),
        (gettext("complaints per 1,000 cases"), per),
        (gettext("files taken"), f"{told.files:,}"),
        (gettext("late files"), f"{told.files_late:,}"),
    ]


def months_of(sealed: date) -> str:
    """The newest month that is over on a sealed day, as a form takes it."""
    year, month = divmod(sealed.year * 12 + sealed.month - 2, 12)
    return f"{year}-{month + 1:02}"
