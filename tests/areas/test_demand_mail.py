"""A demand by e-mail: only to who agreed, with its PDF, posted when it is taken, no demand when it came back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sending
import test_legal
from sending import Clock, point
from test_legal import CLOSED, NOW, WHO

DAY = NOW.date()


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, server: object) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "LENDER", "好借银行")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400-000-0000")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sending.Mailbox]:
    from django.conf import settings

    with sending.mail_server() as (box, port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port=port))
        yield box


@pytest.fixture
def written(db: str) -> tuple[int, Any]:
    """A person who is late, and the demand."""
    person = test_legal.person()
    test_legal.late_loan(person)
    test_legal.offer_help()
    point(person, "email", "li@example.com")
    return person, test_legal.write()


def agree(person: int, given: bool = True) -> None:
    from duecourse.borrowers import reach

    reach.consent(
        borrower=person, kind="contact", channel="email", purpose="legal_notice", given=given,
        at=NOW - timedelta(days=9), **WHO,
    )  # fmt: skip


def queue(demand: Any) -> tuple[int, bool]:
    from duecourse.recovery import legal_demand_mail

    return legal_demand_mail.queue(demand=demand.id, at=NOW, by="bob")


def deliver(at: Any = NOW) -> dict[str, int]:
    from duecourse.recovery import sent

    return sending.deliver(Clock(at), ended=sent.ended)


def posted() -> list[tuple[Any, ...]]:
    from duecourse.recovery.legal_tables import DemandPosted

    return list(DemandPosted.objects.values_list("demand_id", "on", "reference", "by"))


def test_a_demand_goes_by_mail_with_its_pdf_and_its_notice_runs_from_the_day_on_which_it_was_taken(
    written: tuple[int, Any], box: sending.Mailbox
) -> None:
    from duecourse.borrowers.contact_tables import ContactOutcome
    from duecourse.outreach.tables import Attachment
    from duecourse.recovery import legal, legal_demand

    person, demand = written
    agree(person)
    number, is_new = queue(demand)
    assert (is_new, queue(demand)) == (True, (number, False))
    assert b"%PDF" not in bytes(Attachment.objects.get().content), "encrypted at rest"
    with pytest.raises(legal.LegalRefused, match="is queued"):
        legal_demand.post(demand=demand.id, at=NOW, reference="R-1", by="bob")
    assert posted() == []
    assert deliver() == {"sent": 1}
    (mail,) = box.taken
    (file,) = mail.iter_attachments()
    assert file.get_content() == demand.pdf
    assert (file.get_filename(), file.get_content_type()) == (f"{demand.number}.pdf", "application/pdf")
    assert "尾号 B-1" in mail.get_body(("plain",)).get_content()
    assert posted() == [(demand.id, DAY, f"message {number}", "system")]
    assert sorted(ContactOutcome.objects.values_list("outcome", flat=True)) == ["not_made", "sent"]
    assert test_legal.failed()["demand"].startswith(f"demand {demand.number}: the notice runs through")
    assert deliver() == {}


def test_a_demand_that_came_back_is_no_demand(written: tuple[int, Any], box: sending.Mailbox) -> None:
    from test_bounces import bounce

    from duecourse.outreach import bounces

    person, demand = written
    agree(person)
    queue(demand)
    deliver()
    raw = bounce(box.taken[0]["Message-ID"])
    assert bounces.take(raw=raw, at=NOW + timedelta(hours=1), by="bob") == "bounced"
    assert test_legal.failed()["demand"] == "no demand was posted"


@pytest.mark.parametrize("how", ["never agreed", "took it back", "no address"])
def test_who_did_not_agree_or_has_no_address_gets_it_by_post(written: tuple[int, Any], how: str) -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach.tables import Message
    from duecourse.recovery import legal_demand_mail

    person, demand = written
    if how != "never agreed":
        agree(person)
    if how == "took it back":
        agree(person, given=False)
    if how == "no address":
        (own,) = (one.id for one in reach.points(borrower=person) if one.kind == "email")
        reach.mark_point(borrower=person, point=own, state="dead", **{"by": "t", "reason": "bounced"})
    with pytest.raises(legal_demand_mail.NotByMail):
        queue(demand)
    assert not Message.objects.exists()
    assert posted() == []


def test_a_letter_that_is_true_no_longer_does_not_leave(written: tuple[int, Any], box: sending.Mailbox) -> None:
    from duecourse.outreach import messages
    from duecourse.servicing import loans, read

    person, demand = written
    agree(person)
    number, _ = queue(demand)
    account = read.id_of(number="B-1")
    loans.pay(account=account, amount_minor=1_000, on=CLOSED + timedelta(days=1), key="a part")
    assert deliver() == {"over": 1}
    step = messages.last(number)
    assert step is not None
    assert step.detail == "another amount is owed than the attached letter says"
    assert (box.taken, posted()) == ([], [])


def test_in_the_united_kingdom_a_demand_is_on_paper() -> None:
    from duecourse.rules import legal_terms

    told = {place: legal_terms.demand_by_mail(place=place, on=DAY) for place in ("CN", "US-NY", "UK", "UK-SCT", "DE")}
    assert told == {"CN": True, "US-NY": True, "UK": False, "UK-SCT": False, "DE": False}
