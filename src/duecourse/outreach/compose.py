"""The words of a message: a template of a moment in a language, filled with an amount, a day, and what must be said.

A moment's file holds its subject, its opening and its short form; the frames of a language put around them how to pay,
how to get help, how to stop messages, and the statements that the law of the place asks for.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from babel.dates import format_date
from babel.numbers import format_currency
from django.conf import settings
from django.db import connection
from django.template import Context, Engine, Template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from duecourse.kernel.account import WIDTH, due_left
from duecourse.kernel.columns import OWED
from duecourse.rules import reminder_terms
from duecourse.rules.read import day_number

from . import messages, stopping
from .tables import Message

MOMENTS = ("early", "before", "due", "after")
"""Ahead of time to those on the watch list; before, on and after the due day."""
OF_CASES = ("case_early", "case_late", "case_pre_legal", "case_charged_off", "case_help")
"""What a case's treatments say, by how far it has come; the last one offers help."""
CONFIRMS_STOP = "stopped"
"""The one message that may confirm an opting out."""
FORMS = ("txt", "html", "short.txt")
LONG = ("email", "app")
"""Channels that take a long message; the others get the short form."""
STATEMENTS: Mapping[str, tuple[str, str]] = {
    "name": ("写信人：{lender}{sender}（自动发出）。", "Written by: {sender} of {lender} (sent automatically)."),
    "institution": ("机构：{lender}。", "Lender: {lender}."),
    "purpose": ("用途：提醒您还款。", "What this is for: to remind you of a payment."),
    "complaint_channel": ("投诉：{contact}。", "Complaints: {contact}."),
    "opt_out": ("退订：{stop_url}", "To stop these messages: {stop_url}"),
    "debt_collector": (
        "本消息来自债务催收方，目的是收回债务，所得信息将用于此目的。",
        "This is from a debt collector, trying to collect a debt; any information will be used for that purpose.",
    ),
}
"""How each thing that a law asks for is said, in Chinese and English; a moment's file may say its purpose otherwise."""
OWED_NOW = " + ".join(f'b."{name}"' for name in OWED)
"""What a row of ledger_balance (b) owes, in SQL."""
LEFT = f"SELECT b.account_id, b.dues, {OWED_NOW} FROM ledger_balance b WHERE b.account_id = ANY(%s)"
REMINDER, NOTICE = "frame", "notice"
"""What stands around a moment's words: that of a reminder, or of a notice that asks for no payment."""
NOTHING_ELSE: Mapping[str, str] = MappingProxyType({})


class LenderNotNamed(Exception):
    """Nobody says who the lender is, or how to reach it: a message must."""

    code = "lender_not_named"


class StatementMissing(Exception):
    """A rule asks for a statement that has no words here."""

    code = "statement_missing"


class Words(NamedTuple):
    """A message in words, the template they come from and its version: a digest of every file that they are made of."""

    subject: str
    text: str
    html: str
    template: str
    version: str


class About(NamedTuple):
    """What a reminder speaks of. place: of the person; tail: the last signs of the account's number.

    accounts: where it speaks of what is past due, each with the last due day missed; "": of all that it owes.
    """

    borrower: int
    place: str
    on: date
    purpose: str
    tail: str
    amount_minor: int
    currency: str
    exponent: int
    due_on: date
    days_late: int = 0
    accounts: tuple[tuple[int, str], ...] = ()


def words(
    *, moment: str, channel: str, language: str, about: About, around: str = REMINDER, cause: str = "",
    also: Mapping[str, str] = NOTHING_ELSE,
) -> Words:  # fmt: skip
    """A message in words. Refuses while the lender is not named, and what no words are known for.

    `around`: REMINDER or NOTICE, which names no amount of nothing. `cause`: of an incident, by the name that its
    moment's file has words for. `also`: what this moment's words name besides.
    """
    if not settings.LENDER or not settings.LENDER_CONTACT:
        raise LenderNotNamed("DUECOURSE_LENDER and DUECOURSE_LENDER_CONTACT say who writes and how to reach them")
    told = moment_file(moment, language)
    house = reminder_terms.house_words(on=about.on, language=language)
    said = {
        "lender": settings.LENDER,
        "contact": settings.LENDER_CONTACT,
        "sender": house.sender,
        "pay": house.pay,
        "help": house.help,
        "stop_url": stopping.address(borrower=about.borrower, channel=channel) if may_stop(moment) else "",
        "tail": about.tail,
        "amount": money(about.amount_minor, about.currency, about.exponent, language) if about.amount_minor else "",
        "day": day(about.due_on, language, about.place),
        "days_late": about.days_late,
        "accounts": max(1, len(about.accounts)),
        "cause": told[f"cause_{cause}"] if cause else "",
        **also,
    }
    said["statements"] = statements(about, channel, language, said, house.acts_as, told)
    parts = {name: filled(told[name], said) for name in ("subject", "opening", "short")}
    said |= parts
    version = hashlib.sha256("\0".join([*texts(moment, language, around), *house]).encode()).hexdigest()[:12]
    template = f"{moment}.{language}"
    if channel not in LONG:
        return Words("", filled(frame("short.txt", language, around), said).strip(), "", template, version)
    html = filled(frame("html", language, around), said, is_html=True) if channel == "email" else ""
    return Words(parts["subject"], filled(frame("txt", language, around), said).strip() + "\n", html, template, version)


def may_stop(moment: str) -> bool:
    """Whether a moment's message says how to stop messages: not the one that says that they have stopped."""
    return moment != CONFIRMS_STOP


def statements(
    about: About, channel: str, language: str, said: Mapping[str, Any], lender: str, moment: Mapping[str, str]
) -> list[str]:
    """What the law of the place asks a message to state, each once, in the order of the rules."""
    asked = reminder_terms.required(
        place=about.place, on=about.on, purpose=about.purpose, channel=channel, lender=lender
    )
    names = dict.fromkeys(name for one in asked for name in one.states if said["stop_url"] or name != "opt_out")
    if unknown := [name for name in names if name not in STATEMENTS]:
        raise StatementMissing(f"{about.place}: no words for {', '.join(unknown)}")
    own = {name: moment.get(f"statement_{name}") for name in names}
    return [own[name] or STATEMENTS[name][language == "en"].format(**said) for name in names]


def money(minor: int, currency: str, exponent: int, language: str) -> str:
    """An amount of money as it is written in a language."""
    return str(format_currency(Decimal(minor).scaleb(-exponent), currency, locale=locale(language, "")))


def day(told: date, language: str, place: str) -> str:
    """A day as it is written in a language, at a place."""
    return str(format_date(told, "long", locale=locale(language, place)))


def locale(language: str, place: str) -> str:
    """What Babel calls the way of writing."""
    return "zh_Hans_CN" if language == "zh" else "en_US" if place.startswith("US") else "en_GB"


@cache
def moment_file(moment: str, language: str) -> Mapping[str, str]:
    """What a moment says in a language."""
    return tomllib.loads(files("duecourse.outreach").joinpath(f"templates/{moment}.{language}.toml").read_text())


@cache
def frame(form: str, language: str, around: str) -> str:
    """What stands around it."""
    return files("duecourse.outreach").joinpath(f"templates/{around}.{language}.{form}").read_text()


def texts(moment: str, language: str, around: str = REMINDER) -> list[str]:
    """Every file that a message is made of."""
    return [repr(sorted(moment_file(moment, language).items())), *(frame(form, language, around) for form in FORMS)]


def filled(template: str, said: Mapping[str, Any], *, is_html: bool = False) -> str:
    """A template with its values in their places; in HTML what they say is text, an address a link."""
    values = dict(said)
    if is_html:
        values["stop_link"] = mark_safe(f'href="{escape(said["stop_url"])}"')
    told = str(compiled(template, is_html).render(Context(values, autoescape=is_html)))
    return told + ""  # what a template gives is marked as safe; an opening is text, to be escaped in a letter of HTML


@cache
def compiled(template: str, is_html: bool) -> Template:
    """A template, read once."""
    return Engine(autoescape=is_html).from_string(template)


def left(message: Message) -> int:
    """What is left now of the dues that a message speaks of and of those before them, in minor units."""
    assert message.due_on is not None
    return left_on(message.values.get("accounts") or [(message.account_id, str(message.due_on))])


def left_on(accounts: Sequence[tuple[int, str]]) -> int:
    """The same of accounts, each up to a due day; "": all that is owed on it."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [[account for account, _ in accounts]])
        rows = {account: (dues, owed) for account, dues, owed in cursor.fetchall()}
    found = [(*rows.get(account, ([], 0)), through) for account, through in accounts]
    return sum(
        left_of(dues, day_number(date.fromisoformat(through))) if through else owed for dues, owed, through in found
    )


def left_of(dues: list[int], due_on: int) -> int:
    """What is left of the dues of a row up to a day."""
    return sum(due_left(dues, at) for at in range(0, len(dues), WIDTH) if dues[at] <= due_on)


def replaced(message: Message, left_minor: int, *, by: str) -> str:
    """Why a message is true no longer; where another amount is owed, one that says it takes its place."""
    if left_minor == 0:
        return "paid"
    if messages.attached(message=message.id):
        return "another amount is owed than the attached letter says"
    about = About(**message.values | {"on": date.fromisoformat(message.values["on"]), "amount_minor": left_minor,
                                      "due_on": message.due_on})  # fmt: skip
    told = words(moment=message.moment, channel=message.channel, language=message.language, about=about)
    fields = messages.Draft._fields
    same = {name: getattr(message, name) for name in fields}
    number, _ = messages.queue(
        draft=messages.Draft(**same | {
            "key": f"{message.key}~{left_minor}", "amount_minor": left_minor, "values": values_of(about),
            "subject": told.subject, "text": told.text, "html": told.html, "template_version": told.version, "by": by,
        })
    )  # fmt: skip
    return f"another amount is owed: message {number}"


def values_of(about: About) -> dict[str, Any]:
    """What a message was filled with, as it is kept."""
    return {name: str(value) if isinstance(value, date) else value for name, value in about._asdict().items()}
