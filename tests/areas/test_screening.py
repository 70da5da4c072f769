"""The gate over a whole book says of each account what it says of it alone."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

AT = datetime(2026, 8, 20, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(days=10, hours=6)
HOMES = (
    ("CN", "Asia/Shanghai"), ("CN", ""), ("US-NY", "America/New_York"), ("US-CA", ""), ("US-MA", "America/New_York"),
    ("US", ""), ("UK", "Europe/London"), ("DE", "Europe/Berlin"),
)  # fmt: skip
BLOCKS = ("promise", "dispute", "hardship", "breathing_space", "inconvenient_time", "opted_out", "deceased")


def facts(draw: random.Random, borrower: int, account: int) -> None:
    """Tell some things of a borrower, or nothing at all."""
    from duecourse.borrowers import reach
    from duecourse.outreach import contact

    said = {"borrower": borrower, "by": "alice", "reason": "test"}
    if draw.random() < 0.95:
        place, zone = draw.choice(HOMES)
        reach.reside(place=place, zone=zone, language="en", **said)
    for channel in ("sms", "call", ""):
        if draw.random() < 0.5:
            at = AT - timedelta(days=draw.choice([1, 3, 6, 7, 8, 30, 59, 60, 61, 200]), hours=draw.randrange(24))
            until = AT + timedelta(days=draw.choice([-1, 1, 9])) if draw.random() < 0.2 else None
            reach.consent(kind="contact", channel=channel, given=draw.random() < 0.8, at=at, until=until, **said)
    if draw.random() < 0.2:
        reach.block(
            kind=draw.choice(BLOCKS), since=AT - timedelta(days=draw.choice([1, 59, 61])), opens=480, shuts=900,
            until=draw.choice([None, AT + timedelta(days=3)]), account=draw.choice([None, account, 10**6]), **said,
        )  # fmt: skip
    if draw.random() < 0.1:
        reach.inbound(channel="call", outcome="connected", at=AT - timedelta(days=4), account=account, **said)
    for _ in range(draw.choice([0, 0, 0, 1, 4])):
        at = AT - timedelta(hours=draw.randrange(1, 200))
        channel = draw.choice(["call", "sms"])
        told = contact.may_we(person=borrower, channel=channel, purpose="collection", at=at, by="alice", about=account)
        if told.answer.allowed and draw.random() < 0.8:
            outcome = draw.choice(
                ["connected", "unanswered", "not_made"] if channel == "call" else ["sent", "not_made"]
            )
            contact.tell(decision=told.id, outcome=outcome, at=at, by="alice")


def alone(borrower: int, account: int, channel: str, purpose: str, at: datetime = AT) -> Any:
    """What the gate says of one account, from what is stored of its borrower."""
    from duecourse.outreach import contact, known
    from duecourse.outreach.asked import Asked

    told = contact.facts(person=borrower, channel=channel, purpose=purpose, at=at)
    return contact.decided(told, Asked(channel, purpose, at, known.name(account)))[1]


def recent(borrower: int, channel: str, purpose: str) -> set[str]:
    """When a borrower was contacted within a day, if their place has rules that count it."""
    from duecourse.outreach import contact, known

    told = known.person(contact.facts(person=borrower, channel=channel, purpose=purpose, at=AT))
    attempts = told.attempts if told.place else ()
    return {str(one.at) for one in attempts if not one.inbound and one.at > AT - timedelta(days=1)}


@pytest.fixture
def book(db: str) -> list[tuple[int, int]]:
    from duecourse.borrowers import people
    from duecourse.servicing import agreed
    from duecourse.servicing.tables import Account, Terms

    day = date(2026, 8, 20)
    terms = agreed.freeze(product="line_demo", agreed=agreed.in_force(product="line_demo", day=day))
    product = Terms.objects.get(id=terms).product_id
    borrowers = people.enrol(source="test", references=[str(one) for one in range(250)])
    owners = [*borrowers, *borrowers[:50]]
    Account.objects.bulk_create(
        Account(id=1_000 + n, number=f"A-{n}", borrower_id=one, product_id=product, terms_id=terms, opened_on=day)
        for n, one in enumerate(owners)
    )
    draw = random.Random(7)
    found = list(Account.objects.order_by("borrower_id", "id").values_list("borrower_id", "id"))
    for borrower, account in found:
        facts(draw, borrower, account)
    return found


def test_each_account_gets_the_answer_it_would_get_alone(book: list[tuple[int, int]]) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.outreach import contact, screening

    for channel, purpose in (("sms", "reminder_before_due"), ("call", "collection"), ("sms", "marketing")):
        before = ContactDecision.objects.count()
        batches = list(screening.screen(channel=channel, purpose=purpose, at=AT, by="bob"))
        found = {
            (int(borrower), int(account)): batch.answers[code]
            for batch in batches
            for borrower, account, code in zip(batch.borrower, batch.account, batch.code, strict=True)
        }
        assert list(found) == book
        expected = {pair: alone(*pair, channel, purpose) for pair in book}
        assert {pair: (one.allowed, contact.refusals(one), one.next_at) for pair, one in found.items()} == {
            pair: (one.allowed, contact.refusals(one), one.next_at) for pair, one in expected.items()
        }
        assert 20 < sum(one.allowed for one in expected.values()) < 280
        kept = ContactDecision.objects.filter(id__gt=before, by="bob", channel=channel, purpose=purpose)
        refused = {pair for pair, one in expected.items() if not one.allowed}
        assert {(row.borrower_id, row.account_id) for row in kept} == refused
        for row in kept:
            told = row.inputs["person"].get("attempts", [])
            assert recent(row.borrower_id, channel, purpose) <= {one["at"] for one in told}
            assert row.inputs["asked"]["channel"] == channel
            assert bool(row.rule_set) == bool(row.inputs["person"].get("place")), "no place, no rules"
        assert len({len(batch.answers) for batch in batches}) == 1


def test_who_is_at_a_cap_is_refused_for_it_and_who_is_one_below_is_not(book: list[tuple[int, int]]) -> None:
    """Of a cap on messages a day everywhere; below it the attempts are kept beside what else refuses."""
    from duecourse.borrowers import reach
    from duecourse.borrowers.contact_tables import ContactDecision, ContactOutcome
    from duecourse.outreach import screening

    said = {"by": "alice", "reason": "test"}
    sent = dict(zip((one for one, account in book[-9:]), (0, 1, 4, 5, 6, 4, 5, 5, 4), strict=True))
    for borrower, count in sent.items():
        reach.reside(borrower=borrower, place="DE", zone="Europe/Berlin", language="en", **said)
        reach.consent(borrower=borrower, kind="contact", channel="sms", given=True, at=AT - timedelta(days=2), **said)
        for hour in range(count):
            at = LATER - timedelta(hours=hour)
            made = ContactDecision.objects.create(
                borrower_id=borrower, channel="sms", purpose="marketing", relation="self", at=at, allowed=True,
                refusals=[], fault="", inputs={}, rule_set="", key="", by="test",
            )  # fmt: skip
            ContactOutcome.objects.create(decision_id=made.id, outcome="sent", at=at, by="test", note="")
    asked = {"channel": "sms", "purpose": "reminder_before_due"}
    (batch,) = screening.screen(at=LATER, by="bob", **asked)
    for borrower, account, code in zip(batch.borrower, batch.account, batch.code, strict=True):
        if int(borrower) in sent:
            is_capped = "HOUSE-MESSAGES" in [one.id for one in batch.answers[code].refusals]
            assert is_capped == (sent[int(borrower)] >= 5)
            assert batch.answers[code] == alone(int(borrower), int(account), *asked.values(), at=LATER)
