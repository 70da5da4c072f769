"""By the API to court, through an incident, and with documents: each step asked for by a key, the second by another.

alice and bob each have a key of the lender; charlie's is a co-lender's.
"""

import base64
import io
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from api import Caller, key_of

sys.path.append(str(Path(__file__).parents[1] / "areas"))

from test_legal import CLOSED, FIRST, NOW, late_loan, person

OPEN = CLOSED + timedelta(days=1)
READY = "2024-05-06T12:00:00+08:00"
"""The notice of a demand posted on the open day is over."""
LINE = "I-1"


class Cast(NamedTuple):
    """Programs with keys of their own."""

    alice: Caller
    bob: Caller
    cyd: Caller


@pytest.fixture(scope="module")
def made(module_db: str) -> None:
    """A loan that is late, of somebody in Shanghai, and a line of which a payment came late."""
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, payments, purchases

    (other,) = people.enrol(source="test", references=["2"])
    line = accounts.open_line(number=LINE, borrower_id=other, product="line_demo", limit_minor=500_000, on=FIRST)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="buy")
    late_loan(person())
    payments.receive(account=line, amount_minor=50_000, received_on=OPEN, key="late", channel=3)


@pytest.fixture
def cast(made: None, db_copy: str) -> Cast:
    return Cast(*(Caller(key_of()) for _ in range(3)))


def ok(answer: Any) -> Any:
    """What was answered, which is no problem."""
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(answer: Any) -> tuple[int, str]:
    """The status and code of a refusal."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_the_way_to_court_is_gone_by_two_keys(cast: Cast) -> None:
    from duecourse.book import close

    alice, bob, why = cast.alice, cast.bob, "no answer since January"
    assert ok(alice.get("/accounts/B-1/limitation", on="2024-04-01"))["ends_on"] == "2027-03-02"
    checks = ok(alice.get("/accounts/B-1/legal-checks", at=NOW.isoformat()))
    assert [one["name"] for one in checks if not one["passed"]] == ["help", "demand"]
    told = {"kind": "court", "at": READY, "why": why}
    assert refused(alice.post("/accounts/B-1/proceedings", told)) == (409, "legal_checks_failed")
    helped = {"what": "installments", "channel": "call", "on": str(CLOSED), "why": why}
    ok(alice.post("/accounts/B-1/help-offers", helped))
    owned = {"kind": "spoken", "on": "2024-03-20", "source": "call 7", "why": why}
    ok(alice.post("/accounts/B-1/acknowledgements", owned))
    written = ok(alice.post("/accounts/B-1/demands", {"at": NOW.isoformat(), "why": why}, key="demand"))
    assert ok(alice.post("/accounts/B-1/demands", {"at": NOW.isoformat(), "why": why}, key="demand")) == written
    place = f"/demands/{written['number']}"
    assert alice.get(f"{place}/pdf").content.startswith(b"%PDF-")
    assert refused(alice.get("/demands/D7/pdf")) == (404, "no_such_demand")
    posted = ok(alice.post(f"{place}/posting", {"reference": "EMS 1", "at": NOW.isoformat()}))
    assert posted == {"on": str(OPEN), "pay_by": "2024-04-30"}
    one = ok(alice.post("/accounts/B-1/proceedings", told))["id"]
    filing = {"reference": "(2024) 1", "at": READY, "why": "in order"}
    assert refused(alice.post(f"/proceedings/{one}/filing", filing)) == (409, "second_person_needed")
    ok(bob.post(f"/proceedings/{one}/filing", filing))
    assert refused(bob.post("/proceedings/99/filing", filing)) == (404, "no_such_proceeding")
    close.through(date(2024, 5, 20))
    judged = {"amount_minor": 400_000, "costs_minor": 5_000, "interest_ppm": 80_000, "on": "2024-05-20",
              "reference": "judgment 1", "why": "by the court"}  # fmt: skip
    above = judged | {"amount_minor": 10**9}
    assert refused(bob.post(f"/proceedings/{one}/judgment", above)) == (422, "legal_refused")
    ok(bob.post(f"/proceedings/{one}/judgment", judged))
    stage = {"stage": "enforcement", "on": "2024-05-21", "reference": "bailiff 1", "why": "not paid"}
    ok(bob.post(f"/proceedings/{one}/stages", stage))
    settled = {"stage": "settled", "on": "2024-05-21", "why": "agreed"}
    assert refused(bob.post(f"/proceedings/{one}/stages", settled)) == (422, "legal_refused")
    assert refused(bob.post(f"/proceedings/{one}/stages", settled | {"arrangement": 9})) == (409, "proceeding_not_so")
    interest = {"through": "2024-05-21", "why": "monthly"}
    assert ok(bob.post(f"/proceedings/{one}/interest", interest))["amount_minor"] == 400_000 * 80_000 // 365_000_000
    (stands,) = ok(bob.get("/accounts/B-1/proceedings"))
    assert [one["stage"] for one in stands["stages"]] == ["prepared", "filed", "judgment", "enforcement"]
    assert stands["stages"][2]["amount_minor"] == 400_000


def test_an_evidence_pack_is_whole_and_that_it_was_made_is_kept(cast: Cast) -> None:
    from duecourse.recovery import evidence
    from duecourse.recovery.legal_tables import EvidencePack

    answer = cast.bob.get("/accounts/B-1/evidence-pack", why="suit 7", language="en")
    assert answer.headers["Content-Type"] == "application/zip"
    assert list(evidence.faults(answer.content)) == []
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    kept = EvidencePack.objects.get()
    assert (kept.reason, kept.by.startswith("lender (key ")) == ("suit 7", True)
    assert refused(cast.bob.get("/accounts/B-1/evidence-pack")) == (422, "fields_refused")


def test_an_incident_is_undone_once_two_other_keys_have_approved_what_was_found(cast: Cast) -> None:
    tried = "2024-02-21T10:00:00+08:00"
    window = {"from_at": "2024-02-21T09:00:00+08:00", "to_at": "2024-02-21T12:00:00+08:00", "channels": [3],
              "cause": "bank", "description": "the gateway was down", "within_days": 60}  # fmt: skip
    one = ok(cast.alice.post("/incidents", window, key="i"))["id"]
    assert ok(cast.alice.post("/incidents", window, key="i"))["id"] == one
    place = f"/incidents/{one}"
    attempt = {"account": LINE, "tried_at": tried, "amount_minor": 50_000, "reference": "R-1"}
    outside = attempt | {"tried_at": "2024-02-22T10:00:00+08:00"}
    assert refused(cast.alice.post(f"{place}/attempts", {"attempts": [outside]})) == (422, "incident_outside_window")
    assert ok(cast.alice.post(f"{place}/attempts", {"attempts": [attempt]}))["new"] == 1
    assert ok(cast.alice.post(f"{place}/search", {})) == {"new": 1, "waiting": 0, "in_time": 0}
    (found,) = ok(cast.alice.get(f"{place}/findings"))
    assert (found["account"], found["amount_minor"], found["paid_on"]) == (LINE, 50_000, str(OPEN))
    shown = ok(cast.alice.get(f"{place}/preview"))["items"]
    assert shown[0]["before"]["interest_minor"] > shown[0]["after"]["interest_minor"]
    why = {"why": "the bank's letter"}
    assert refused(cast.alice.post(f"{place}/approvals", why)) == (409, "incident_approved_by_opener")
    for _ in range(2):
        assert ok(cast.bob.post(f"{place}/approvals", why)) == {"approvals": 1, "needed": 2}
    assert refused(cast.alice.post(f"{place}/undoing", {})) == (409, "incident_not_approved")
    assert ok(cast.cyd.post(f"{place}/approvals", why))["approvals"] == 2
    undone = ok(cast.alice.post(f"{place}/undoing", {"limit": 1}))
    assert [one | {"done": False} for one in undone["items"]] == shown
    assert ok(cast.alice.post(f"{place}/undoing", {"cursor": undone["next_cursor"]})) == {
        "items": [], "next_cursor": ""
    }  # fmt: skip
    assert ok(cast.alice.post(f"{place}/undoing", {}))["items"][0]["done"], "undone once"
    told = {"choice": "left_out", "why": "looked again"}
    assert refused(cast.alice.post(f"/findings/{found['id']}/choices", told)) == (409, "incident_undone_before")
    assert sum(ok(cast.alice.post(f"{place}/notices", {})).values()) == 1
    (stands,) = ok(cast.alice.get("/incidents"))["items"]
    assert (stands["found"], len(stands["approved_by"]), stands["outcomes"]) == (1, 2, {"undone": 1})


@pytest.mark.parametrize("content", [b"", b"<script>alert(1)</script>", b"x%PDF-1.7"])
def test_what_is_no_document_is_not_taken(cast: Cast, content: bytes) -> None:
    place = hardship(cast.alice)
    told = {"name": "payslip.pdf", "content": base64.b64encode(content).decode()}
    assert refused(cast.alice.post(place, told)) == (422, "document_not_taken")
    assert ok(cast.alice.get(place)) == []


def hardship(caller: Caller) -> str:
    """Where the documents of a new hardship are."""
    told = {"adults": 1, "income_minor": 400_000, "essential_minor": 350_000}
    return f"/hardships/{ok(caller.post('/accounts/B-1/hardships', told))['id']}/documents"


def test_a_document_comes_in_and_out_as_it_was(cast: Cast) -> None:
    place, content = hardship(cast.alice), b"%PDF-1.7 " + b"wages" * 250_000
    told = {"name": "payslip.pdf", "content": base64.b64encode(content).decode()}
    one = ok(cast.alice.post(place, told, key="d"))["id"]
    assert ok(cast.alice.post(place, told, key="d"))["id"] == one
    (listed,) = ok(cast.alice.get(place))
    assert (listed["id"], listed["name"], "content" in listed) == (one, "payslip.pdf", False)
    answer = cast.alice.get(f"{place}/{one}")
    assert answer.content == content
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert refused(cast.alice.get(f"/hardships/99/documents/{one}")) == (404, "no_such_hardship")
    assert refused(cast.alice.post(place, told | {"content": "no base64"})) == (422, "fields_refused")
    large = told | {"content": "A" * 2_500_001}
    assert refused(cast.alice.post(place, large)) == (413, "body_too_large")


def test_a_certificate_is_read_back_by_whose_account_it_is(cast: Cast) -> None:
    from duecourse.book import close

    quote = ok(cast.alice.get(f"/accounts/{LINE}/quote"))["payoff_minor"]
    ok(cast.alice.post(f"/accounts/{LINE}/payments", {"amount_minor": quote, "received_on": str(OPEN)}))
    close.through(OPEN)
    issued = ok(cast.alice.post(f"/accounts/{LINE}/certificates", {}))["number"]
    assert cast.alice.get(f"/accounts/{LINE}/certificates/{issued}/pdf").content.startswith(b"%PDF-")
    assert refused(cast.alice.get(f"/accounts/B-1/certificates/{issued}/pdf")) == (404, "no_such_document")


def test_a_party_reads_its_own_shares_and_what_it_was_told(cast: Cast) -> None:
    from duecourse.book import close
    from duecourse.partners.webhook_tables import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookTry
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties, read

    for code in ("bank", "rival"):
        parties.introduce(code=code, name=code, by="bob")
    loan = read.id_of(number="B-1")
    funding.agree(account=loan, shares=[Funder("bank", 500_000, 0)], on=OPEN, by="bob", reason="test", key="f1")
    close.through(OPEN)
    charlie, span = Caller(key_of("bank")), {"since": str(OPEN), "through": str(OPEN)}
    told = ok(charlie.get("/parties/bank/statement", **span, limit="1"))
    assert told["lines"][0]["account"] == "B-1"
    assert told == ok(cast.alice.get("/parties/bank/statement", **span, limit="1"))
    assert refused(charlie.get("/parties/rival/statement", **span)) == (404, "unknown_party")
    assert refused(charlie.get("/parties/nobody/statement", **span)) == (404, "unknown_party")
    event = WebhookEvent.objects.create(kind="payment.received", source_id=1, account_id=loan, body={"account": "B-1"})
    for partner in ("bank", "rival", "silent"):
        endpoint = WebhookEndpoint.objects.create(partner=partner, url="x", kinds=[], secret=b"", by="b", reason="t")
        delivery = WebhookDelivery.objects.create(event=event, endpoint=endpoint)
        outcome = "failed" if partner == "silent" else "delivered"
        WebhookTry.objects.create(delivery=delivery, number=1, outcome=outcome, detail="", by="system", at=NOW)
    assert [one["partner"] for one in ok(charlie.get("/accounts/B-1/disclosures"))] == ["bank"]
    assert [one["partner"] for one in ok(cast.alice.get("/accounts/B-1/disclosures"))] == ["bank", "rival"]
