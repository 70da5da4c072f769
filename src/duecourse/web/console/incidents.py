"""What incidents did to an account, in the words of the page: what came late because of them, and what was undone."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.care import incident_read
from duecourse.care.incident_figures import Figures
from duecourse.care.incident_read import OfAccount

from .beside import Money, Row

CAUSES = {
    "ours": _("our own outage"),
    "bank": _("an outage at a bank"),
    "partner": _("an outage at a partner"),
}
STATES = {
    "found": _("to be undone"),
    "refused": _("not undone"),
    "left_out": _("left out"),
    "turned_down": _("turned down"),
    "undone": _("undone"),
}
REFUSALS = {
    "incident_undone_before": _("another incident undid it"),
    "incident_relieved_since": _("charges were waived or credited since"),
    "incident_worse_without": _("undoing would leave the borrower worse off"),
    "incident_payment_changed": _("the payment was taken back or counts from another day"),
}
STANDING = ("found", "refused")


def of(*, account: int, money: Money) -> tuple[list[Row], list[Row]]:
    """The incidents of an account that are still to be undone, and the others."""
    told = incident_read.of_account(account=account)
    now = [row_of(one, money) for one in told if one.state in STANDING]
    return now, [row_of(one, money) for one in told if one.state not in STANDING]


def row_of(told: OfAccount, money: Money) -> Row:
    """An incident: what it was, what came late because of it, what undoing did or why it was not done."""
    what = gettext("Incident %(number)s") % {"number": told.incident.id}
    came = gettext("%(amount)s came on %(paid)s, tried on %(tried)s")
    says = [str(CAUSES[told.incident.cause])]
    says += [
        came % {"amount": money(one.amount_minor), "paid": one.paid_on, "tried": one.tried_on} for one in told.findings
    ]
    if told.code:
        says.append(str(REFUSALS.get(told.code, told.code)))
    if told.before and told.after:
        says += undone(told.before, told.after, money)
    flag, is_bad = str(STATES[told.state]), told.state == "refused"
    return Row(what, says, told.on, None, told.by, told.incident.description, flag, is_bad)


def undone(before: Figures, after: Figures, money: Money) -> list[str]:
    """What undoing changed: charges, and the days past due at their most."""
    pairs = (
        (_("fees %(before)s, now %(after)s"), before.fees_minor, after.fees_minor),
        (_("interest %(before)s, now %(after)s"), before.interest_minor, after.interest_minor),
        (_("late interest %(before)s, now %(after)s"), before.late_interest_minor, after.late_interest_minor),
    )
    says = [text % {"before": money(was), "after": money(now)} for text, was, now in pairs if was != now]
    for was, now in zip(before.months, after.months, strict=True):
        if was != now:
            text = gettext("days past due on %(day)s: %(before)s, now %(after)s")
            says.append(text % {"day": was.on, "before": was.days_past_due, "after": now.days_past_due})
    return says
