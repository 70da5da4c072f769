"""The borrower's own pages: who comes in, whose accounts are seen, what paying comes to, help, choices.

The cast: dora owes on L-2 and is late; emil owns L-3; bob works for the lender, and has no part in these pages.
"""

import re
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "areas"))
pytestmark = pytest.mark.usefixtures("seen_contexts")
DORA, EMIL = "dora@example.com", "emil@example.com"


@pytest.fixture(scope="module")
def people(book: dict[str, int]) -> dict[str, int]:
    """Dora and emil, who can be reached by e-mail."""
    from duecourse.borrowers import reach
    from duecourse.servicing.tables import Account

    found = {
        name: Account.objects.get(number=number).borrower_id for name, number in (("dora", "L-2"), ("emil", "L-3"))
    }
    for name, borrower in found.items():
        told = {"borrower": borrower, "by": "alice", "reason": "application"}
        reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **told)
        reach.add_point(kind="email", value=f"{name}@example.com", at_work=False, source="contract", **told)
    return found


@pytest.fixture(scope="module")
def mail(people: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real mail server that the routes name."""
    import sending
    from django.test import override_settings

    with sending.mail_server() as (box, port):
        path = sending.channels_file(tmp_path_factory.mktemp("channels"), mail_port=port)
        with override_settings(CHANNELS=path, LENDER="Lender"):
            yield box


@pytest.fixture(autouse=True)
def no_codes_before(module_db: str) -> None:
    """Each test begins with a new hour: limits count from nothing."""
    from duecourse.outreach import sign_in

    sign_in.HOUR = timedelta(0)


@pytest.fixture
def hour_counts() -> Iterator[None]:
    from duecourse.outreach import sign_in

    sign_in.HOUR = timedelta(hours=1)
    yield
    sign_in.HOUR = timedelta(0)


def asked(browser: Any, address: str, ending: str = "L-2", **more: str) -> Any:
    return browser.post("/my/in", {"address": address, "ending": ending, **more})


def code_in(box: Any, count: int) -> str:
    """The code of the newest letter, once so many have come."""
    for _ in range(200):
        if len(box.taken) >= count:
            return str(re.findall(r"\d{6}", box.taken[-1].get_content())[0])
        time.sleep(0.05)
    raise AssertionError("no letter came")


def signed_in(borrower: int, language: str = "en") -> Any:
    """A browser in which a borrower is signed in."""
    browser = client(None, language)
    session = browser.session
    session["borrower"] = borrower
    session.save()
    return browser


def test_a_code_by_mail_signs_in_once_and_says_nothing_of_the_debt(people: dict[str, int], mail: Any) -> None:
    browser, before = client(None), len(mail.taken)
    page = asked(browser, f" {DORA.upper()} ", next="/my/accounts/L-2")
    code = code_in(mail, before + 1)
    assert code not in text(page)
    assert mail.to[-1] == DORA
    letter = mail.taken[-1].get_content()
    assert "L-2" not in letter
    assert "List-Unsubscribe" not in mail.taken[-1]
    wrong = browser.post("/my/in/code", {"code": f"{(int(code) + 1) % 10**6:06d}"})
    assert wrong.status_code == 403
    key = browser.session.session_key
    done = browser.post("/my/in/code", {"code": code, "next": "/my/accounts/L-2"})
    assert (done.status_code, done.url) == (302, "/my/accounts/L-2")
    assert browser.session.session_key != key, "a session that was there before signing in is no way in"
    assert browser.get("/my/accounts/L-2").status_code == 200
    again = client(None)
    session = again.session
    session["sign_in"] = newest_code()
    session.save()
    assert again.post("/my/in/code", {"code": code}).status_code == 403
    browser.post("/my/out")
    assert browser.get("/my/").url.startswith("/my/in")


def newest_code() -> int:
    from duecourse.outreach.sign_in_tables import SignInCode

    return int(SignInCode.objects.order_by("-id").values_list("id", flat=True)[0])


@pytest.mark.parametrize(
    ("address", "ending"),
    [("nobody@example.com", "L-2"), (DORA, "L-3"), (DORA, ""), ("+8613900000000", "L-2"), ("", "")],
)
def test_who_is_not_known_gets_the_same_answer_and_no_letter(
    people: dict[str, int], mail: Any, address: str, ending: str
) -> None:
    before = len(mail.taken)
    known, other = asked(client(None), DORA), asked(client(None), address, ending)
    code_in(mail, before + 1)
    token = re.compile(r'value="\w{64}"')
    assert token.sub("", known.content.decode()) == token.sub("", other.content.decode())
    browser = client(None)
    asked(browser, address, ending)
    assert browser.post("/my/in/code", {"code": "000000"}).status_code == 403
    assert len(mail.taken) == before + 1


def test_a_code_holds_for_ten_minutes_and_five_tries(people: dict[str, int], mail: Any) -> None:
    from duecourse import clock
    from duecourse.outreach import sign_in

    now = clock.now()
    told = {"told": DORA, "ending": "L-2", "caller": "1.2.3.4"}
    first = sign_in.ask(at=now, **told)
    assert first.borrower == people["dora"]
    assert first.code is not None
    with pytest.raises(sign_in.NotProven):
        sign_in.prove(asked=first.id, code=first.code, at=now + timedelta(minutes=10, seconds=1))
    second = sign_in.ask(at=now, **told)
    for _ in range(sign_in.MOST_TRIES):
        with pytest.raises(sign_in.NotProven):
            sign_in.prove(asked=second.id, code="x", at=now)
    with pytest.raises(sign_in.NotProven):
        sign_in.prove(asked=second.id, code=second.code or "", at=now)
    third = sign_in.ask(at=now, **told)
    assert sign_in.prove(asked=third.id, code=f" {third.code} ", at=now) == people["dora"]


def test_too_many_codes_are_not_sent_whether_the_address_is_known_or_not(
    people: dict[str, int], mail: Any, hour_counts: None
) -> None:
    from duecourse import clock
    from duecourse.outreach import sign_in

    at = clock.now() + timedelta(days=2)
    for address in (EMIL, "stranger@example.com"):
        for number in range(sign_in.MOST_OF_ADDRESS):
            sign_in.ask(told=address, ending="L-9", caller=f"10.0.0.{number}", at=at)
        with pytest.raises(sign_in.TooOften):
            sign_in.ask(told=address, ending="L-9", caller="10.0.0.99", at=at)
    assert sign_in.ask(told=EMIL, ending="L-3", caller="10.0.0.99", at=at).code, "who guesses shuts nobody out"
    for number in range(sign_in.MOST_OF_CALLER):
        sign_in.ask(told=f"{number}@example.com", ending="L-3", caller="6.6.6.6", at=at)
    with pytest.raises(sign_in.TooOften):
        sign_in.ask(told="new@example.com", ending="L-3", caller="6.6.6.6", at=at)


def test_after_signing_in_nobody_is_led_elsewhere(people: dict[str, int], mail: Any) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/my/", "/accounts/L-2", "\\evil.example/my/"):
        browser, before = client(None), len(mail.taken)
        asked(browser, DORA)
        done = browser.post("/my/in/code", {"code": code_in(mail, before + 1), "next": elsewhere})
        assert done.url == "/my/", elsewhere


def my_paths(number: str) -> list[str]:
    """Every address of the portal that is about something of one's own; an address that is not here fails a test."""
    from duecourse.web.portal import urls

    told = {
        "my_home": "", "my_account": f"accounts/{number}", "my_why": f"accounts/{number}/why/owed",
        "my_statement": f"accounts/{number}/statements/2005-05-31",
        "my_statement_pdf": f"accounts/{number}/statements/2005-05-31.pdf",
        "my_receipt_pdf": f"accounts/{number}/receipts/1.pdf",
        "my_certificate_pdf": f"accounts/{number}/certificates/X.pdf", "my_messages": "messages",
        "my_choices": "choices", "my_help": "help", "my_hardship": "help/hardship", "my_options": "help/hardship/1",
        "my_answer": "help/hardship/1/answer", "my_promise": "help/promise", "my_dispute": "help/dispute",
        "my_complaint": "help/complaint", "my_pay": f"accounts/{number}/pay",
        "my_installments": f"accounts/{number}/installments",
        "my_paid": f"accounts/{number}/paid/1", "my_data": "data", "my_data_zip": "data/export", "my_kept": "kept",
    }  # fmt: skip
    open_to_all = {"my_sign_in", "my_code", "my_sign_out", "my_look"}
    assert {one.name for one in urls.urlpatterns} == {*told, *open_to_all}
    return [f"/my/{path}" for path in told.values()]


def test_every_page_asks_to_sign_in_even_staff_and_a_borrower_sees_no_page_of_the_lender(
    people: dict[str, int],
) -> None:
    for browser in (client(None), client("bob")):
        for path in my_paths("L-2"):
            ask = browser.post if path.endswith(("answer", "export")) else browser.get
            answer = ask(path)
            assert answer.status_code == 302, path
            assert answer.url.startswith("/my/in"), path
    dora = signed_in(people["dora"])
    for path in ("/", "/accounts/L-2", "/rules"):
        assert "/login" in dora.get(path).url


def test_a_part_of_a_page_that_is_asked_for_after_the_session_ended_sends_the_whole_page_to_sign_in() -> None:
    answer = client(None).get("/my/accounts/L-2?pay=10", headers={"hx-request": "true"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["HX-Redirect"] == "/my/in?next=%2Fmy%2Faccounts%2FL-2%3Fpay%3D10"


def test_nothing_of_another_person_is_a_page(people: dict[str, int], book: dict[str, int]) -> None:
    dora = signed_in(people["dora"])
    for path in my_paths("L-3"):
        if "/accounts/" in path:
            assert dora.get(path).status_code == 404, path
    from duecourse.servicing import read

    payment = next(line.id for line in read.account(number="L-3").lines if line.amounts)
    assert dora.get(f"/my/accounts/L-2/receipts/{payment}.pdf").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_page_tells_what_is_owed_and_what_comes_next(people: dict[str, int], language: str) -> None:
    from duecourse.outreach import compose
    from duecourse.servicing import read

    page = read.account(number="L-2")
    answer = signed_in(people["dora"], language).get("/my/")
    said = text(answer)
    owed = compose.money(page.figures["owed"], page.currency, page.exponent, "zh" if language != "en" else "en")
    assert owed in said
    assert page.standing.past_due > 0
    assert ("past due" if language == "en" else "逾期") in said
    assert "L-3" not in answer.content.decode()


def test_paying_more_costs_less_and_less_than_asked_is_told(people: dict[str, int]) -> None:
    from duecourse.servicing import outlook, read

    dora, page = signed_in(people["dora"]), read.account(number="L-2")
    told = dora.get("/my/accounts/L-2?pay=10").context
    ways = {one.name: one for one in told["ways"]}
    assert list(ways) == ["mine", "minimum", "half", "all"]
    assert ways["mine"].is_late
    assert not ways["half"].is_late
    held = outlook.held(account=page.account_id)
    costs = [
        outlook.if_paid(at=held, first_minor=first).cost_minor for first in (1_000, page.figures["owed"] // 2, 10**9)
    ]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == 3
    assert [ways[name].cost for name in ("mine", "half", "all")] == [told["own"].money(cost) for cost in costs]
    assert dora.get("/my/accounts/L-2?pay=12,5,x").context["is_no_amount"]
    assert "mine" not in {one.name for one in dora.get("/my/accounts/L-2?pay=1e99").context["ways"]}


def test_a_statement_its_pdf_and_a_reason_are_the_borrowers_to_see(people: dict[str, int]) -> None:
    from duecourse import clock
    from duecourse.personal.tables import Export
    from duecourse.servicing import read

    dora = signed_in(people["dora"])
    cycle = read.latest(read.account(number="L-2").statements)[0].cycle_on
    page = dora.get(f"/my/accounts/L-2/statements/{cycle}")
    assert page.status_code == 200
    assert "/my/accounts/L-2" in page.content.decode()
    assert not re.findall(r'href="/accounts', page.content.decode()), "no way to a page of the lender"
    assert dora.get(f"/my/accounts/L-2/statements/{cycle}.pdf").content.startswith(b"%PDF")
    why = dora.get("/my/accounts/L-2/why/owed")
    assert why.status_code == 200
    assert not re.findall(r'href="/accounts', why.content.decode())
    packed = ZipFile(BytesIO(dora.post("/my/data/export").content))
    assert packed.read(f"statements/L-2-{cycle}.pdf").startswith(b"%PDF")
    for _ in range(4):
        Export.objects.create(borrower_id=people["dora"], at=clock.now(), tables=1, rows=1, digest=bytes(32))
    refused = dora.post("/my/data/export", follow=True)
    assert refused.redirect_chain == [("/my/data?too_many", 302)]
    assert 'role="alert"' in refused.content.decode()


def test_a_hardship_that_was_begun_is_kept_for_its_borrower_alone_for_thirty_days(
    people: dict[str, int],
) -> None:
    from duecourse import clock
    from duecourse.care import hardship, hardship_drafts
    from duecourse.care.hardship_tables import HardshipDraft

    dora, emil = signed_in(people["dora"]), signed_in(people["emil"])
    begun = {"account": "L-2", "income": "9,00", "spending": "", "cause": "my knee" + "!" * 5_000, "step": "save"}
    saved = dora.post("/my/help/hardship", begun)
    assert saved.url == "/my/help/hardship?saved"
    assert "Come back within thirty days" in text(dora.get(saved.url))
    assert hardship.open_of(borrower=people["dora"]) is None, "nothing is asked of us by saving"
    page = dora.get("/my/help/hardship")
    assert "Saved on" in text(page)
    assert dora.get("/my/help/hardship?account=L-9").context["typed"]["account"] == "L-9", "what a link names counts"
    assert "Come back within thirty days" not in text(emil.get("/my/help/hardship?saved")), "nothing was saved"
    assert 'name="income" inputmode="decimal" required maxlength="20" value="9,00"' in page.content.decode()
    assert page.context["typed"]["cause"] == ("my knee" + "!" * 5_000)[:4_000]
    assert "begun" in text(dora.get("/my/help"))
    assert "knee" not in emil.get("/my/help/hardship").content.decode()
    assert b"knee" not in bytes(HardshipDraft.objects.get().told)
    at = clock.now() + timedelta(days=30)
    assert hardship_drafts.of(borrower=people["dora"], at=at) is None
    hardship_drafts.save(borrower=people["emil"], typed={}, at=at)
    assert HardshipDraft.objects.get().borrower_id == people["emil"], "what nobody came back to is removed"
    assert emil.post("/my/help/hardship", {"step": "forget"}).url == "/my/help"
    assert not HardshipDraft.objects.exists()


def test_help_is_asked_for_offered_and_agreed_in_one_sitting(people: dict[str, int], book: dict[str, int]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from duecourse.care import hardship, offers
    from duecourse.care.hardship_tables import HardshipDocument, HardshipDraft
    from duecourse.servicing.tables import Arrangement

    dora = signed_in(people["dora"])
    form = {"account": "L-2", "income": "9,000", "spending": "5000", "adults": "1", "children": "0", "cause": "ill"}
    dora.post("/my/help/hardship", form | {"step": "save"})
    assert HardshipDraft.objects.filter(borrower_id=people["dora"]).exists()
    for field, bad in (("account", "L-3"), ("income", "x"), ("adults", "0"), ("spending", "-1")):
        answer = dora.post("/my/help/hardship", form | {field: bad})
        assert answer.status_code == 400, field
        assert 'role="alert"' in answer.content.decode(), field
        assert "Throw away what I began" in text(answer), field
    assert hardship.open_of(borrower=people["dora"]) is None, "nothing was taken by halves"
    page = SimpleUploadedFile("letter.pdf", b"<script>not a PDF</script>")
    assert "PDF, JPEG or PNG" in dora.post("/my/help/hardship", form | {"documents": [page]}).content.decode()
    assert hardship.open_of(borrower=people["dora"]) is None
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 from the doctor")
    answer = dora.post("/my/help/hardship", form | {"documents": [letter]})
    number = hardship.open_of(borrower=people["dora"])
    assert answer.url == f"/my/help/hardship/{number}"
    assert not HardshipDraft.objects.exists(), "what is sent is kept as begun no longer"
    kept = HardshipDocument.objects.get(hardship_id=number)
    assert kept.name == "letter.pdf"
    assert b"doctor" not in bytes(kept.content)
    page = dora.get(answer.url)
    shown = page.context["offers"]
    assert shown, "something fits 4,000 a month"
    assert dora.get("/my/help/hardship").url == answer.url, "one at a time"
    emil = signed_in(people["emil"])
    assert emil.get(answer.url).status_code == 404
    assert emil.post(f"{answer.url}/answer", {"what": "accept", "offer": shown[0]["offer"].id}).status_code == 404
    assert dora.post(f"{answer.url}/answer", {"what": "accept", "offer": 0}).status_code == 404
    offer = shown[0]["offer"]
    for _ in range(2):
        dora.post(f"{answer.url}/answer", {"what": "accept", "offer": offer.id})
    assert Arrangement.objects.filter(account_id=book["L-2"]).count() == 1
    assert hardship.accepted(hardship=number, offer=offer.id) is not None
    assert "agreed" in text(dora.get(answer.url))
    assert offers.waiting(people["dora"]) == []
    assert hardship.open_of(borrower=people["dora"]) is None


def test_a_promise_a_dispute_and_a_complaint_are_each_noted_once_and_shown(people: dict[str, int]) -> None:
    from duecourse.care.complaint_tables import Complaint
    from duecourse.care.dispute_tables import Dispute
    from duecourse.care.promise_tables import Promise
    from duecourse.web.portal import help

    emil = signed_in(people["emil"])
    key = {"key": "0123456789abcdef0123456789abcdef"}
    day = str(help.today_of() + timedelta(days=5))
    forms: list[tuple[str, Any, dict[str, str], tuple[tuple[str, str], ...]]] = [
        ("promise", Promise, {"account": "L-3", "amount": "100", "day": day},
         (("amount", "0"), ("amount", "1.005"), ("day", "2001-01-01"), ("day", "soon"), ("account", "L-2"))),
        ("dispute", Dispute, {"account": "L-3", "kind": "amount", "amount": "12.50", "text": "I returned it"},
         (("text", " "), ("kind", "other"), ("amount", ""), ("account", "L-2"))),
        ("complaint", Complaint, {"account": "", "about": "contact", "text": "called at night"},
         (("text", ""), ("about", "weather"))),
    ]  # fmt: skip
    for what, table, form, faults in forms:
        before = table.objects.count()
        for field, bad in faults:
            answer = emil.post(f"/my/help/{what}", form | key | {field: bad})
            assert answer.status_code == 400, (what, field, bad)
            assert 'role="alert"' in answer.content.decode(), (what, field, bad)
        assert table.objects.count() == before
        for _ in range(2):
            assert emil.post(f"/my/help/{what}", form | key).url == "/my/help"
        row = table.objects.get(borrower_id=people["emil"], by="borrower")
        assert table.objects.count() == before + 1
        assert row.borrower_id == people["emil"]
        assert getattr(row, "text", b"") == b"" or form["text"].encode() not in bytes(row.text)
    other = signed_in(people["dora"])
    assert other.post("/my/help/complaint", forms[2][2] | key).url == "/my/help", "a key is one's own"
    said = text(emil.get("/my/help"))
    for word in ("Promise", "Dispute", "Complaint"):
        assert word.lower() in said.lower()


def test_what_the_borrower_chooses_is_kept_and_a_calendar_can_be_ended(people: dict[str, int]) -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach import wishes

    emil = signed_in(people["emil"])
    emil.post("/my/choices", {"what": "wish", "channel": "email", "language": "en", "hour": "9", "before_days": "3"})
    wish = wishes.newest(borrower=people["emil"])
    assert (wish.channel, wish.language, wish.hour, wish.before_days, wish.by) == ("email", "en", 9, 3, "borrower")
    emil.post("/my/choices", {"what": "wish", "channel": "smoke", "hour": "99", "before_days": "x"})
    wish = wishes.newest(borrower=people["emil"])
    assert (wish.channel, wish.hour, wish.before_days) == ("", None, None)
    emil.post("/my/choices", {"what": "stop", "channel": "sms"})
    stopped = reach.stopped(borrower=people["emil"], channels=("sms", "email"))
    assert stopped == {"sms": True, "email": False}
    emil.post("/my/choices", {"what": "start", "channel": "sms"})
    assert not reach.stopped(borrower=people["emil"], channels=("sms",))["sms"]
    address = emil.post("/my/choices", {"what": "calendar"}).context["feed"]
    path = "/calendar/" + address.partition("/calendar/")[2]
    assert client(None).get(path).status_code == 200
    emil.post("/my/choices", {"what": "no_calendar"})
    assert client(None).get(path).status_code == 404


def test_every_contact_is_shown_with_the_rule_that_held_it_back(people: dict[str, int]) -> None:
    from datetime import UTC, datetime

    from duecourse.outreach import contact

    night = datetime(2026, 9, 2, 16, 30, tzinfo=UTC)
    contact.may_we(person=people["emil"], channel="call", purpose="collection", at=night, by="bob", about=None)
    said = text(signed_in(people["emil"]).get("/my/messages?contacts=all"))
    assert "CN-COL-02" in said
    assert "not made" in said
    assert "CN-COL-02" not in text(signed_in(people["dora"]).get("/my/messages?contacts=all"))


def test_in_a_demo_a_visitor_sees_an_account_as_its_borrower_and_changes_nothing(people: dict[str, int]) -> None:
    from django.test import override_settings

    from duecourse.borrowers.contact_tables import Consent

    assert client("bob").post("/my/look/L-2").status_code == 404, "staff of a lender cannot"
    with override_settings(DEMO=True):
        visitor, before = client(None), Consent.objects.count()
        assert visitor.post("/my/look/L-9").status_code == 404
        assert visitor.post("/my/look/L-2", headers={"x-forwarded-for": "1.2.3.4"}).status_code in (302, 403, 404)
        assert visitor.get("/my/").status_code == 302, "nobody is signed in yet"
        assert visitor.post("/my/look/L-2").url == "/my/"
        page = visitor.get("/my/accounts/L-2")
        assert page.status_code == 200
        assert visitor.get("/my/accounts/L-3").status_code == 404
        assert visitor.post("/my/choices", {"what": "stop", "channel": "sms"}).status_code == 403
        assert Consent.objects.count() == before


def test_a_number_is_found_however_it_is_written(people: dict[str, int], mail: Any) -> None:
    from duecourse import clock
    from duecourse.borrowers import reach
    from duecourse.outreach import sign_in

    told = {"borrower": people["emil"], "by": "alice", "reason": "application", "source": "contract"}
    reach.add_point(kind="phone", value="+86 138-0000-0001", at_work=False, **told)
    for number in ("+8613800000001", "138 0000 0001", "+86 138-0000-0001", "008613800000001"):
        asked_for = sign_in.ask(told=number, ending="L-3", caller="1.1.1.1", at=clock.now())
        assert asked_for.borrower == people["emil"], number


def test_limits_count_who_asks_and_not_a_proxy_of_ours() -> None:
    from django.test import RequestFactory, override_settings

    from duecourse.web.middleware import caller_of

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "6.6.6.6, 8.8.4.4"})
    assert caller_of(request) == "10.0.0.1", "nobody says who they are by a header"
    with override_settings(PROXIES=1):
        assert caller_of(request) == "8.8.4.4"
    six = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    assert caller_of(six) == "2001:db8:1:2::/64"


def test_what_is_sent_twice_otherwise_or_is_no_text_is_told_and_not_a_fault(people: dict[str, int]) -> None:
    from duecourse.care.dispute_tables import Dispute
    from duecourse.web.portal import help

    emil = signed_in(people["emil"])
    key = {"key": "fedcba9876543210fedcba9876543210"}
    day = str(help.today_of() + timedelta(days=4))
    promise = {"account": "L-3", "amount": "50", "day": day}
    assert emil.post("/my/help/promise", promise | key).status_code == 302
    other = emil.post("/my/help/promise", promise | key | {"amount": "60"})
    assert other.status_code == 400
    assert key["key"] not in other.content.decode(), "sent again, it is another request"
    dispute = {"account": "L-3", "kind": "amount", "amount": "99999999999999", "text": "x"}
    assert emil.post("/my/help/dispute", dispute).status_code == 400
    theft = {"account": "L-3", "kind": "identity_theft", "amount": "", "text": "not me"}
    assert emil.post("/my/help/dispute", theft).status_code == 302
    assert emil.post("/my/help/dispute", theft).status_code == 400, "a person looks at it the second time"
    assert Dispute.objects.filter(borrower_id=people["emil"], kind="identity_theft").count() == 1
    assert client(None).post("/my/in", {"address": "a\0b@example.com", "ending": "\0"}).status_code == 200


def test_what_staff_noted_of_it_is_not_the_borrowers_to_read(people: dict[str, int]) -> None:
    from duecourse import clock
    from duecourse.care import complaints

    complaints.receive(
        person=people["emil"], about="staff", text="rude", at=clock.now(), channel="call", by="alice.smith",
        reason="sounded drunk", key="by staff",
    )  # fmt: skip
    said = text(signed_in(people["emil"]).get("/my/help"))
    assert "drunk" not in said
    assert "alice" not in said


def test_who_signs_in_as_staff_is_no_borrower_any_more(people: dict[str, int]) -> None:
    from django.contrib.auth.models import User

    browser = signed_in(people["dora"])
    assert browser.get("/my/").status_code == 200
    browser.force_login(User.objects.get(username="bob"))
    assert browser.get("/my/").status_code == 302


def test_a_body_longer_than_any_form_is_refused_before_it_is_read(people: dict[str, int]) -> None:
    for path, most in (("/my/in", 10**6), ("/login", 10**6), ("/my/help/hardship", 52 * 2**20)):
        answer = client(None).post(path, b"x", content_type="multipart/form-data", CONTENT_LENGTH=str(most + 1))
        assert answer.status_code == 413, path
