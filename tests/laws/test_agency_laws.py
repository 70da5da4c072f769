"""Laws of agencies: one at a time, nothing handed over that may not be, recalls told, commission as a slow sum."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

import agency_book
import pytest
from agency_book import LAST, NAMES, TERMS, engaged, line
from effort import examples

AGENCIES = {"north": (150_001, 30), "south": (99_999, 0)}
"""The rate of each, and for how many days after a recall it earns."""
END = date(2026, 6, 30)
SECRETS = ("4711471", "asthma", "rent of a boat", "her mother")
"""What people confided: an income, a circumstance, why they cannot pay, what they complained of."""


class Had(NamedTuple):
    """As the law keeps it: an agency had a person from a day; `until` is written when it is recalled."""

    agency: str
    person: int
    since: date


class Paid(NamedTuple):
    """A payment that stands: whose it is, how much, from which day."""

    person: int
    amount: int
    on: date


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    who = agency_book.book()
    agency_book.cases_moved()
    for code, (ppm, tail) in AGENCIES.items():
        text = TERMS.partition("[[commission]]")[0].replace("tail_days = 30", f"tail_days = {tail}")
        engaged(code, terms=f"{text}[[commission]]\nfrom_days_past_due = 1\nppm = {ppm}\n")
    confide(who)
    return who


def confide(who: dict[str, int]) -> None:
    """What an agency has no business to know is told of everybody, and stands no more."""
    from duecourse.care import circumstances, complaints, hardship

    at = datetime.combine(LAST, time(1), UTC)
    said: dict[str, Any] = {"by": "t", "reason": "ended"}
    for name, person in who.items():
        household = hardship.Household(1, 0, 4_711_471, 0, 0)
        told = hardship.take(
            borrower=person, household=household, currency="TWD", cause=SECRETS[2], on=LAST, at=at, by="t"
        )
        hardship.end(hardship=told.id, at=at, **said)
        number = circumstances.note(
            person=person, kind="health", text=SECRETS[1], treat=["more_time"], review_on=END, at=at, by="t", key=name
        )
        circumstances.end(circumstance=number, at=at, **said)
        complaint = complaints.receive(
            person=person, about="contact", text=SECRETS[3], at=at, channel="call", key=name, **said
        )
        complaints.go_on(complaint=complaint, state="answered", at=at, outcome="rejected", text="no", **said)


class Life:
    """What is done with five people and two agencies day by day, and what the law keeps of it."""

    def __init__(self, who: dict[str, int], seed: int) -> None:
        self.who = {name: who[name] for name in NAMES if name != "fei"}
        self.chance = Random(seed)
        self.day, self.number = LAST, 0
        self.had: dict[str, Had] = {}
        self.until: dict[str, date] = {}
        self.paid: dict[int, Paid] = {}
        self.blocks: dict[int, int] = {}
        self.untold: dict[str, set[str]] = {code: set() for code in AGENCIES}

    @property
    def at(self) -> datetime:
        return datetime.combine(self.day + timedelta(days=1), time(4), UTC)

    def recalled(self, reference: str) -> None:
        self.until[reference] = max(self.day + timedelta(days=1), self.had[reference].since)
        self.untold[self.had[reference].agency].add(reference)

    def place(self, name: str) -> None:
        from duecourse.recovery import placements

        code = self.chance.choice(list(AGENCIES))
        told = {"case": agency_book.case_of(self.who[name]), "day": self.day, "at": self.at, "by": "t", "reason": "law"}
        row = placements.place(agency=code, **told)
        self.had[row.reference] = Had(code, self.who[name], row.on)

    def recall(self, name: str) -> None:
        from duecourse.recovery import placements

        standing = [one for one, had in self.had.items() if had.person == self.who[name] and one not in self.until]
        for reference in standing:
            placements.recall(reference=reference, day=self.day, by="t", reason="law")
            self.recalled(reference)

    def due(self, name: str) -> None:
        from duecourse.recovery import placements

        for reference, _ in placements.recall_due(day=self.day, at=self.at, by="t"):
            self.recalled(reference)

    def block(self, name: str) -> None:
        from duecourse.borrowers import reach

        kind = self.chance.choice(["dispute", "promise", "arrangement", "breathing_space"])
        told = {"since": self.at - timedelta(minutes=5), "by": "t", "reason": ""}
        self.blocks[reach.block(borrower=self.who[name], kind=kind, **told)] = self.who[name]

    def unblock(self, name: str) -> None:
        from duecourse.borrowers import reach

        for number in [one for one, person in self.blocks.items() if person == self.who[name]]:
            told = {"at": self.at - timedelta(minutes=1), "by": "t", "reason": ""}
            reach.end_block(borrower=self.blocks.pop(number), block=number, **told)

    def pay(self, name: str) -> None:
        from duecourse.servicing import payments

        amount, on = self.chance.randrange(1, 9_999), self.day + timedelta(days=1 - self.chance.choice([0, 0, 0, 9]))
        receipt = payments.receive(account=line(name), amount_minor=amount, received_on=on, key=f"law {self.number}")
        self.paid[receipt.entry_id] = Paid(self.who[name], amount, on)

    def reverse(self, name: str) -> None:
        from duecourse.servicing import payments

        own = [entry for entry, paid in self.paid.items() if paid.person == self.who[name]]
        if own:
            entry = self.chance.choice(own)
            told = {"reason": "law", "by": "t", "key": f"law back {entry}"}
            payments.reverse(account=line(name), entry=entry, **told)
            del self.paid[entry]

    def close(self, name: str) -> None:
        from duecourse.book import close

        self.day += timedelta(days=self.chance.randrange(1, 9))
        close.through(self.day)

    def file(self, name: str) -> None:
        from duecourse.recovery import agency_out

        code = self.chance.choice(list(AGENCIES))
        out = agency_out.make(agency=code, day=self.day, at=self.at, by="t")
        for reference, _ in out.recalled:
            self.recalled(reference)
        rows = list(csv.reader(io.StringIO(out.placements.content.decode())))
        assert tuple(rows[0]) == agency_out.COLUMNS
        given = {row[0].partition("-")[0] for row in rows[1:]}
        assert not {self.had[one].person for one in given} & set(self.blocks.values()), "what stands is not handed over"
        assert given == {one for one, had in self.had.items() if had.agency == code and one not in self.until}
        stops = {row[0] for row in csv.reader(io.StringIO(out.recalls.content.decode()))} - {"reference"}
        assert self.untold[code] <= stops, "every recall shows in the next file"
        self.untold[code] -= stops
        whole = (out.placements.content + out.recalls.content).decode()
        assert not [one for one in SECRETS if one in whole]
        assert not {cell for row in rows for cell in row} & {*self.who, "ben2"}

    def step(self) -> None:
        self.number += 1
        todo = (
            ["place"] * 5
            + ["recall", "due", "block", "unblock", "reverse"]
            + ["pay"] * 4
            + ["close"] * 2
            + ["file"] * 2
        )
        try:
            getattr(self, self.chance.choice(todo))(self.chance.choice(list(self.who)))
        except Exception as refused:
            if not isinstance(getattr(type(refused), "code", None), str):
                raise
        standing = [had.person for one, had in self.had.items() if one not in self.until]
        assert len(standing) == len(set(standing)), "nobody is with two agencies at once"

    def earned(self) -> dict[str, int]:
        """The slow sum: each payment by each day and each agency that may have had the person then."""
        found = dict.fromkeys(AGENCIES, 0)
        for paid in self.paid.values():
            own = [(one, had) for one, had in self.had.items() if had.person == paid.person]
            holding = [
                had for one, had in own if had.since <= paid.on and (one not in self.until or paid.on < self.until[one])
            ]
            trailing = sorted(
                (self.until[one], number, had) for number, (one, had) in enumerate(own)
                if one in self.until and had.since < self.until[one] <= paid.on
                and (paid.on - self.until[one]).days < AGENCIES[had.agency][1]
            )  # fmt: skip
            who = holding[0] if holding else trailing[-1][2] if trailing else None
            if who:
                found[who.agency] += paid.amount * AGENCIES[who.agency][0]
        return found


@pytest.mark.parametrize("seed", range(examples(4).max_examples))
def test_agencies_hold_to_their_laws_whatever_happens(made: dict[str, int], db_copy: str, seed: int) -> None:
    from duecourse.book import close
    from duecourse.recovery import agency_commission
    from duecourse.recovery.agency_tables import CommissionLine, Placement

    life = Life(made, seed)
    while life.number < 120 and life.day < END - timedelta(days=12):
        life.step()
    close.through(END)
    assert Placement.objects.count() == len(life.had) > 1
    slow = life.earned()
    for code in AGENCIES:
        stated = [
            one for month in (4, 5, 6)
            for one in agency_commission.state(agency=code, month=date(2026, month, 1), by="t")
        ]  # fmt: skip
        assert (
            sum(one.row.commission_minor for one in stated) * 10**6 + (stated[-1].row.carried_micro if stated else 0)
            == slow[code]
        )
        assert sum(line.amount_minor * line.commission_ppm for one in stated for line in one.lines) == slow[code]
    entries = list(CommissionLine.objects.values_list("entry_id", flat=True))
    assert len(entries) == len(set(entries))
