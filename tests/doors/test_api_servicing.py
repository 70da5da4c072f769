"""Writing by the API: once for its key, refused by name with nothing moved, and what servicing does by any door."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from api import Caller, key_of

OPEN = "2005-06-10"


@pytest.fixture
def caller(db_copy: str, book: dict[str, int]) -> Caller:
    return Caller(key_of())


def entries() -> int:
    """How many entries the ledger has."""
    from duecourse.ledger.tables import Entry

    return Entry.objects.count()


def owed(caller: Caller, number: str) -> int:
    """What is owed on an account."""
    return int(caller.get(f"/accounts/{number}").json()["figures"]["owed_minor"])


def test_a_payment_is_received_once_for_its_key(caller: Caller) -> None:
    told = {"amount_minor": 10_000, "received_on": OPEN}
    before = owed(caller, "L-2")
    first = caller.post("/accounts/L-2/payments", told, key="one")
    assert (first.status_code, first.json()["again"]) == (200, False)
    assert sum(first.json()["amounts"].values()) == 0
    again = caller.post("/accounts/L-2/payments", json.dumps(dict(reversed(told.items()))), key="one")
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert owed(caller, "L-2") == before - 10_000


@pytest.mark.parametrize(("path", "told"), [
    ("/accounts/L-2/payments", {"amount_minor": 10_001, "received_on": OPEN}),
    ("/accounts/L-1/payments", {"amount_minor": 10_000, "received_on": OPEN}),
    ("/lines/L-2/acts", {"kind": "fee", "on": OPEN, "why": "test", "fields": {"amount_minor": 100}}),
])  # fmt: skip
def test_another_request_under_the_key_of_one_is_refused(caller: Caller, path: str, told: dict[str, Any]) -> None:
    caller.post("/accounts/L-2/payments", {"amount_minor": 10_000, "received_on": OPEN}, key="one")
    before = entries()
    refused = caller.post(path, told, key="one")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert entries() == before


def test_the_same_request_many_times_at_once_is_done_once(caller: Caller) -> None:
    from django.db import connections

    before = entries()

    def pay(_: int) -> bytes:
        try:
            told = {"amount_minor": 500, "received_on": OPEN}
            return bytes(Caller(caller.key).post("/accounts/L-1/payments", told, key="at-once").content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(pay, range(12)))
    assert len(answers) == 1
    assert b"entry_id" in answers.pop()
    assert entries() == before + 1


@pytest.mark.parametrize("key", ["", "a b", "k" * 201])
def test_a_request_that_changes_something_needs_a_key(caller: Caller, key: str) -> None:
    before = entries()
    refused = caller.post("/accounts/L-2/payments", {"amount_minor": 1, "received_on": OPEN}, key=key)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")
    assert entries() == before


def test_what_was_refused_may_be_asked_again_under_its_key(caller: Caller) -> None:
    act = {"kind": "purchase", "on": OPEN, "why": "shop", "fields": {"amount_minor": 5_000}}
    caller.post("/lines/L-4/acts", {"kind": "suspend", "on": OPEN, "why": "look"})
    refused = caller.post("/lines/L-4/acts", act, key="buy")
    assert (refused.status_code, refused.json()["code"]) == (409, "line_suspended")
    caller.post("/lines/L-4/acts", {"kind": "restore", "on": OPEN, "why": "looked"})
    assert caller.post("/lines/L-4/acts", act, key="buy").json()["made"] == "entry"
    assert owed(caller, "L-4") == 5_000


def test_two_partners_may_use_the_same_key(caller: Caller, book: dict[str, int]) -> None:
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties

    parties.introduce(code="bank", name="A bank", by="bob")
    funding.agree(account=book["L-2"], shares=[Funder("bank", 500_000, 0)], on=date(2005, 6, 10), by="bob",
                  reason="test", key="f1")  # fmt: skip
    before, told = owed(caller, "L-2"), {"amount_minor": 1_000, "received_on": OPEN}
    mine = caller.post("/accounts/L-2/payments", told, key="same")
    theirs = Caller(key_of("bank")).post("/accounts/L-2/payments", told, key="same")
    assert mine.json()["entry_id"] != theirs.json()["entry_id"]
    assert owed(caller, "L-2") == before - 2_000


def test_a_partner_acts_on_no_account_that_it_may_not_see(caller: Caller) -> None:
    from duecourse.servicing import parties

    parties.introduce(code="bank", name="A bank", by="bob")
    charlie, before = Caller(key_of("bank")), entries()
    for path, told in (
        ("/accounts/{}/payments", {"amount_minor": 1_000, "received_on": OPEN}),
        ("/lines/{}/acts", {"kind": "fee", "on": OPEN, "why": "test", "fields": {"amount_minor": 100}}),
    ):
        hidden, missing = (charlie.post(path.format(number), told) for number in ("L-2", "L-99"))
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content.replace(b"L-2", b"L-99") == missing.content
    for path in ("/lines", "/accounts/L-2/promises", "/accounts/L-2/contact-decisions", "/cases/1/owner"):
        assert charlie.post(path, {}).status_code == 403, path
    assert entries() == before


def least(shape: dict[str, Any], known: dict[str, Any]) -> Any:
    """The least that a JSON schema takes."""
    if "$ref" in shape:
        return least(known[shape["$ref"].rpartition("/")[2]], known)
    if "anyOf" in shape:
        return least(shape["anyOf"][0], known)
    if "const" in shape or "enum" in shape:
        return shape.get("const", shape.get("enum", [None])[0])
    kind = shape.get("type")
    if kind == "object":
        return {name: least(shape["properties"][name], known) for name in shape.get("required", [])}
    if kind == "string":
        return OPEN if shape.get("format") == "date" else "x"
    if kind == "array":
        return [least(shape["items"], known)] * shape.get("minItems", 0)
    return {"integer": max(1, shape.get("minimum", 1)), "boolean": True}[kind]


def test_a_partys_key_tells_of_payments_and_does_nothing_else(caller: Caller, book: dict[str, int]) -> None:
    """Every kind of act of a line, on an account that the party funds; a loan's go the same way."""
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties
    from duecourse.servicing.tables import Act
    from duecourse.web.api import act_shapes

    parties.introduce(code="bank", name="A bank", by="bob")
    funding.agree(account=book["L-2"], shares=[Funder("bank", 500_000, 0)], on=date(2005, 6, 10), by="bob",
                  reason="test", key="f1")  # fmt: skip
    charlie, before = Caller(key_of("bank")), (entries(), Act.objects.count())
    answers = {}
    for shape in act_shapes.shapes_of(is_loan=False):
        schema = shape.model_json_schema()
        told = least(schema, schema.get("$defs", {}))
        if told["kind"] not in ("payment", "paid_by"):
            refused = charlie.post("/lines/L-2/acts", told)
            answers[told["kind"]] = (refused.status_code, refused.json()["code"])
    assert len(answers) > 40
    assert set(answers.values()) == {(403, "act_of_the_lender")}, answers
    assert (entries(), Act.objects.count()) == before
    paid = {"kind": "payment", "on": OPEN, "why": "paid", "fields": {"amount_minor": 100}}
    by = {"kind": "paid_by", "on": OPEN, "why": "paid", "fields": {"amount_minor": 100, "payer": "a friend"}}
    assert [charlie.post("/lines/L-2/acts", told).status_code for told in (paid, by)] == [200, 200]


def test_what_a_partys_scopes_let_it_write_is_payments_and_acts(caller: Caller) -> None:
    from duecourse.partners import keys

    paths = caller.get("/openapi.json").json()["paths"]
    written = {path for path, told in paths.items() if told.get("post", {}).get("x-scope") in keys.OF_PARTNERS}
    assert {path.removeprefix("/api/v1") for path in written} == {
        "/accounts/{number}/payments", "/lines/{number}/acts", "/loans/{number}/acts",
    }  # fmt: skip


@pytest.mark.parametrize(("told", "status", "code", "field"), [
    ({"amount_minor": 0, "received_on": OPEN}, 422, "fields_refused", "body.amount_minor"),
    ({"amount_minor": "100", "received_on": OPEN}, 422, "fields_refused", "body.amount_minor"),
    ({"amount_minor": 1.5, "received_on": OPEN}, 422, "fields_refused", "body.amount_minor"),
    ({"amount_minor": 100, "received_on": 20050610}, 422, "fields_refused", "body.received_on"),
    ({"amount_minor": 100, "received_on": OPEN, "extra": 1}, 422, "fields_refused", "body.extra"),
    ({"amount_minor": 100, "received_on": OPEN, "payer": "a\u0000b"}, 422, "fields_refused", "body.payer"),
    ({"amount_minor": 100, "received_on": "2005-06-11"}, 409, "effective_after_open_day", None),
    ("{", 400, "body_unreadable", None), ("[" * 100_000, 400, "body_unreadable", None),
])  # fmt: skip
def test_a_payment_that_cannot_be_is_refused_by_name_and_nothing_moves(
    caller: Caller, told: Any, status: int, code: str, field: str | None
) -> None:
    before = entries()
    refused = caller.post("/accounts/L-2/payments", told)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    if field:
        assert [one["field"] for one in refused.json()["errors"]] == [field]
    assert entries() == before


def test_a_body_that_is_too_large_or_no_json_is_refused(caller: Caller) -> None:
    large = caller.post("/accounts/L-2/payments", json.dumps({"payer": "x" * 1_000_001}))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    form = caller.client.post("/api/v1/accounts/L-2/payments", {"amount_minor": 1}, headers={"Idempotency-Key": "k"})
    assert (form.status_code, form.json()["code"]) == (415, "media_type_not_supported")


def test_an_act_is_written_down_to_the_key_that_asked_for_it(caller: Caller) -> None:
    act = {"kind": "goodwill", "on": OPEN, "why": "a long wait", "fields": {"amount_minor": 300}}
    done = caller.post("/lines/L-2/acts", act).json()
    assert (done["account"], done["kind"], done["again"]) == ("L-2", "goodwill", False)
    newest = caller.get("/accounts/L-2/in-force").json()["deeds"][0]
    assert newest["by"].startswith("lender (key ")
    assert newest["reason"] == "a long wait"


@pytest.mark.parametrize(("act", "code"), [
    ({"kind": "fly", "on": OPEN, "why": "test"}, "fields_refused"),
    ({"kind": "fee", "on": OPEN, "why": "test"}, "fields_refused"),
    ({"kind": "fee", "on": OPEN, "why": "test", "fields": {"amount_minor": 100, "colour": "red"}}, "fields_refused"),
    ({"kind": "fee", "on": OPEN, "why": "", "fields": {"amount_minor": 100}}, "fields_refused"),
    ({"kind": "fee", "on": OPEN, "why": "test", "fields": {"amount_minor": 0}}, "not_an_amount"),
    ({"kind": "mandate_hold", "on": OPEN, "why": "test", "fields": {"mandate": 7}}, "no_mandate"),
])  # fmt: skip
def test_an_act_that_cannot_be_is_refused_by_name(caller: Caller, act: dict[str, Any], code: str) -> None:
    before = entries()
    refused = caller.post("/lines/L-2/acts", act)
    assert refused.json()["code"] == code, refused.content
    assert entries() == before


def test_an_act_of_a_loan_is_none_of_a_line(caller: Caller) -> None:
    act = {"kind": "waiver", "on": OPEN, "why": "test", "fields": {"amount_minor": 100, "component": "interest"}}
    refused = caller.post("/loans/L-2/acts", act)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_loan")


def test_an_arrangement_and_a_funding_are_told_with_their_parts(caller: Caller) -> None:
    from duecourse.servicing import parties

    parties.introduce(code="bank", name="A bank", by="bob")
    plan = {"amounts": [{"due_on": "2005-07-10", "amount_minor": 20_000}], "stops_late_fees": True}
    act = {"kind": "arrangement", "on": OPEN, "why": "asked", "fields": {"terms": plan}}
    assert caller.post("/lines/L-2/acts", act).json()["made"] == "arrangement"
    shares = [{"party": "bank", "share_ppm": 400_000, "rate_ppm": 10_000}]
    fields = {"shares": shares, "prices_minor": {"bank": 100}}
    act = {"kind": "funding", "on": OPEN, "why": "agreed", "fields": fields}
    assert caller.post("/lines/L-3/acts", act).json()["made"] == "agreement"
    stands = caller.get("/accounts/L-2/in-force").json()["arrangements"][0]
    assert stands["amounts"] == [{"due_on": "2005-07-10", "amount_minor": 20_000}]
    assert stands["is_standing"]
    assert caller.get("/accounts/L-3/in-force").json()["funding"][0]["parts"][0]["share_ppm"] == 400_000


def test_money_without_an_account_lies_in_suspense_until_it_is_attributed(caller: Caller) -> None:
    told = {"amount_minor": 7_000, "received_on": OPEN, "reference": "R-1", "payer": "unknown"}
    item = caller.post("/suspense", told).json()["id"]
    assert [one["left_minor"] for one in caller.get("/suspense").json()] == [7_000]
    before = owed(caller, "L-2")
    moved = caller.post(f"/suspense/{item}/attributions", {"account": "L-2", "on": OPEN, "why": "they called"})
    assert moved.json()["again"] is False, moved.content
    assert owed(caller, "L-2") == before - 7_000
    assert caller.get("/suspense").json() == []


def test_a_certificate_is_issued_only_for_what_is_settled(caller: Caller) -> None:
    refused = caller.post("/accounts/L-2/certificates", None)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_settled")
