"""What buckets, stages, classes, kinds of entries and control accounts are called, in the language of the page."""

import re

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duecourse.book.figures import NEW
from duecourse.ledger import chart

CURRENT, LAST_BUCKET, BUCKET_DAYS = 0, 7, 30
STAGES = {1: _("stage 1"), 2: _("stage 2"), 3: _("stage 3")}
CLASSES = {1: _("normal"), 2: _("special mention"), 3: _("substandard"), 4: _("doubtful"), 5: _("loss")}
FIGURES = {
    "owed": _("owed in all"),
    "principal": _("principal"),
    "interest": _("interest"),
    "fee": _("fees"),
    "penalty": _("late interest"),
    "credit": _("credit balance"),
    "suspended": _("suspended income"),
    "charged_off": _("charged off"),
}
CORRECTED = {
    **FIGURES,
    "accrued": _("accrued, not charged"),
    "past_due": _("past due"),
    "limit": _("limit"),
    "days_past_due": _("days past due"),
    "bucket": _("bucket"),
}
"""The figures by which a correction of a sealed day is told."""
RULES = {"over_limit": _("over the limit"), "suspended": _("line suspended")}
PRODUCTS = {
    "auto_us_2017": _("car loans, US pool of 2017"),
    "card_tw_2005": _("revolving card line, Taiwan 2005"),
    "line_demo": _("pay-later line of the simulator"),
    "loan_demo": _("cash loan to try things out"),
}
PLACES = {
    "CN": _("China"),
    "US": _("United States"),
    "US-MA": _("Massachusetts"),
    "US-CA": _("California"),
    "US-DE": _("Delaware"),
    "US-FL": _("Florida"),
    "US-IL": _("Illinois"),
    "US-MD": _("Maryland"),
    "US-NC": _("North Carolina"),
    "US-NJ": _("New Jersey"),
    "US-NY": _("New York"),
    "US-OH": _("Ohio"),
    "US-PA": _("Pennsylvania"),
    "US-TX": _("Texas"),
    "US-VA": _("Virginia"),
    "US-WA": _("Washington"),
    "UK": _("United Kingdom"),
    "UK-SCT": _("Scotland"),
    "EU": _("European Union"),
    "DE": _("Germany"),
    "ES": _("Spain"),
    "FR": _("France"),
    "IE": _("Ireland"),
    "IT": _("Italy"),
    "NL": _("Netherlands"),
    "WORLD": _("everywhere"),
    "HOUSE": _("our own"),
}
SEVERITIES = {
    "forbids": _("breaking it is unlawful"),
    "presumes": _("breaking it is presumed unlawful"),
    "guides": _("a standard or guideline"),
    "tells": _("a figure that others use"),
}
"""What breaking a rule of law means, by its severity."""
CHANGES = {
    "began": _("began"),
    "ended": _("ended"),
    "replaced": _("replaced"),
    "came and went": _("came and went"),
}
"""What becomes of a rule of law between two days."""
STANDINGS = {
    "in force": _("in force"),
    "announced": _("announced"),
    "replaced": _("replaced"),
    "ended": _("ended"),
    "lapsed": _("lapsed"),
    "temporary": _("temporary"),
    "assumed": _("assumed"),
    "standard": _("standard"),
    "guideline": _("guideline"),
    "guideline of an association": _("guideline of an association"),
    "standard in force": _("standard in force"),
    "self-regulatory guideline in force": _("self-regulatory guideline in force"),
    "scheme rule": _("scheme rule"),
    "policy of the house": _("policy of the house"),
    "list of the house": _("list of the house"),
    "recalled": _("recalled"),
    "partly recalled": _("partly recalled"),
    "read in press reports": _("read in press reports"),
    "read in a secondary source": _("read in a secondary source"),
    "from a secondary source": _("from a secondary source"),
    "sources disagree": _("sources disagree"),
}
"""How rules of law stand: the usual parts of a legal status."""
CONTACT_CHANNELS = {
    "call": _("phone call"),
    "ai_call": _("automatic call"),
    "voicemail": _("voicemail"),
    "sms": _("text message"),
    "email": _("e-mail"),
    "im": _("chat message"),
    "app": _("inbox of the app"),
    "letter": _("letter"),
    "visit": _("visit"),
    "social": _("social media"),
}
"""By which way a person is contacted."""
CONTROLS = {control.column: (control.english, control.chinese) for control in chart.CONTROLS}


def is_chinese() -> bool:
    """Whether the page is in 中文."""
    return (get_language() or "").startswith("zh")


def language() -> str:
    """The language of the page as the areas name it: zh or en."""
    return "zh" if is_chinese() else "en"


def either(pair: tuple[str, str]) -> str:
    """Of an English and a Chinese name the one for this page."""
    return pair[1] if is_chinese() else pair[0]


def bucket(place: int) -> str:
    """A bucket by its days past due."""
    if place == NEW:
        return gettext("opened since")
    if place == CURRENT:
        return gettext("current")
    first = (place - 1) * BUCKET_DAYS + 1
    if place >= LAST_BUCKET:
        return f"M{place} · {first}+"
    return f"M{place} · {first}–{place * BUCKET_DAYS}"


def bucket_short(place: int) -> str:
    """A bucket where there is little room."""
    if place == NEW:
        return gettext("new")
    return gettext("current") if place == CURRENT else f"M{place}" + "+" * (place >= LAST_BUCKET)


def kind(number: int) -> str:
    """A kind of entry."""
    return either(chart.KINDS[number]) if number in chart.KINDS else str(number)


def control(column: str) -> str:
    """A control account."""
    return either(CONTROLS[column])


def standing(legal_status: str) -> str:
    """How a rule of law stands; what is said beside the usual is given as it is written."""
    parts = re.split(r"[,;] ", legal_status)
    return ("，" if is_chinese() else ", ").join(str(STANDINGS.get(part, part)) for part in parts)


def product(code: str) -> str:
    """A product of the house; one that has no words yet is named by its code."""
    return str(PRODUCTS.get(code, code))


def contact_channel(code: str) -> str:
    """The way by which a person is contacted."""
    return str(CONTACT_CHANNELS.get(code, code))


ROLES = {
    "care": _("customer care"),
    "recovery": _("collections"),
    "risk": _("risk management"),
    "finance": _("finance"),
    "compliance": _("compliance"),
    "operator": _("system operation"),
    "staff": _("staff"),
}
"""The roles of the lender's people, as a borrower reads them."""
