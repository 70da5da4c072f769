"""The way to court on the console: what stands against it, a demand looked at and written, two who prepare and file."""

import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "areas"))

from test_legal import CLOSED, NOW, late_loan, person

READY = datetime.combine(date(2024, 5, 6), time(4), UTC)
JUDGED = date(2024, 5, 8)
PAGE = "/accounts/B-1/legal"

pytestmark = pytest.mark.usefixtures("loan", "seen_contexts")


@pytest.fixture(scope="module")
def loan(module_db: str) -> int:
    """A loan that is late, of somebody in Shanghai; rea and dan work in recovery, cleo looks, cara cares."""
    from duecourse.web import staff

    for name, role in (("rea", "recovery"), ("dan", "recovery"), ("cleo", "compliance"), ("cara", "risk")):
        staff.admit(username=name, password=None, roles=[role])
    return late_loan(person())


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock to an instant."""
    from duecourse import clock

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)
        monkeypatch.setattr(clock, "today", instant.date)

    set_to(NOW)
    return set_to


def post(address: str = PAGE, who: str = "rea", **told: Any) -> Any:
    return client(who).post(address, {"key": uuid4().hex, "reason": "asked by the file", **told})


def refused(answer: Any, code: str) -> bool:
    return (answer.status_code, code in text(answer)) == (409, True)


def test_the_way_to_court_from_the_page(at: Any) -> None:
    from duecourse.book import close
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.recovery.legal_tables import Demand, EvidencePack, ProceedingStage
    from duecourse.servicing import read

    page = client("rea").get(PAGE)
    assert [one.what for one in page.context["checks"] if not one.passed] == [
        "Help was offered", "A demand was posted and its notice is over",
    ]  # fmt: skip
    assert "nothing was offered since 2024-03-02" in text(page)
    chinese = text(client("rea", language="zh").get(PAGE))
    assert "自 2024-03-02 起未提供过帮助" in chinese
    assert "2027-03-02" in chinese
    assert refused(post(step="look"), "legal_checks_failed")
    told = {"what": "six installments", "channel": "call", "on": CLOSED, "step": "help"}
    assert post(**told)["Location"] == PAGE

    draft = post(step="look").context["draft"]
    assert (draft.is_allowed, draft.body["pay_by"], draft.past_due) == (True, "2024-04-30", "1,025.96 CNY")
    assert not Demand.objects.exists()
    assert not ContactDecision.objects.exists()
    assert refused(post(step="demand", digest="0"), "not_as_shown")
    key = uuid4().hex
    for _ in range(2):
        assert post(step="demand", digest=draft.digest, key=key)["Location"] == PAGE
    number = Demand.objects.get().number
    assert client("cleo").get(f"/accounts/B-1/demands/{number}.pdf").content.startswith(b"%PDF")
    assert client("rea").get("/accounts/B-1/demands/D00000009.pdf").status_code == 404
    assert post(step="post", demand="D00000009", reference="1").status_code == 404
    assert refused(post(step="post", demand=number), "legal_refused"), "the post has a number of its own"
    assert refused(post(step="mail", demand=number), "demand_not_by_mail")
    assert post(step="post", demand=number, reference="EMS 1")["Location"] == PAGE
    assert refused(post(step="prepare", kind="court"), "legal_checks_failed")

    at(READY)
    assert "nothing stands against it" in text(client("rea").get(PAGE))
    assert post(step="prepare", kind="court")["Location"] == PAGE
    waits = [[cell.text for cell in row] for row in client("dan").get("/queues/approvals").context["queue"].rows]
    assert waits == [["Proceeding 1", "rea", "to be filed by another person", "–"]]
    assert "another person files it" in text(client("rea").get("/proceedings/1"))
    assert refused(post("/proceedings/1", step="file", reference="17"), "second_person_needed")
    assert post("/proceedings/1", "dan", step="file", reference="17")["Location"] == "/proceedings/1"
    assert [one.stage for one in ProceedingStage.objects.order_by("id")] == ["prepared", "filed"]
    assert [code for code, _ in client("rea").get("/proceedings/1").context["ends"]] == ["dismissed", "withdrawn"]
    assert refused(post("/proceedings/1", step="stage", stage="settled", on=READY.date()), "proceeding_not_so")

    close.through(JUDGED + timedelta(days=10))
    at(datetime.combine(JUDGED + timedelta(days=11), time(4), UTC))
    before = read.account(number="B-1").figures
    award = {"step": "judge", "amount": "4,000.00", "costs": "50", "rate": "8", "on": JUDGED, "reference": "j 1"}
    looked = post("/proceedings/1", "dan", **award)
    assert {one.name: one.after for one in looked.context["effect"] if one.is_moved}["fees"] == "50.00"
    assert read.account(number="B-1").figures == before
    award["digest"] = looked.context["digest"]
    assert refused(post("/proceedings/1", "dan", then="do", **award | {"amount": "4,000.01"}), "not_as_shown")
    assert read.account(number="B-1").figures == before
    assert post("/proceedings/1", "dan", then="do", **award)["Location"] == "/proceedings/1"
    assert read.account(number="B-1").figures["fee"] == before["fee"] + 5_000
    assert refused(post("/proceedings/1", "dan", then="do", **award), "proceeding_not_so")
    interest = {"step": "interest", "through": JUDGED + timedelta(days=10)}
    looked = post("/proceedings/1", **interest)
    (fees,) = [one for one in looked.context["effect"] if one.name == "fees"]
    assert (fees.before, fees.after, looked.context["new"]) == ("50.00", "58.76", "8.76 CNY")
    assert refused(post("/proceedings/1", then="do", **interest), "not_as_shown")
    assert post("/proceedings/1", then="do", digest=looked.context["digest"], **interest).status_code == 302
    said = text(client("cleo").get("/proceedings/1"))
    assert "awarded 4,000.00 CNY · costs 50.00 CNY · 8" in said
    assert "2024-05-18 8.76 CNY" in said

    made = post(f"{PAGE}/pack", language="en")
    assert made.content.startswith(b"PK")
    assert EvidencePack.objects.get().by == "rea"
    assert refused(post(f"{PAGE}/pack", language="fr"), "evidence_refused")


def test_papers_are_kept_encrypted_and_only_of_their_own_proceeding(at: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from duecourse.recovery.legal_tables import ProceedingDocument

    sent = SimpleUploadedFile("judgment <1>.html", b"<script>alert(1)</script>")
    assert post("/proceedings/1", step="attach", paper=sent).status_code == 302
    row = ProceedingDocument.objects.get()
    assert b"script" not in bytes(row.content)
    answer = client("cleo").get(f"/proceedings/1/papers/{row.id}")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert client("cleo").get(f"/proceedings/2/papers/{row.id}").status_code == 404
    assert client("cleo").get(f"/proceedings/1/papers/{row.id + 1}").status_code == 404
    assert refused(post("/proceedings/1", step="attach"), "legal_refused")


def test_who_may_only_look_takes_no_step_and_looks_are_kept(at: Any) -> None:
    from duecourse.borrowers.reading_tables import Reading

    before = Reading.objects.count()
    for address in (PAGE, "/proceedings/1"):
        assert "<button name" not in client("cleo").get(address).content.decode().partition("<main")[2]
        assert post(address, "cleo", step="file").status_code == 403
        assert client("cara").get(address).status_code == 403
        assert client(None).get(address).status_code == 302
    assert Reading.objects.count() == before + 2
    assert client("rea").get("/accounts/nobody/legal").status_code == 404
    assert client("rea").get("/proceedings/99").status_code == 404
    assert post(step="nothing").status_code == 404
