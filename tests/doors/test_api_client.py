"""A typed client generated from the schema drives the journeys of programs, on the real server and database.

alice's program is the lender's app and its servicing system; bob's is the co-lender's. No test knows an address: the
generated functions do.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api import key_of
from test_serve import first_page, served

OPEN = date(2005, 6, 10)
PACKAGE = "duecourse_client"


@pytest.fixture(scope="module")
def package(server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The client as it was generated from the schema, ready to be imported."""
    from duecourse.web.api import api

    place = tmp_path_factory.mktemp("client")
    (place / "openapi.json").write_text(json.dumps(api.schema()))
    (place / "config.yml").write_text(f"post_hooks: []\npackage_name_override: {PACKAGE}\n")
    make = Path(sys.executable).with_name("openapi-python-client")
    words = ["generate", "--meta", "none", "--path", "openapi.json", "--config", "config.yml", "--output-path", PACKAGE]
    done = subprocess.run([make, *words], cwd=place, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout.upper(), done.stdout
    sys.path.insert(0, str(place))
    yield PACKAGE
    sys.path.remove(str(place))


class Program:
    """A program with a key: calls generated functions with the models that they take."""

    def __init__(self, address: str, key: str) -> None:
        client = importlib.import_module(f"{PACKAGE}.client")
        self.client = client.AuthenticatedClient(base_url=address.rstrip("/"), token=key, timeout=60)
        self.models = importlib.import_module(f"{PACKAGE}.models")
        self.count = 0

    def model(self, name: str, /, **told: Any) -> Any:
        """A request body, as the client reads it from plain values."""
        return getattr(self.models, name).from_dict(told)

    def call(self, of: str, name: str, *where: Any, **told: Any) -> Any:
        """What an operation answers, which is no problem; what changes something gets a key unless it is told one."""
        answer = self.ask(of, name, *where, **told)
        assert not isinstance(answer, self.models.Problem), answer
        return answer

    def ask(self, of: str, name: str, *where: Any, **told: Any) -> Any:
        """What an operation answers, a problem too."""
        operation = importlib.import_module(f"{PACKAGE}.api.{of}.{name}")
        if "body" in told:
            self.count += 1
            told.setdefault("idempotency_key", f"{name}-{self.count}")
        return operation.sync(*where, client=self.client, **told)


@pytest.fixture(scope="module")
def address(book: dict[str, int], package: str) -> Iterator[str]:
    """Where the API is served, with the book of this file's database, by two workers' worth of threads."""
    with served() as place:
        first_page(place)
        yield place


@pytest.fixture(scope="module")
def alice(address: str) -> Program:
    return Program(address, key_of("lender", per_minute=10_000))


@pytest.mark.slow
def test_a_line_is_opened_used_and_paid(alice: Program) -> None:
    new = alice.model("NewLine", number="L-10", borrower={"source": "app", "reference": "gina"},
                      product="card_tw_2005", limit_minor=500_000, on=str(OPEN))  # fmt: skip
    assert alice.call("servicing", "open_line", body=new).number == "L-10"
    buy = {"kind": "purchase", "on": str(OPEN), "why": "a shop", "fields": {"amount_minor": 120_000, "category": 5411}}
    done = alice.call("servicing", "act_on_line", "L-10", body=alice.model("LinePurchaseAct", **buy))
    assert (done.made, done.again) == ("entry", False)
    above = buy | {"fields": {"amount_minor": 400_000}}
    refused = alice.ask("servicing", "act_on_line", "L-10", body=alice.model("LinePurchaseAct", **above))
    assert (refused.status, refused.code) == (409, "over_limit")
    paid = alice.model("PaymentIn", amount_minor=20_000, received_on=str(OPEN))
    first = alice.call("servicing", "receive_payment", "L-10", body=paid, idempotency_key="once")
    again = alice.call("servicing", "receive_payment", "L-10", body=paid, idempotency_key="once")
    assert again == first
    stands = alice.call("reading", "get_account", "L-10")
    assert (stands.figures.owed_minor, stands.standing.available_minor) == (100_000, 400_000)
    entries = alice.call("reading", "list_entries", "L-10").items
    assert [one.kind for one in entries] == ["purchase", "payment"]
    quote = alice.call("reading", "quote_payoff", "L-10")
    assert quote.payoff_minor == 100_000
    why = alice.call("reading", "explain_figure", "L-10", "owed")
    assert (why.amount, why.zh) == (100_000, "欠款合计")


@pytest.mark.slow
def test_a_loan_is_opened_drawn_and_looked_ahead(alice: Program) -> None:
    new = alice.model("NewLoan", number="N-10", borrower={"source": "app", "reference": "gina"}, product="auto_us_2017",
                      approved_minor=1_200_000, on=str(OPEN))  # fmt: skip
    assert alice.call("servicing", "open_loan", body=new).number == "N-10"
    draw = alice.model("LoanDrawAct", kind="draw", on=str(OPEN), why="asked", fields={"amount_minor": 1_200_000})
    assert alice.call("servicing", "act_on_loan", "N-10", body=draw).made == "entry"
    schedule = alice.call("reading", "list_installments", "N-10")
    assert sum(one.principal_minor for one in schedule) == 1_200_000
    ahead = alice.call("reading", "look_ahead", "N-10")
    assert ahead.left_minor == 0
    assert [one.due_on for one in ahead.payments] == [one.due_on for one in schedule]
    assert ahead.total_minor == sum(one.asked_minor for one in schedule)


@pytest.mark.slow
def test_who_cannot_pay_is_helped(alice: Program) -> None:
    told = alice.model("HardshipIn", adults=1, children=1, income_minor=400_000, essential_minor=350_000,
                       cause="lost my job")  # fmt: skip
    hardship = alice.call("care", "take_hardship", "L-2", body=told)
    assert hardship.left_minor == 50_000
    made = alice.call("care", "make_offers", hardship.id, "L-2", idempotency_key="offers")
    assert made.offers
    best = made.offers[0]
    shown = alice.call("care", "get_offer", best.id)
    assert sum(one.amount_minor for one in shown.payments) == best.total_minor
    agreed = alice.call("care", "accept_offer", best.id, body=alice.model("At", why="they said yes"))
    (arrangement,) = alice.call("reading", "list_in_force", "L-2").arrangements
    assert (arrangement.id, arrangement.is_standing) == (agreed.arrangement, True)


@pytest.mark.slow
def test_what_a_borrower_tells_is_kept_and_read_without_their_words(alice: Program) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=2)
    promise = alice.model("PromiseIn", amount_minor=5_000, due_on=str(soon), why="on the phone")
    assert alice.call("care", "make_promise", "L-1", body=promise).promise
    words = "I never bought that"
    complaint = alice.model("ComplaintIn", about="charges", text=words, why="by letter", channel="letter")
    made = alice.call("care", "receive_complaint", "L-1", body=complaint)
    step = alice.model("ComplaintStep", state="acknowledged", why="a letter was sent")
    assert alice.call("care", "take_complaint_on", made.id, body=step).done
    cared = alice.call("care", "list_care", "L-1")
    assert {one.what for one in cared} >= {"promise", "complaint"}
    assert words not in json.dumps([one.to_dict() for one in cared], default=str)
    assert any(one.of_id == made.id for one in alice.call("care", "list_clocks"))


@pytest.mark.slow
def test_a_contact_is_asked_for_before_it_is_made(alice: Program) -> None:
    question = alice.model("Question", channel="sms", purpose="collection")
    decided = alice.call("contact", "may_we_contact", "L-3", body=question, idempotency_key="ask")
    assert not decided.allowed
    assert decided.refusals or decided.fault
    again = alice.call("contact", "may_we_contact", "L-3", body=question, idempotency_key="ask")
    assert again == decided
    refused = alice.ask("contact", "tell_outcome", decided.id, body=alice.model("Outcome", outcome="sent"))
    assert refused.code == "contact_not_allowed"
    assert [one.state for one in alice.call("contact", "list_contacts", "L-3")] == ["refused"]


@pytest.mark.slow
def test_documents_incidents_and_the_way_to_court_have_their_functions(alice: Program) -> None:
    told = alice.model("HardshipIn", adults=1, income_minor=400_000, essential_minor=350_000)
    hardship = alice.call("care", "take_hardship", "L-1", body=told).id
    paper = alice.model("DocumentIn", name="payslip.pdf", content="JVBERi0xLjcgd2FnZXM=")
    kept = alice.call("documents", "attach_document", hardship, body=paper).id
    assert alice.call("documents", "list_documents", hardship)[0].id == kept
    window = {"from_at": "2005-06-01T09:00:00+08:00", "to_at": "2005-06-01T12:00:00+08:00", "channels": [3]}
    incident = alice.model("IncidentIn", **window, cause="bank", description="the gateway was down")
    number = alice.call("incidents", "open_incident", body=incident).id
    refused = alice.ask("incidents", "approve_incident", number, body=alice.model("ApprovalIn", why="seen"))
    assert refused.code == "incident_approved_by_opener"
    assert alice.call("incidents", "list_incidents").items[0].id == number
    checks = {one.name: one.passed for one in alice.call("legal", "list_legal_checks", "L-1")}
    assert (checks["hardship"], checks["amount"]) == (False, True)
    prepared = alice.model("ProceedingIn", kind="court", why="no answer")
    assert alice.ask("legal", "prepare_proceeding", "L-1", body=prepared).code == "legal_checks_failed"


@pytest.mark.slow
def test_a_co_lender_reads_what_it_funds_and_no_more(alice: Program, address: str, book: dict[str, int]) -> None:
    from duecourse.servicing import parties

    parties.introduce(code="bank", name="A bank", by="bob")
    shares = [{"party": "bank", "share_ppm": 300_000, "rate_ppm": 0}]
    act = alice.model("FundingAct", kind="funding", on=str(OPEN), why="agreed", fields={"shares": shares})
    assert alice.call("servicing", "act_on_line", "L-4", body=act).made == "agreement"
    bob = Program(address, key_of("bank"))
    assert [one.number for one in bob.call("reading", "list_accounts").items] == ["L-4"]
    assert bob.ask("reading", "get_account", "L-1").code == "no_such_account"
    assert bob.ask("care", "list_care", "L-4").code == "api_scope_missing"
    assert Program(address, "dc_none").ask("reading", "list_accounts").code == "not_authenticated"


@pytest.mark.slow
def test_many_programs_at_once_lose_nothing(alice: Program) -> None:
    """Payments by several threads under keys of their own and shared ones; each key is one entry."""
    before = len(alice.call("reading", "list_entries", "L-3").items)
    paid = alice.model("PaymentIn", amount_minor=100, received_on=str(OPEN))

    def pay(i: int) -> int:
        return int(
            alice.call("servicing", "receive_payment", "L-3", body=paid, idempotency_key=f"s{i % 10}").entry_id
        )  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(pay, range(40)))
    assert len(set(made)) == 10
    assert len(alice.call("reading", "list_entries", "L-3").items) == before + 10
