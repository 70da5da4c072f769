"""Sending what is queued: each message once, only while it is true, only if the contact gate allows it that moment.

A step `trying` is written before a message is handed over. Who finds it without an answer, and nobody at work on it,
knows that its sender died: the message may have been taken, so it ends as `unknown` unless its route takes keys
(docs/decisions/0010). Who is at work holds a lock that PostgreSQL gives back when their connection ends.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction

from duecourse import telemetry
from duecourse.borrowers import reach

from . import channels, compose, contact, messages, receipts, stopping
from .channels import INBOX, Route
from .handed import Answer, Letter
from .mail import Post
from .messages import BOUNCED, FAILED, OVER, REFUSED, SENT, TRYING, UNKNOWN, WAITS
from .tables import InboxItem, Message, MessageStep

BATCH = 500
MOST_TRIES = 6
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
"""Between two tries: doubled each time, so that six of them take half an hour."""
LOOKS_BACK = timedelta(days=30)
"""Messages whose use has been over for longer are not looked at any more."""
OUTCOME = {SENT: "sent", FAILED: "not_made", BOUNCED: "not_connected"}
"""What the contact gate is told. Of an unknown one nothing: it counts as the worst it may be."""
FAULTY = "faulty"
"""What is counted where something is wrong with a message itself; its step names the code, and it waits."""
READY = """
SELECT m.id FROM outreach_message m LEFT JOIN LATERAL (SELECT step, next_at FROM outreach_message_step
    WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s ON true
WHERE m.id > %(after)s AND m.not_before <= %(now)s AND m.not_after > %(since)s
  AND (s.step IS NULL OR s.step = 'trying' OR (s.step IN ('waits', 'failed') AND s.next_at <= %(now)s))
ORDER BY m.id LIMIT %(most)s
"""
Clock = Callable[[], datetime]
Ended = Callable[[Message], None]
"""Told of each message that has come to its end, in the transaction that says so: what it was sent for may follow."""


class Pace:
    """Lets so many a second through on a route: who comes too early waits."""

    def __init__(self, seconds: Callable[[], float], wait: Callable[[float], None]) -> None:
        self.seconds, self.wait = seconds, wait
        self.free: dict[str, float] = {}

    def keep(self, route: Route) -> None:
        """Wait until the route is free, and take its next place."""
        now = self.seconds()
        free = self.free.get(route.name, now)
        if free > now:
            self.wait(free - now)
        self.free[route.name] = max(free, now) + 1 / route.per_second


class Sender:
    """One who sends: the routes, the open connections to mail servers, the pace, who is told of ends."""

    def __init__(self, *, now: Clock, by: str, pace: Pace, ended: Ended) -> None:
        self.now, self.by, self.pace, self.ended = now, by, pace, ended
        self.routes = channels.routes()
        self.posts: dict[str, Post] = {}

    def hand_over(self, route: Route, letter: Letter) -> Answer:
        """Give a message to its route; whatever goes wrong there, it may have been taken."""
        self.pace.keep(route)
        try:
            if route.is_smtp:
                return self.posts.setdefault(route.name, Post(route)).hand_over(letter)
            return channels.by_apprise(route, letter)
        except Exception as fault:  # the program of a channel: nobody knows how far it came
            return Answer(UNKNOWN, type(fault).__name__)

    def add(self, message: Message, before: MessageStep | None, step: str, **told: Any) -> MessageStep:
        """Write down what became of a message; if that is its end, whoever waits for it is told with it."""
        with transaction.atomic():
            written = messages.add(message, before, step, by=self.by, **told)
            if messages.ends(written):
                self.ended(message)
        return written

    def close(self) -> None:
        """Shut the connections."""
        for post in self.posts.values():
            post.close()


@telemetry.job("messages")
def deliver(
    *,
    now: Clock,
    seconds: Callable[[], float],
    wait: Callable[[float], None],
    by: str,
    tell: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    ended: Ended = lambda message: None,
) -> Counter[str]:
    """Send all that is ready, and answer how many came out how. `stop` is asked between two messages."""
    sender = Sender(now=now, by=by, pace=Pace(seconds, wait), ended=ended)
    came: Counter[str] = Counter()
    count, after = waiting(now()), 0
    try:
        while ids := ready(now(), after):
            for message in ids:
                if stop():
                    return came
                came[one(sender, message)] += 1
                if tell:
                    tell(came.total(), max(count, came.total()))
            after = ids[-1]
    finally:
        sender.close()
    return came


def ready(now: datetime, after: int, most: int = BATCH) -> list[int]:
    """The next messages that may be sent now, by their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(READY, {"now": now, "since": now - LOOKS_BACK, "after": after, "most": most})
        return [row[0] for row in cursor.fetchall()]


def waiting(now: datetime) -> int:
    """How many messages may be sent now."""
    return len(ready(now, 0, 10**7))


@contextmanager
def alone(message: int) -> Iterator[bool]:
    """Whether nobody else is at work on a message; nobody else will be, meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(11, (%s %% 2147483648)::int)", [message])
        got = cursor.fetchone()[0]
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(11, (%s %% 2147483648)::int)", [message])


def one(sender: Sender, number: int) -> str:
    """Send one message, if it is still to be sent, true and allowed; answers the step that it came to."""
    with alone(number) as got:
        if not got:
            return "elsewhere"
        message = Message.objects.get(id=number)
        before = messages.last(number)
        try:
            return step(sender, message, before)
        except IntegrityError as fault:
            if "outreach_message_step_once" not in str(fault):
                raise
            return "elsewhere"
        except DatabaseError:
            raise
        except Exception as fault:  # one faulty message does not keep the others
            return set_aside(sender, message, before, fault)


def set_aside(sender: Sender, message: Message, before: MessageStep | None, fault: Exception) -> str:
    """Let a message wait that something is wrong with, unless it may have been handed over already."""
    now = messages.last(message.id)
    if (now and now.number) != (before and before.number):
        raise fault
    at = sender.now()
    code = str(getattr(type(fault), "code", type(fault).__name__))
    sender.add(message, before, WAITS, at=at, detail=code, next_at=at + LONGEST_WAIT)
    return FAULTY


def step(sender: Sender, message: Message, before: MessageStep | None) -> str:
    """The next step of a message that nobody else is at work on."""
    at = sender.now()

    def end(what: str, detail: str = "", **more: Any) -> str:
        sender.add(message, before, what, at=at, detail=detail, **more)
        return what

    if before and (before.step in messages.ENDS or (before.next_at is None and before.step != TRYING)):
        return "elsewhere"
    if before and before.next_at and before.next_at > at:
        return "elsewhere"
    to = address(message)
    route = channels.route_for(message.channel, to, sender.routes)
    if before and before.step == TRYING and not (route and route.takes_key):
        return end(UNKNOWN, "the sender died while it handed the message over", decision=before.decision_id)
    if at > message.not_after:
        return end(OVER, "its use is over")
    if message.due_on is not None:
        left = compose.left(message)
        if left != message.amount_minor:
            return end(OVER, compose.replaced(message, left, by=sender.by))
    if route is None:
        return end(WAITS, f"no route for {message.channel}", next_at=at + LONGEST_WAIT)
    return tried(sender, route, message, before, to)


def address(message: Message) -> str:
    """The number or address that a message goes to, in clear; "" for the inbox."""
    if message.point_id is None:
        return ""
    return next((one.value for one in reach.points(borrower=message.borrower_id) if one.id == message.point_id), "")


def tried(sender: Sender, route: Route, message: Message, before: MessageStep | None, to: str) -> str:
    """Ask the gate, say that it is being tried, hand it over, say what came of it."""
    at = sender.now()
    number = before.number + 1 if before else 1
    content = "stop_confirmed" if message.moment == compose.CONFIRMS_STOP else "debt"
    with transaction.atomic():  # the decision and the try stand together or not at all
        decision = contact.may_we(
            person=message.borrower_id, channel=message.channel, purpose=message.purpose, at=at, by=sender.by,
            about=message.account_id, point=message.point_id, content=content,
            text=f"{message.subject}\n{message.text}", key=f"message:{message.id}:{number}",
        )  # fmt: skip
        answer = decision.answer
        if not answer.allowed:
            later = answer.next_at if answer.next_at and answer.next_at <= message.not_after else None
            rules = ", ".join(one.id for one in answer.refusals)
            sender.add(
                message, before, WAITS if later else REFUSED, at=at, detail=rules, next_at=later, decision=decision.id
            )
            return WAITS if later else REFUSED
        if route.name == INBOX:
            InboxItem.objects.create(message_id=message.id, borrower_id=message.borrower_id, at=at)
            sender.add(message, before, SENT, at=at, decision=decision.id)
            contact.tell(decision=decision.id, outcome="sent", at=at, by=sender.by)
            return SENT
        trying = sender.add(message, before, TRYING, at=at, decision=decision.id, detail=route.name)
    told = sender.hand_over(route, letter(message, to, at))
    return answered(sender, route, message, trying, told)


def letter(message: Message, to: str, at: datetime) -> Letter:
    """A message on its way."""
    can_stop = message.purpose != "legal_notice" and compose.may_stop(message.moment)
    stop_url = stopping.address(borrower=message.borrower_id, channel=message.channel) if can_stop else ""
    return Letter(
        to, message.subject, message.text, message.html, message.key, message.language, messages.mail_id(message),
        stop_url, receipts.address(message), at, messages.attached(message=message.id),
    )  # fmt: skip


def answered(sender: Sender, route: Route, message: Message, trying: MessageStep, told: Answer) -> str:
    """Write down what a channel answered: to the message, to the gate, to a number or address that is dead."""
    at = sender.now()
    state, again = told.state, None
    if state == FAILED or (state == UNKNOWN and route.takes_key):
        tries = MessageStep.objects.filter(message_id=message.id, step=TRYING).count()
        wait_until = at + min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
        again = wait_until if tries < MOST_TRIES and wait_until <= message.not_after else None
        state = FAILED if again else state
    with transaction.atomic():
        sender.add(message, trying, state, at=at, detail=told.detail, next_at=again, decision=trying.decision_id)
        if told.state in OUTCOME and trying.decision_id is not None:
            contact.tell(decision=trying.decision_id, outcome=OUTCOME[told.state], at=at, by=sender.by)
        if state == BOUNCED and message.point_id is not None:
            reach.mark_point(
                borrower=message.borrower_id, point=message.point_id, state="dead", by=sender.by, reason=told.detail
            )
    return WAITS if again else state
