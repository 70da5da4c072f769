"""How figures and words are written on a page."""

import os
import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from duecourse.book import figures
from duecourse.book.read import Correction
from duecourse.ledger import chart
from duecourse.risk.read import Warned
from duecourse.rules.catalogue import Change, Rule
from duecourse.servicing import explain_words
from duecourse.servicing.explain_tree import Node
from duecourse.servicing.postings import Line

from .. import words

register = template.Library()
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MINUS = "\u2212"
HEATS = 9
TAIL = 4


def amount_text(minor: int, exponent: int) -> str:
    """Minor units with thousands separators and the currency's decimals."""
    whole, part = divmod(abs(minor), 10**exponent)
    decimals = f".{part:0{exponent}d}" if exponent else ""
    return f"{MINUS if minor < 0 else ''}{whole:,}{decimals}"


@register.filter
def money(minor: int, exponent: int) -> str:
    """An amount."""
    return amount_text(minor, exponent)


@register.filter
def moved(minor: int | None, exponent: int) -> str:
    """An amount that was added or taken away: always with its sign, nothing where nothing moved."""
    if not minor:
        return ""
    return ("+" if minor > 0 else "") + amount_text(minor, exponent)


@register.filter
def count(number: int) -> str:
    """A number of things."""
    return f"{number:,}"


@register.filter
def percent(ppm: int) -> str:
    """A share with one decimal; a small one that is not nothing says so."""
    if 0 < ppm < 500:
        return "< 0.1%"
    return f"{(ppm + 500) // 1_000 / 10:.1f}%"


@register.filter
def chance(share: float) -> str:
    """A chance with one decimal."""
    return f"{share:.1%}"


@register.filter
def points(share: float) -> str:
    """A difference of shares, always with its sign."""
    return f"{share:+.1%}".replace("-", MINUS)


@register.filter
def reasons(warned: Warned) -> list[str]:
    """Why an account is on the watch list."""
    return warned.words(words.language())


@register.filter
def to_do(warned: Warned) -> str:
    """What would lower an account's chance most."""
    return warned.to_do(words.language())


@register.filter
def of_hundred(ppm: int) -> str:
    """A share as the length of a bar."""
    return f"{max(0, min(ppm, 1_000_000)) / 10_000:.2f}"


@register.filter
def long_day(day: date) -> str:
    """A day in words."""
    if words.is_chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B %Y}"


@register.filter
def at(values: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key, if there is one."""
    return values.get(key)


@register.filter
def bucket(place: int) -> str:
    """The name of a bucket."""
    return words.bucket(place)


@register.filter
def bucket_short(place: int) -> str:
    """The short name of a bucket."""
    return words.bucket_short(place)


@register.filter
def stage(number: int) -> str:
    """The name of a stage."""
    return str(words.STAGES[number])


@register.filter
def risk_class(number: int) -> str:
    """The name of one of the five classes."""
    return str(words.CLASSES[number])


@register.filter
def kind(number: int) -> str:
    """The name of a kind of entry."""
    return words.kind(number)


@register.filter
def control(column: str) -> str:
    """The name of a control account."""
    return words.control(column)


@register.filter
def figure_name(name: str) -> str:
    """The name of a figure of an account."""
    return str(words.FIGURES[name])


@register.filter
def rule(name: str) -> str:
    """What a purchase broke."""
    return str(words.RULES[name])


@register.filter
def says(told: Rule) -> str:
    """A rule of law in the language of the page."""
    return told.text(words.language())


@register.filter
def severity(told: Rule) -> str:
    """What breaking a rule of law means."""
    return str(words.SEVERITIES[told.severity])


@register.filter
def standing(told: Rule) -> str:
    """How a rule of law stands: in force, announced, recalled, …"""
    return words.standing(told.legal_status)


@register.filter
def place_name(told: Rule) -> str:
    """Where a rule of law holds."""
    return str(words.PLACES.get(told.place, told.place))


@register.filter
def parameters(told: Rule) -> list[tuple[str, str]]:
    """What programs read of a rule of law: names and values."""
    return [(name, parameter(value)) for name, value in told.parameters.items()]


@register.filter
def became(change: Change) -> str:
    """What becomes of a rule of law between two days."""
    return str(words.CHANGES[change.what])


@register.filter
def now_told(change: Change) -> Rule | None:
    """The row that tells a change: the new one, or the one that ended."""
    return change.after or change.before


@register.filter
def differing(change: Change) -> list[tuple[str, str, str]]:
    """Each parameter of a rule that is not as it was, and its standing; its words and source are shown beside."""
    return [
        (name, "–" if before is None else parameter(before), "–" if after is None else parameter(after))
        for name, (before, after) in change.differs.items()
        if name not in ("zh", "en", "cite", "severity")
    ]


@register.filter
def concerned(change: Change) -> list[tuple[str, str]]:
    """Whom a change concerns beside its place: the names of what a rule tells apart, and their values."""
    return [(name, ", ".join(who)) for name, who in change.concerns.items()]


def parameter(value: Any) -> str:
    """One value of a rule of law as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, tuple):
        return ", ".join(map(parameter, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {parameter(one)}" for name, one in value.items())
    return str(value)


@register.filter
def who(name: str) -> str:
    """Who did something; what follows from a rule is done by the system."""
    return gettext("system") if name == "system" else name


@register.filter
def tail(number: str) -> str:
    """The last signs of an account's number, by which messages name it."""
    return number[-TAIL:]


@register.filter
def product(code: str) -> str:
    """The name of a product."""
    return words.product(code)


@register.filter
def is_payment(line: Line) -> bool:
    """Whether an entry is a payment, which has a receipt; its reversal is none."""
    return line.kind == chart.PAYMENT and line.reverses is None


@register.filter
def corrected_figures(correction: Correction) -> list[tuple[str, str, str]]:
    """What differs of an account that was corrected: the figure's name, before and after."""

    def told(name: str, value: int | None) -> str:
        if value is None:
            return "–"
        if name == "bucket":
            return words.bucket_short(value)
        return str(value) if name == "days_past_due" else amount_text(value, correction.exponent)

    return [
        (str(words.CORRECTED[name]), told(name, before), told(name, after))
        for name, (before, after) in correction.moved.items()
    ]


@register.filter
def other_side(line: Line, exponent: int) -> str:
    """The control accounts of an entry that are not the account's own, with their amounts."""
    sides = [(words.control(name), moved(amount, exponent)) for name, amount in line.amounts.items()
             if name not in chart.OF_ACCOUNT]  # fmt: skip
    return format_html_join(" ", '<span class="side">{} <span class="n">{}</span></span>', sides)


@register.simple_tag
def node_says(told: Node, exponent: int) -> str:
    """What a figure or a part of it is; no day in it is broken over two lines."""
    text = escape(explain_words.sentence(told, exponent, words.language()))
    return mark_safe(DAY.sub(r'<span class="day">\g<0></span>', text))


@register.simple_tag
def node_amount(told: Node, exponent: int) -> str:
    """What a figure or a part of it comes to."""
    return explain_words.amount(told, exponent, words.language())


@register.simple_tag
def heat(row: figures.RollRow, cell: figures.Cell) -> str:
    """The shade of a cell of the roll: how much of its row, and whether the accounts got better or worse."""
    if not cell.accounts:
        return "none"
    way = "stay" if cell.bucket == row.before or row.before == figures.NEW else (
        "worse" if cell.bucket > row.before else "better"
    )  # fmt: skip
    return f"{way}-{1 + min(cell.share_ppm * HEATS // 1_000_000, HEATS - 1)}"


@register.simple_tag
def bar(ppm: int, name: str = "") -> str:
    """A bar as long as a share."""
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="whole" width="100" height="8"/><rect class="part" width="{}" height="8"/></svg>',
        name,
        of_hundred(ppm),
    )


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file, which changes with what is in it."""
    known = ASSETS.get(name)
    if known is None:
        with open(os.path.join(settings.STATIC_ROOT, name), "rb") as file:
            digest = sha256(file.read()).hexdigest()[:12]
        known = ASSETS[name] = f"{static(name)}?{digest}"
    return known


ASSETS: dict[str, str] = {}
