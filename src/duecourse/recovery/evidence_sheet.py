"""What the PDF of an evidence pack says: its tables as texts, its figures as trees, in one language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from duecourse.ledger import chart
from duecourse.servicing import explain_words
from duecourse.servicing.explain_tree import Node

from . import evidence_words as words
from . import legal, legal_limitation
from .evidence_rows import Rows

SHOWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "schedule": (
        ("number", "auto"), ("due_on", "1fr"), ("principal_minor", "auto"), ("interest_minor", "auto"),
        ("charges_minor", "auto"), ("asked_minor", "auto"), ("left_minor", "auto"), ("met_on", "auto"),
    ),
    "statements": (
        ("cycle_on", "auto"), ("version", "auto"), ("due_on", "1fr"), ("balance_minor", "auto"),
        ("minimum_minor", "auto"), ("past_due_minor", "auto"), ("interest_minor", "auto"),
    ),
    "ledger": (
        ("entry", "auto"), ("effective_day", "auto"), ("booked_day", "auto"), ("kind", "1fr"), ("undone", "auto"),
        ("principal_minor", "auto"), ("interest_minor", "auto"), ("fee_minor", "auto"), ("penalty_minor", "auto"),
        ("owed_minor", "auto"),
    ),
    "acts": (
        ("act", "auto"), ("effective_day", "auto"), ("booked_day", "auto"), ("kind", "1fr"), ("by", "auto"),
        ("reason", "1fr"),
    ),
    "disclosures": (("on", "auto"), ("what", "1fr"), ("number", "auto"), ("by", "auto")),
    "contacts": (
        ("decision", "auto"), ("at", "auto"), ("channel", "auto"), ("purpose", "auto"), ("state", "auto"),
        ("refused_by", "1fr"), ("subject", "1fr"), ("by", "auto"),
    ),
    "arrangements": (
        ("arrangement", "auto"), ("agreed_on", "auto"), ("state", "auto"), ("on", "auto"), ("by", "auto"),
        ("reason", "1fr"),
    ),
    "promises": (
        ("promise", "auto"), ("made_on", "auto"), ("amount_minor", "auto"), ("due_on", "auto"), ("channel", "auto"),
        ("state", "auto"), ("on", "auto"), ("paid_minor", "auto"), ("reason", "1fr"),
    ),
    "disputes": (
        ("dispute", "auto"), ("opened_on", "auto"), ("kind", "auto"), ("amount_minor", "auto"), ("text", "1fr"),
        ("state", "auto"), ("on", "auto"), ("reason", "1fr"),
    ),
    "complaints": (
        ("complaint", "auto"), ("received_on", "auto"), ("about", "auto"), ("text", "1fr"), ("state", "auto"),
        ("on", "auto"), ("outcome", "auto"), ("answer", "1fr"),
    ),
    "legal": (
        ("on", "auto"), ("what", "auto"), ("number", "auto"), ("detail", "1fr"), ("amount_minor", "auto"),
        ("by", "auto"), ("reason", "1fr"),
    ),
}  # fmt: skip
"""The columns of each table that the PDF shows, and how wide they are."""
NOTES = {"ledger": "ledger_note", "contacts": "contacts_note"}
CODED = ("channel", "purpose", "state", "kind", "what", "about", "outcome")
MOST_LINES = 60
"""A figure's tree is shown as deep as fits into so many lines."""
LONGEST = 400


def facts(
    subject: legal.Subject,
    day: date,
    language: str,
    *,
    contract: Mapping[str, Any],
    tables: Sequence[Rows],
    trees: Mapping[str, Node],
    proofs: Mapping[str, Any],
) -> dict[str, Any]:
    """What the sheet `evidence` is given."""
    exponent = subject.page.exponent
    return {
        "kind": "evidence",
        "language": language,
        "lender": settings.LENDER,
        "account": subject.page.number,
        "currency": subject.page.currency,
        "exponent": exponent,
        "as_of": str(day),
        "words": {name: words.title(name, language) for name in words.TITLES},
        "amounts_note": words.title("amounts", language).format(currency=subject.page.currency),
        "contract": about(subject, day, contract, language),
        "terms": terms(contract, exponent, language),
        "clock": clock(subject, day, language),
        "tables": [table(one, exponent, language) for one in tables],
        "figures": [
            {"name": explain_words.sentence(tree, exponent, language), "lines": tree_lines(tree, exponent, language)}
            for tree in trees.values()
        ],
        "log": [[words.title("root", language), proofs["root"]], [words.title("size", language), str(proofs["size"])]],
        "days": {
            "head": [words.column(name, language) for name in ("day", "place", "leaf")],
            "rows": [[one["day"], str(one["place"]), one["leaf"]] for one in proofs["days"]],
        },
    }


def about(subject: legal.Subject, day: date, contract: Mapping[str, Any], language: str) -> list[list[str]]:
    """The contract in a few lines."""
    money = explain_words.money
    told = {
        "account": contract["account"],
        "borrower": str(contract["borrower"]),
        "product": contract["product"],
        "currency": contract["currency"],
        "agreement_on": contract["opened_on"],
        "limit_minor": money(contract["limit_minor"], subject.page.exponent),
        "owed": money(subject.page.figures["owed"], subject.page.exponent),
        "as_of": str(day),
        "terms_sha256": contract["terms_sha256"],
    }
    return [[words.column(name, language), value] for name, value in told.items()]


def terms(contract: Mapping[str, Any], exponent: int, language: str) -> list[list[str]]:
    """Each term as it was frozen: first those that have words, then by its name in the rules."""
    found = sorted(flat("", contract["terms"]), key=lambda one: (one[0] not in words.TERMS, one[0]))
    return [[words.term(name, language), valued(name, value, exponent)] for name, value in found]


def flat(prefix: str, told: Any) -> list[tuple[str, Any]]:
    """Terms within terms by their names, joined by dots."""
    if not isinstance(told, Mapping):
        return [(prefix, told)]
    return [one for name, value in sorted(told.items()) for one in flat(f"{prefix}.{name}" if prefix else name, value)]


def valued(name: str, value: Any, exponent: int) -> str:
    """A number as what its name says it is."""
    if isinstance(value, int) and name.endswith("_ppm"):
        return explain_words.percent(value)
    if isinstance(value, int) and name.endswith("_minor"):
        return explain_words.money(value, exponent)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def clock(subject: legal.Subject, day: date, language: str) -> list[list[str]]:
    """The limitation clock on the day; nothing where none is kept for the place."""
    told = legal_limitation.of(subject, day)
    if told.rule is None:
        return []
    rule = told.rule.rule + ("" if told.rule.verified else f" ({words.column('not_verified', language)})")
    rows = {"rule": rule, "default_on": told.default_on, "begun_on": told.begun_on, "ends_on": told.ends_on}
    return [[words.column(name, language), str(value)] for name, value in rows.items() if value]


def table(told: Rows, exponent: int, language: str) -> dict[str, Any]:
    """A table as texts, with the columns that the PDF shows."""
    columns = SHOWN[told.name]
    rows = [dict(zip(told.columns, row, strict=True)) for row in told.rows]
    return {
        "title": words.title(told.name, language),
        "note": words.title(NOTES[told.name], language) if told.name in NOTES else "",
        "head": [words.column(name, language) for name, _ in columns],
        "widths": [width for _, width in columns],
        "right": [name.endswith("_minor") for name, _ in columns],
        "rows": [[cell(told.name, name, row, exponent, language) for name, _ in columns] for row in rows],
    }


def cell(of: str, name: str, row: Mapping[str, Any], exponent: int, language: str) -> str:
    """One cell as a text."""
    if name == "undone":
        return str(row["reversed_by"] or "")
    value = row[name]
    if value is None:
        return ""
    if name.endswith("_minor"):
        return explain_words.money(value, exponent) if value or name == "owed_minor" else ""
    if of == "ledger" and name == "kind":
        return next((both[words.PLACE[language]] for both in chart.KINDS.values() if both[0] == value), value)
    if of == "acts" and name == "kind":
        return explain_words.act_name(value, language)
    if name == "at":
        return local(value, row["zone"])
    if name == "subject":
        return shortened(row["subject"] or row["text"])
    return words.code(str(value), language) if name in CODED else shortened(str(value))


def local(at: str, zone: str) -> str:
    """An instant on the person's clock."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def shortened(text: str) -> str:
    """A text that is not too long for a page; the CSV holds all of it."""
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def tree_lines(tree: Node, exponent: int, language: str) -> list[dict[str, Any]]:
    """A figure's tree as lines, as deep as fits."""
    depth = next((one for one in range(12, 1, -1) if counted(tree, one) <= MOST_LINES), 1)
    return list(below(tree, exponent, language, 0, depth))


def counted(tree: Node, levels: int) -> int:
    """How many lines a tree takes to a depth."""
    return 1 + sum(counted(one, levels - 1) for one in (*tree.parts, *tree.because) if levels)


def below(tree: Node, exponent: int, language: str, at: int, depth: int, why: bool = False) -> list[dict[str, Any]]:
    """The lines of a node and of what is below it."""
    children = [*((one, False) for one in tree.parts), *((one, True) for one in tree.because)]
    line = {
        "at": at,
        "why": why,
        "text": explain_words.sentence(tree, exponent, language),
        "amount": explain_words.amount(tree, exponent, language),
        "more": bool(children) and at >= depth,
    }
    lines = [line]
    if at < depth:
        for child, because in children:
            lines += below(child, exponent, language, at + 1, depth, because)
    return lines
