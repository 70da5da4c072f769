"""Laws of care: who is cared for is not dunned while it stands; promises are judged alike however money is told."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import books
import pytest
from drawn import seen
from effort import examples
from hypothesis import Phase, given
from hypothesis import strategies as st

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SAID = {"by": "alice", "reason": "told us"}
NUMBERS = itertools.count()


class Standing(NamedTuple):
    """What the law expects to stand against contact, about an account (None: all), from and until."""

    account: int | None
    since: datetime
    until: datetime


class Step(NamedTuple):
    """So many hours after the one before, something is done about one of two accounts or all; `days`: how long."""

    hours: int
    do: str
    account: int | None
    days: int


STEPS = st.builds(
    Step, st.integers(1, 400),
    st.sampled_from(["promise", "promise", "withdraw", "dispute", "dispute", "decide", "breathe", "breathe_out",
                     "represent", "represent", "dismiss", "die", "revive"]),
    st.sampled_from([0, 1, None]), st.integers(0, 30),
)  # fmt: skip


def midnight(day: date) -> datetime:
    """The beginning of a day in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


class Told:
    """A person of whom things are noted, and what the law expects to stand."""

    def __init__(self) -> None:
        from duecourse.borrowers import people, reach
        from duecourse.servicing import accounts

        self.key = f"{next(NUMBERS)}"
        self.person = people.enrol(source="law", references=[self.key])[0]
        reach.reside(borrower=self.person, place="UK", zone="Europe/London", language="en", **SAID)
        self.accounts = [
            accounts.open_line(
                number=f"{self.key}-{i}", borrower_id=self.person, product="line_demo", limit_minor=1_000,
                on=START.date(),
            )
            for i in (0, 1)
        ]  # fmt: skip
        self.standing: list[Standing] = []
        self.open: dict[str, list[tuple[int, int]]] = {}
        self.at = START

    def step(self, number: int, step: Step) -> None:
        """Do a step; what is refused leaves everything as it stood."""
        self.at += timedelta(hours=step.hours)
        account = None if step.account is None else self.accounts[step.account]
        try:
            getattr(self, step.do)(account, step.days, f"{self.key}:{number}")
        except Exception as fault:
            if not isinstance(getattr(type(fault), "code", None), str):
                raise

    def begun(self, what: str, number: int, account: int | None, since: datetime, until: datetime) -> None:
        """Keep what has begun, so that it can be ended."""
        self.open.setdefault(what, []).append((number, len(self.standing)))
        self.standing.append(Standing(account, since, until))

    def ended(self, what: str, end: Callable[[int], object]) -> None:
        """End the first of its kind, if the end is not refused."""
        if self.open.get(what):
            number, place = self.open[what].pop(0)
            end(number)
            told = self.standing[place]
            self.standing[place] = told._replace(until=min(told.until, self.at))

    def promise(self, account: int | None, days: int, key: str) -> None:
        from duecourse.care import promises

        due = self.at.date() + timedelta(days=days)
        made = promises.promise(
            person=self.person,
            account=account,
            amount_minor=100,
            due_on=due,
            at=self.at,
            channel="call",
            key=key,
            **SAID,
        )
        self.begun("promise", made.promise, account, self.at, midnight(due + timedelta(days=4)))

    def withdraw(self, *_: Any) -> None:
        from duecourse.care import promises

        self.ended("promise", lambda number: promises.withdraw(promise=number, at=self.at, **SAID))

    def dispute(self, account: int | None, days: int, key: str) -> None:
        from duecourse.care import disputes

        kind = {"kind": "identity_theft"} if account is None else {"kind": "amount", "amount_minor": 100}
        number = disputes.open_dispute(
            person=self.person, account=account, text="", at=self.at, channel="call", key=key, **kind, **SAID
        )
        self.begun("dispute", number, account, self.at, datetime.max.replace(tzinfo=UTC))

    def decide(self, account: int | None, days: int, key: str) -> None:
        from duecourse.care import disputes

        state = disputes.OUTCOMES[days % 4]
        self.ended("dispute", lambda number: disputes.go_on(dispute=number, state=state, at=self.at, **SAID))

    def breathe(self, account: int | None, days: int, key: str) -> None:
        from duecourse.care import breathing_spaces

        first = self.at.date() + timedelta(days=days - 10)
        number = breathing_spaces.begin(
            person=self.person, kind="standard", begins_on=first, reference="law", key=key, **SAID
        )
        self.begun("space", number, None, midnight(first), midnight(first + timedelta(days=60)))

    def breathe_out(self, *_: Any) -> None:
        from duecourse.care import breathing_spaces

        self.ended("space", lambda number: breathing_spaces.end(breathing_space=number, at=self.at, **SAID))

    def represent(self, account: int | None, days: int, key: str) -> None:
        from duecourse.care import representatives

        first = self.at.date() + timedelta(days=days - 10)
        last = first + timedelta(days=days) if days % 2 else None
        number = representatives.represent(
            person=self.person, account=account, kind="debt_adviser", name="n", point_kind="email", point="p",
            authority_from=first, authority_to=last, key=key, **SAID,
        )  # fmt: skip
        until = datetime.max.replace(tzinfo=UTC) if last is None else midnight(last + timedelta(days=1))
        self.begun("adviser", number, account, midnight(first), until)

    def dismiss(self, *_: Any) -> None:
        from duecourse.care import representatives

        self.ended("adviser", lambda number: representatives.end(representative=number, at=self.at, **SAID))

    def die(self, *_: Any) -> None:
        from duecourse.care import legal_states

        block = legal_states.deceased(person=self.person, at=self.at, **SAID)
        self.begun("death", block, None, self.at, datetime.max.replace(tzinfo=UTC))

    def revive(self, *_: Any) -> None:
        from duecourse.care import legal_states

        self.ended("death", lambda _: legal_states.end(person=self.person, kind="deceased", at=self.at, **SAID))

    def is_barred(self, account: int, at: datetime) -> bool:
        """Whether the law expects that nobody collects about an account at an instant."""
        return any(one.account in (None, account) and one.since <= at < one.until for one in self.standing)

    def refuses(self, account: int, at: datetime) -> bool:
        """Whether the gate refuses a letter of collection about an account."""
        from duecourse.outreach import contact

        told = contact.may_we(
            person=self.person, channel="letter", purpose="collection", at=at, by="bob", about=account
        )
        return not told.answer.allowed


@examples(40)
@given(st.lists(STEPS, min_size=4, max_size=14), st.lists(st.integers(0, 2_400), min_size=3, max_size=8))
@pytest.mark.usefixtures("module_db")
def test_who_is_cared_for_is_dunned_exactly_when_nothing_stands(steps: list[Step], hours: list[int]) -> None:
    told = Told()
    for number, step in enumerate(steps):
        told.step(number, step)
        for account in told.accounts:
            assert told.refuses(account, told.at) == told.is_barred(account, told.at)
    for later in hours:
        at = told.at + timedelta(hours=later)
        for account in told.accounts:
            assert told.refuses(account, at) == told.is_barred(account, at), (at, told.standing)


DAYS = 12
PROMISED = st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(1, 30))
"""Day made, days until the promised one, amount."""
PAID = st.tuples(st.integers(0, DAYS), st.integers(1, 30), st.integers(0, 6), st.booleans())
"""Day from which it counts, amount, days until it is told, whether it is reversed on the day after it was told."""
LIVES = st.tuples(st.lists(PROMISED, min_size=1, max_size=2), st.lists(PAID, max_size=5))


@pytest.mark.slow
@examples(3, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(LIVES, min_size=12, max_size=12))
@pytest.mark.usefixtures("db")
def test_promises_are_judged_alike_whether_money_is_told_in_time_or_late(lives: list[Any]) -> None:
    from duecourse.book import close
    from duecourse.care import promises
    from duecourse.servicing import accounts, payments

    books.empty()
    lines: list[tuple[int, bool, Any]] = []
    for person, (is_late, life) in enumerate(itertools.product((False, True), lives), 1):
        line = accounts.open_line(
            number=str(person), borrower_id=person, product="line_demo", limit_minor=1_000, on=START.date()
        )
        lines.append((line, is_late, life))
    seen("line", sum(len(paid) for _, _, (_, paid) in lines), sum(len(paid) for _, late, (_, paid) in lines if late))
    made: dict[int, list[int]] = {line: [] for line, _, _ in lines}
    entries: dict[tuple[int, int], int] = {}
    for day in range(DAYS + 8):
        on, at = START.date() + timedelta(days=day), START + timedelta(days=day)
        for person, (line, is_late, (promised, paid)) in enumerate(lines, 1):
            for number, (first, due, amount) in enumerate(promised):
                if first == day:
                    told = promises.promise(
                        person=person, account=line, amount_minor=amount, due_on=on + timedelta(days=due), at=at,
                        channel="call", key=f"{line}:{number}", **SAID,
                    )  # fmt: skip
                    made[line].append(told.promise)
            for number, (counts, amount, delay, bounces) in enumerate(paid):
                told_on = counts + delay * is_late
                if told_on == day and (is_late or not bounces):
                    entries[line, number] = payments.receive(
                        account=line, amount_minor=amount, received_on=START.date() + timedelta(days=counts),
                        key=f"p{line}:{number}",
                    ).entry_id  # fmt: skip
                if bounces and is_late and told_on + 1 == day:
                    payments.reverse(account=line, entry=entries[line, number], key=f"r{line}:{number}", **SAID)
        close.through(on)
        promises.judge(day=on, at=at + timedelta(days=1), by="system")
    states = {line: [verdict(one) for one in sorted(ids)] for line, ids in made.items()}
    half = len(lives)
    for (in_time, _, life), (late, _, _) in zip(lines[:half], lines[half:], strict=True):
        assert states[in_time] == states[late], life


def verdict(promise: int) -> tuple[str, date, int]:
    """What became of a promise last."""
    from duecourse.care import promises

    last = promises.newest([promise])[promise]
    return last.state, last.on, last.paid_minor
