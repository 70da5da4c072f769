"""The contact gate over many accounts at once: whom it would refuse, before anything is queued for them.

The same gate decides; it is asked once for all people of whom it would be told the same. Who has blocks or other facts
of their own, or as many attempts as a rule allows, is asked about one by one. Refusals are kept like any other; who is
allowed is asked again, under the person's lock, when the contact is made.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from django.db import connection

from duecourse.ledger.bulk import arrow
from duecourse.ledger.journal import array
from duecourse.rules import contact_rules
from duecourse.rules.contact_rules import CHANNELS, PURPOSES, ContactRule

from . import asked as words
from . import contact, counted, gate, known
from .asked import Asked, Person
from .counted import Attempts
from .gate import Answer

BATCH = 100_000
"""How many people are looked at together."""
DAY_S = 86_400
MARGIN = timedelta(days=2)
"""Who has a consent that ends or grows too old within so long of now is asked about alone."""
MOST_KINDS = 62
"""How many different consents of a batch fit in one signature."""
FACTS = {
    "blocks": "outreach_blocks({first}, {last}, {at})",
    "inbound": "outreach_inbound({first}, {last}, {since})",
    "arranged": "outreach_arranged({first}, {last}, {at})",
    "disputed": "outreach_disputed({first}, {last})",
    "unnoticed": "outreach_unnoticed({first}, {last})",
    "running": "outreach_running({first}, {last}, {at})",
}
"""What only some people have, by how contact_facts.sql calls it."""
LOOKED_AT_BY = {"unnoticed": "notice", "running": "time_barred"}
"""The only kind of rule that looks at a fact: without one the fact is not read."""
KEEP = """
INSERT INTO borrowers_contact_decision (borrower_id, account_id, channel, purpose, relation, at, allowed, refusals,
    next_at, fault, inputs, rule_set, key, by)
SELECT w.borrower, w.account, %s, %s, 'self', %s, false, a.refusals, a.next_at, a.fault,
    CASE WHEN own.value IS NULL THEN a.inputs ELSE jsonb_set(a.inputs, '{person,attempts}', own.value) END, a.rule_set,
    '', %s
FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) w (borrower, account, code)
JOIN jsonb_to_recordset(%s) a (code int, refusals jsonb, next_at timestamptz, fault text, inputs jsonb, rule_set text)
    ON a.code = w.code
LEFT JOIN jsonb_each(%s) own ON own.key::bigint = w.borrower
"""


class Screened(NamedTuple):
    """A batch: borrower and account of each (int64), whether a contact is allowed, and which of `answers` it got.

    told: for each answer what the gate was told of the person, or of one of whom it is told the same; attempts: those
    that no rule refuses for, which the gate was not told.
    """

    borrower: Any
    account: Any
    allowed: Any
    code: Any
    answers: Sequence[Answer]
    told: Sequence[Person]
    attempts: Attempts


class Looking(NamedTuple):
    """What is asked for everyone, and what of the facts the rules of the book's places look at.

    ages: after how many days consents are old; unasked: the facts that no rule looks at; counting: the rules of each
    place that count attempts; lasting: the kinds of block whose end follows from their beginning.
    """

    asked: Asked
    ages: tuple[int, ...]
    unasked: frozenset[str]
    counting: Mapping[str, tuple[ContactRule, ...]]
    lasting: frozenset[str]


def screen(*, channel: str, purpose: str, at: datetime, by: str, keep: bool = True) -> Iterator[Screened]:
    """Ask the gate for every account of the book, batch by batch; refusals are kept in the database (`keep`)."""
    words.known(channel, CHANNELS, "channel")
    words.known(purpose, PURPOSES, "purpose")
    last = arrow("SELECT coalesce(max(borrower_id), -1) AS last FROM servicing_account").column(0)[0].as_py()
    homes = arrow("SELECT DISTINCT place FROM borrowers_residence").column(0).to_pylist()
    looking = looked(homes, Asked(channel, purpose, at))
    for first in range(0, last + 1, BATCH):
        screened = of_range(first, first + BATCH, looking)
        if keep:
            keep_refused(screened, looking.asked, by)
        yield screened


def looked(homes: Sequence[str], asked: Asked) -> Looking:
    """What the rules of these places look at, for what is asked; the day there may be the one before or after."""
    days = [asked.at.date() + timedelta(days=more) for more in (-1, 0, 1)]
    of_home = {
        home: {
            rule
            for day in days
            for rule in contact_rules.about(place=home, on=day, channel=asked.channel, purpose=asked.purpose)
        }
        for home in homes
    }
    rules = {rule for one in of_home.values() for rule in one}
    looks = {rule.kind for rule in rules if rule.contents is None or asked.content in rule.contents}
    return Looking(
        asked,
        tuple(sorted({age for rule in rules for age in (rule.within_days, rule.lifted_days) if age})),
        frozenset(name for name, kind in LOOKED_AT_BY.items() if kind not in looks),
        {home: tuple(rule for rule in one if rule.kind in counted.KINDS) for home, one in of_home.items()},
        frozenset(kind for rule in rules if rule.lasts_days for kind in rule.blocks or ()),
    )


def of_range(first: int, end: int, looking: Looking) -> Screened:
    """The accounts of the borrowers from `first` to before `end`."""
    group_of, alone, told, borrower, account = brought(first, end, looking)
    place = borrower - first
    _, some, code = np.unique(group_of[place], return_index=True, return_inverse=True)
    people = [told.person(int(one), own=False) for one in borrower[some]]
    answers = [gate.decide(one, looking.asked) for one in people]
    horizon = looking.asked.at + timedelta(days=1)
    by_one = alone[place] | np.array([is_far(one, horizon) for one in answers], dtype=bool)[code]
    alike: dict[Any, int] = {}
    for one in np.flatnonzero(by_one).tolist():
        like = told.like(int(borrower[one]), int(account[one]), int(code[one]), looking)
        if like not in alike:
            alike[like] = len(answers)
            people.append(told.person(int(borrower[one]), own=True))
            answers.append(gate.decide(people[-1], looking.asked._replace(debt=str(account[one]))))
        code[one] = alike[like]
    allowed = np.array([answer.allowed for answer in answers], dtype=bool)
    return Screened(
        borrower, account, allowed[code] if len(code) else allowed[:0], code, answers, people, told.attempts
    )


def brought(first: int, end: int, looking: Looking) -> tuple[Any, Any, "Told", Any, Any]:
    """What is stored of a range of borrowers: for each the group by home and consents, and whether to be asked alone.

    Then what the gate is told of one of them, and borrower and account of each account.
    """
    within = f"borrower_id BETWEEN {first} AND {end - 1}"
    rows = arrow(f"SELECT borrower_id, id FROM servicing_account WHERE {within} ORDER BY borrower_id, id")
    borrower, account = (rows.column(name).to_numpy() for name in ("borrower_id", "id"))
    homes, home_of = residences(within, first, end)
    asked = looking.asked
    consents = arrow(f"SELECT * FROM outreach_consents({first}, {end - 1}, '{asked.channel}', '{asked.purpose}')")
    signature, alone = signatures(consents, looking, first, end)
    is_dated = alone.copy()
    facts = own_facts(first, end, looking)
    attempts = counted.brought(first, end, asked.at, [looking.counting.get(home, ()) for home, _ in homes], home_of)
    for one, told_rows in attempts.rows(attempts.is_near).items():
        facts[one]["attempts"] = told_rows
    alone[np.fromiter(facts, dtype=np.int64, count=len(facts)) - first] = True
    told = Told(homes, home_of, consents, counted.rows_of(consents, alone, first), is_dated, facts, attempts, first)
    _, which = np.unique(signature, return_inverse=True)
    return which * len(homes) + home_of, alone, told, borrower, account


def is_far(answer: Answer, horizon: datetime) -> bool:
    """Whether an answer speaks of a moment by which a consent of one of those who share it may have ended."""
    return answer.next_at is not None and answer.next_at > horizon


def residences(within: str, first: int, end: int) -> tuple[list[tuple[str, str]], Any]:
    """The places and zones that there are, and for each borrower which; who has none has that of nobody."""
    rows = arrow(
        "SELECT DISTINCT ON (borrower_id) borrower_id, place || ' ' || zone AS home FROM borrowers_residence "
        f"WHERE {within} ORDER BY borrower_id, id DESC"
    )
    coded = rows.column("home").combine_chunks().dictionary_encode()
    homes = [(known.NO_PLACE, "")] + [tuple(one.split(" ", 1)) for one in coded.dictionary.to_pylist()]
    home_of = np.zeros(end - first, dtype=np.int64)
    home_of[rows.column("borrower_id").to_numpy() - first] = coded.indices.to_numpy() + 1
    return homes, home_of


def signatures(consents: pa.Table, looking: Looking, first: int, end: int) -> tuple[Any, Any]:
    """For each borrower which consents there are, as bits, and whether they must be looked at alone.

    A consent is given or withdrawn, in force now or not, and fresh or not by each age that a rule asks for.
    """
    signature, alone = np.zeros(end - first, dtype=np.int64), np.zeros(end - first, dtype=bool)
    if not consents.num_rows:
        return signature, alone
    owner = consents.column("borrower_id").to_numpy() - first
    now, margin = looking.asked.at.timestamp(), MARGIN.total_seconds()
    at = seconds(consents.column("at"))
    until = np.where(np.isnan(ends := seconds(consents.column("until"))), np.inf, ends)
    given = consents.column("given").to_numpy(zero_copy_only=False)
    what = np.zeros(len(owner), dtype=np.int64)
    for name in ("kind", "channel", "purpose"):
        coded = consents.column(name).combine_chunks().dictionary_encode()
        what = what * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    flags = [given, (at <= now) & (now < until)]
    flags += [now - at <= age * DAY_S for age in looking.ages]
    for flag in flags:
        what = what * 2 + flag
    many = np.bincount(owner, minlength=end - first)[owner] > 1
    near = (np.abs(until - now) < margin) | (at > now) | (~given & many)  # one may take another back
    near |= (consents.column("opens").to_numpy() > 0) | (consents.column("shuts").to_numpy() < 24 * 60)
    for age in looking.ages:
        near |= np.abs(now - at - age * DAY_S) < margin
    _, code = np.unique(what, return_inverse=True)
    np.bitwise_or.at(signature, owner, np.int64(1) << np.minimum(code, MOST_KINDS))
    alone[owner[near | (code >= MOST_KINDS)]] = True
    return signature, alone


def seconds(column: Any) -> Any:
    """A column of times as seconds since 1970, NaN where there is none."""
    return column.combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False).astype(float) / 1e6


def own_facts(first: int, end: int, looking: Looking) -> dict[int, dict[str, list[Any]]]:
    """By borrower what only they have: blocks, contacts of theirs, arrangements, disputes, first contacts."""
    back = max((counted.reach(rule) for rules in looking.counting.values() for rule in rules), default=timedelta())
    at, since = (counted.literal(told) for told in (looking.asked.at, looking.asked.at - back))
    found: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, source in FACTS.items():
        if name in looking.unasked or (name == "inbound" and not back):
            continue
        table = arrow("SELECT * FROM " + source.format(first=first, last=end - 1, at=at, since=since))
        for borrower, *row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            found[borrower][name].append(row)
    return found


class Told:
    """What is stored of the people of a batch, told to the gate for one of them."""

    def __init__(
        self, homes: list[tuple[str, str]], home_of: Any, consents: pa.Table, of_alone: dict[int, list[Any]],
        is_dated: Any, facts: Any, attempts: Attempts, first: int,
    ) -> None:  # fmt: skip
        self.homes, self.home_of, self.facts, self.first = homes, home_of, facts, first
        self.attempts = attempts
        self.is_dated = is_dated
        self.consents, self.of_alone = consents, of_alone
        self.starts = consents.column("borrower_id").to_numpy()

    def person(self, borrower: int, *, own: bool) -> Person:
        """What is known of a borrower; `own` False: but for what only they have."""
        facts = self.facts.get(borrower, {}) if own else {}
        told = {
            "residence": self.homes[self.home_of[borrower - self.first]],
            "consents": self.of_alone.get(borrower) or self.rows(borrower),
            "unnoticed": facts.get("unnoticed", ()),
        }
        told |= {name: facts.get(name, ()) for name in ("blocks", "attempts", "inbound", "running")}
        told |= {name: [row[0] for row in facts.get(name, ())] for name in ("arranged", "disputed")}
        return known.person(told)

    def like(self, borrower: int, account: int, group: int, looking: Looking) -> Any:
        """What two people have in common of whom the gate is told the same: else the person.

        Blocks are alike that began and have no end; attempts, other blocks and dated consents are one's own.
        """
        facts = self.facts.get(borrower)
        if not facts or not facts.keys() <= {"blocks", "arranged", "disputed"}:
            return borrower, account
        blocks = []
        for kind, since, until, about, *rest in facts.get("blocks", ()):
            if since > looking.asked.at or until is not None or kind in looking.lasting:
                return borrower, account
            blocks.append((kind, about in (None, account), *rest))
        others = (account in [row[0] for row in facts.get(name, ())] for name in ("arranged", "disputed"))
        return group, self.is_dated[borrower - self.first] and borrower, tuple(blocks), *others

    def rows(self, borrower: int) -> list[tuple[Any, ...]]:
        """The consents of a borrower, as rows."""
        low, high = np.searchsorted(self.starts, [borrower, borrower + 1]).tolist()
        columns = self.consents.slice(low, high - low).columns[1:]
        return list(zip(*(column.to_pylist() for column in columns), strict=True))


def keep_refused(screened: Screened, asked: Asked, by: str) -> None:
    """Keep the refusals of a batch, each with its rules and what the gate was told; `screened`: of one like them.

    Of attempts that no rule refuses for, which it was not told, each borrower's own are kept.
    """
    refused = np.flatnonzero(~screened.allowed)
    borrower, account, code = (column[refused] for column in (screened.borrower, screened.account, screened.code))
    with connection.cursor() as cursor:
        answers = [kept(screened, one, asked) for one in np.unique(code).tolist()]
        own = own_attempts(screened.attempts, borrower)
        arrays = [array(column.tolist()) for column in (borrower, account, code)]
        values = [asked.channel, asked.purpose, asked.at, by, *arrays, json.dumps(answers), json.dumps(own)]
        cursor.execute(KEEP, values)


def kept(screened: Screened, code: int, asked: Asked) -> dict[str, Any]:
    """One of the answers as it is kept."""
    answer, person = screened.answers[code], screened.told[code]
    return {
        "code": code,
        "refusals": contact.refusals(answer),
        "next_at": None if answer.next_at is None else answer.next_at.isoformat(),
        "fault": answer.fault,
        "inputs": {**contact.inputs(person, asked), "screened": True},
        "rule_set": contact.rule_set(person, asked.at),
    }


def own_attempts(attempts: Attempts, borrower: Any) -> dict[int, Any]:
    """By borrower, of these, the attempts that the gate was not told."""
    is_one = np.zeros(len(attempts.is_near), dtype=bool)
    is_one[borrower - attempts.first] = True
    rows = attempts.rows(is_one & ~attempts.is_near)
    return {one: [contact.plain(known.attempt(row)) for row in told] for one, told in rows.items()}
