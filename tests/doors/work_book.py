"""Work for the lender's people: something waits in each queue of the book of these tests; each role has somebody."""

import sys
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "laws"))
ROLES = ("care", "recovery", "risk", "finance", "compliance", "operator")
PASSWORD = "pia has a passkey"
SAID: dict[str, Any] = {"by": "ada", "reason": "told by somebody at some length, so that the row is long"}


def waits(book: dict[str, int]) -> None:
    """Something waits in each queue."""
    from duecourse.book.tables import SetAside
    from duecourse.care import complaints, disputes, promises
    from duecourse.intake.tables import File, Quarantined
    from duecourse.personal import erasing
    from duecourse.servicing import read

    now, today = datetime.now(UTC), datetime.now(UTC).date()
    of = {"account": book["L-1"], "person": read.borrower_of(number="L-1"), "at": now, "channel": "call", **SAID}
    promises.promise(amount_minor=1_000, due_on=today + timedelta(days=2), key="p", **of)
    complaints.receive(about="charges", text="too dear " * 40, key="c", **of)
    disputes.open_dispute(kind="amount", text="not mine", amount_minor=500, key="d", **of)
    file = File.objects.create(kind="payments", digest=b"f", name="payments-of-a-long-name-2005-06.csv", rows=40)
    Quarantined.objects.create(file=file, row=3, field="amount", code="not_an_amount", reason="it is no amount " * 8)
    SetAside.objects.create(
        account_id=book["L-4"], shard=0, day=date(2005, 6, 9), message="interest base below zero " * 5
    )
    erasing.ask(person=read.borrower_of(number="L-4"), on=today, by="borrower")
    an_incident(book)
    cases()
    an_agency()


def an_incident(book: dict[str, int]) -> None:
    """An outage at a bank, on which a payment of L-2 could not be made."""
    from duecourse.care import incidents
    from duecourse.servicing import payments

    paid = payments.receive(
        account=book["L-2"], amount_minor=5_000, received_on=date(2005, 6, 10), key="late", channel=3
    )
    number = incidents.open_incident(
        from_at=datetime(2005, 6, 1, 1, tzinfo=UTC), to_at=datetime(2005, 6, 1, 4, tzinfo=UTC), channels=[3],
        cause="bank", description="the gateway was down", by="ada", key="i",
    )  # fmt: skip
    incidents.add(incident=number, account=book["L-2"], payment=paid.entry_id, tried_on=date(2005, 6, 1), **SAID)


def an_agency() -> None:
    """An agency whose terms wait for approval."""
    from agency_book import TERMS

    from duecourse.recovery import agencies

    agencies.add(code="west", name="west ltd", contact="x@agency.example", places_of=["CN"], **SAID)
    agencies.propose(agency="west", text=TERMS, **SAID)


def cases() -> None:
    """A strategy that is live and wants everybody called who is late; another that waits for approval."""
    from duecourse.recovery import cases, strategies

    house, day = files("duecourse.rules").joinpath("house/strategies"), date(2005, 6, 9)
    names = ("default", "call_everyone_daily")
    texts = [house.joinpath(f"{name}.json").read_text(encoding="utf-8") for name in names]
    waiting, live = (
        strategies.register(name=name, text=text, by="ada") for name, text in zip(names, texts, strict=True)
    )
    assert waiting == 1
    for by in ("ben", "cleo"):
        strategies.approve(strategy=live, on=day, by=by, reason="tried on the past")
    strategies.go_live(strategy=live, role=strategies.CHAMPION, on=day, by="ben", reason="tried on the past")
    assert cases.move(day=day, by="ada").cases == 2


def cookies(address: str) -> dict[str, dict[str, str]]:
    """The cookies by which somebody of each role, and bob who may do everything, is signed in."""
    from pages import client, quick_passwords

    from duecourse.web import staff

    staff.admit(username="pia", password=PASSWORD, roles=["care"])
    with quick_passwords():
        for role in ROLES:
            staff.admit(username=role, password="nobody types this one", roles=[role])
    signed_in = {name: client(name).cookies["sessionid"].value for name in ("bob", *ROLES)}
    return {name: {"name": "sessionid", "value": value, "url": address} for name, value in signed_in.items()}
