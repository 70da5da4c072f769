"""Finding borrowers by what somebody tells of them; what is encrypted is looked for by its keyed digest."""

import re
from typing import NamedTuple

from . import names, people, reach, secrecy
from .found_tables import Name, PhoneEnd, Source
from .tables import Borrower

MOST = 50
"""So many borrowers are found at most; who is not among them is found by more than that."""
NAME, EMAIL, PHONE, PHONE_END, REFERENCE = "name", "email", "phone", "phone_end", "reference"


class Found(NamedTuple):
    """A borrower, and by what they were found: each of name, email, phone, phone_end, reference that led to them."""

    borrower: int
    by: tuple[str, ...]


def find(*, told: str) -> list[Found]:
    """The borrowers who have this name, e-mail, telephone number (or its last four digits) or reference.

    A reference is looked for under every source that ever enrolled somebody, or under one: `source:reference`.
    """
    term = told.strip()
    if not term:
        return []
    found: dict[int, list[str]] = {}
    for by, borrowers in (
        (REFERENCE, referred(term)),
        (EMAIL, reach.having(kind="email", value=term) if "@" in term else ()),
        (PHONE, reach.having(kind="phone", value=term) if is_number(term) else ()),
        (NAME, named(term)),
        (PHONE_END, ending(term)),
    ):
        for one in borrowers:
            found.setdefault(one, []).append(by)
    return [Found(borrower, tuple(by)) for borrower, by in [*found.items()][:MOST]]


def is_number(term: str) -> bool:
    """Whether this may be a whole telephone number."""
    return len(re.sub(r"\D", "", term)) > reach.END and not re.search(r"[^\d\s()+./-]", term)


def named(term: str) -> list[int]:
    """Who is called so, or was."""
    plain = names.plain(term)
    if not plain:
        return []
    rows = Name.objects.filter(digest__in=secrecy.indexes(f"name:{plain}")).values_list("borrower_id", flat=True)
    return sorted(set(rows[:MOST]))


def ending(term: str) -> list[int]:
    """Whose number ends so; nobody unless exactly so many digits are told."""
    digits = term.removeprefix("…").removeprefix("*").strip()
    if not re.fullmatch(rf"\d{{{reach.END}}}", digits):
        return []
    rows = PhoneEnd.objects.filter(digest__in=secrecy.indexes(f"phone_end:{digits}")).values_list(
        "borrower_id", flat=True
    )
    return sorted(set(rows[:MOST]))


def referred(term: str) -> list[int]:
    """Whom a source calls so."""
    source, colon, reference = term.partition(":")
    pairs = [(code, term) for code in Source.objects.values_list("code", flat=True)]
    if colon:
        pairs.append((source.strip(), reference.strip()))
    keys = [people.identity(source=source, reference=reference) for source, reference in pairs]
    return sorted(Borrower.objects.filter(identity__in=keys).values_list("id", flat=True))
