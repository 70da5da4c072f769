"""Partners are told of what happened: once as an event, signed, tried until it is taken, told again when asked.

The receiver is a real HTTP server on this machine; what it gets is verified by another program's code.
"""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

OPEN = date(2005, 6, 10)


class Receiver:
    """What was received: bodies with their headers; `answers` are given in turn, then 204."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.answers: list[int] = []
        self.url = ""

    def told(self) -> list[dict[str, Any]]:
        """The bodies as they are read."""
        return [json.loads(body) for body, _ in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with received() as one:
        yield one


@contextmanager
def received() -> Iterator[Receiver]:
    """A receiver on this machine."""
    to = Receiver()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            to.got.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(to.answers.pop(0) if to.answers else 204)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *told: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    to.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield to
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def ids(db_copy: str, book: dict[str, int]) -> dict[str, int]:
    return book


def told_at(url: str, partner: str = "lender", *kinds: str) -> Any:
    """A new endpoint."""
    from duecourse.partners import endpoints

    return endpoints.add(partner=partner, url=url, kinds=kinds, by="bob", reason="test")


def now() -> datetime:
    return datetime.now(UTC)


def settle() -> None:
    """Wait until no transaction that began before is open, those of other databases of the server too: what they may
    still write comes first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (mine,) = cursor.fetchone()
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        while cursor.fetchone()[0] <= mine:
            time.sleep(0.02)
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


def send(at: datetime | None = None, *, settled: bool = True) -> tuple[dict[str, int], dict[str, int]]:
    """Gather and deliver, at an instant."""
    from duecourse.partners import deliver, events

    if settled:
        settle()
    instant = at or now()
    return dict(events.gather(at=instant)), dict(deliver.deliver(now=lambda: instant, by="system"))


def pay(ids: dict[str, int], number: str = "L-2", amount: int = 1_000, key: str = "p", on: date = OPEN) -> int:
    from duecourse.servicing import payments

    return payments.receive(account=ids[number], amount_minor=amount, received_on=on, key=key).entry_id


def test_a_payment_is_told_once_and_its_signature_holds(ids: dict[str, int], receiver: Receiver) -> None:
    from standardwebhooks import Webhook, WebhookVerificationError

    made = told_at(receiver.url)
    entry = pay(ids)
    assert send() == ({"payment.received": 1}, {"delivered": 1})
    assert send() == ({}, {})
    ((body, headers),) = receiver.got
    told = Webhook(made.secret).verify(body, headers)
    assert told["type"] == "payment.received"
    assert told["data"] == {
        "account": "L-2", "entry": entry, "amount_minor": 1_000, "currency": "TWD", "effective_day": "2005-06-10",
        "booked_day": "2005-06-10",
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body.replace(b"1000", b"9000"), headers)


def test_what_happened_before_there_was_an_endpoint_is_not_told(ids: dict[str, int], receiver: Receiver) -> None:
    pay(ids)
    told_at(receiver.url)
    assert send() == ({}, {})


def test_an_endpoint_is_told_nothing_that_was_recorded_before_it(ids: dict[str, int], receiver: Receiver) -> None:
    with received() as later:
        told_at(receiver.url)
        pay(ids)
        told_at(later.url)
        pay(ids, key="q")
        assert send() == ({"payment.received": 2}, {"delivered": 3})
        assert len(receiver.got) == 2
        (one,) = later.told()
        assert one["data"]["entry"] == receiver.told()[1]["data"]["entry"]


def test_what_areas_note_is_told_however_long_nobody_looked(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.book import close
    from duecourse.care import promises

    told_at(receiver.url, "lender", "promise.broken")
    told = {"person": 1, "amount_minor": 100, "channel": "call", "reason": "t", "by": "bob"}
    promises.promise(**told, due_on=date(2005, 6, 12), at=datetime(2005, 6, 10, 12, tzinfo=UTC), key="p")
    close.through(date(2005, 6, 30))
    promises.judge(day=date(2005, 6, 30), at=now(), by="system")
    assert send(now() + timedelta(days=9)) == ({"promise.broken": 1}, {"delivered": 1})


def test_who_does_not_answer_holds_nobody_up(
    ids: dict[str, int], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends a header's letter each tenth of a second, for ever."""
    from duecourse.partners import deliver

    monkeypatch.setattr(deliver, "SECONDS", 0.5)
    asked: list[bytes] = []

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(65_536))
            with suppress(OSError):
                self.request.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                for _ in range(100):
                    self.request.sendall(b"x")
                    time.sleep(0.1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told_at(f"http://127.0.0.1:{server.server_address[1]}/")
        told_at(receiver.url)
        for i in range(3):
            pay(ids, key=f"k{i}")
        assert send()[1] == {"failed": 1, "delivered": 3}
        server.shutdown()
    assert len(asked) == 1
    assert deliver.listed(outcome="failed")[0].detail == "TimeoutError"


def test_a_payment_that_is_rolled_back_is_never_told(ids: dict[str, int], receiver: Receiver) -> None:
    from django.db import transaction

    told_at(receiver.url)

    def fail() -> None:
        with transaction.atomic():
            pay(ids)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert send() == ({}, {})


def test_a_payment_in_a_transaction_that_is_still_open_is_told_when_it_is_through(
    ids: dict[str, int], receiver: Receiver
) -> None:
    """Its entry has a lower id than one that is committed before it."""
    from django.db import connections, transaction

    told_at(receiver.url)
    held, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            pay(ids, "L-1", key="slow")
            held.set()
            go.wait(60)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert held.wait(60)
    pay(ids, "L-2", key="quick")
    first = send(settled=False)
    go.set()
    thread.join()
    second = send()
    assert [one["data"]["account"] for one in receiver.told()] == ["L-1", "L-2"]
    assert sum(dict(part).get("payment.received", 0) for part in (first[0], second[0])) == 2


def test_a_payment_told_late_moves_others_and_tells_of_itself_alone(ids: dict[str, int], receiver: Receiver) -> None:
    """The account is computed again from 1 June: entries are reversed and posted anew, which is nobody's news."""
    told_at(receiver.url)
    pay(ids, "L-1", key="late", on=date(2005, 5, 14))
    assert send()[0] == {"payment.received": 1}
    assert receiver.told()[0]["data"]["effective_day"] == "2005-05-14"


def test_a_payment_that_is_taken_back_is_told(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.servicing import payments

    told_at(receiver.url, "lender", "payment.reversed")
    entry = pay(ids)
    payments.reverse(account=ids["L-2"], entry=entry, reason="bounced", by="bob", key="r")
    assert send()[0] == {"payment.reversed": 1}
    assert receiver.told()[0]["data"]["reverses"] == entry


def test_days_statements_arrangements_and_charge_offs_are_told(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.book import close
    from duecourse.servicing import arrangements, charge_offs
    from duecourse.servicing.arrangement_plan import Amount, Plan
    from duecourse.servicing.tables import Statement

    told_at(receiver.url)
    last = Statement.objects.count()
    plan = Plan(amounts=(Amount(OPEN + timedelta(days=2), 5_000),), stops_late_fees=True)
    arrangements.agree(account=ids["L-2"], terms=plan, on=OPEN, by="bob", reason="asked", key="a")
    charge_offs.charge_off(account=ids["L-1"], on=OPEN, by="bob", reason="lost", key="c")
    close.through(date(2005, 6, 30))
    new = Statement.objects.count() - last
    came, outcomes = send()
    assert new > 0
    assert came == {
        "arrangement.agreed": 1, "arrangement.broken": 1, "account.charged_off": 1, "day.sealed": 21,
        "statement.made": new,
    }  # fmt: skip
    assert outcomes == {"delivered": sum(came.values())}
    for told in receiver.told():
        assert set(told) == {"type", "timestamp", "data"}


def test_statements_alone_are_told_once_however_often_it_is_looked(ids: dict[str, int], receiver: Receiver) -> None:
    """Nobody asked for the sealed days themselves; the guide's own example."""
    from duecourse.book import close

    told_at(receiver.url, "lender", "payment.received", "statement.made")
    close.through(date(2005, 6, 30))
    first = send()[0]
    assert list(first) == ["statement.made"]
    assert send() == ({}, {})
    pay(ids, on=date(2005, 7, 1))
    assert send() == ({"payment.received": 1}, {"delivered": 1})
    assert len(receiver.got) == first["statement.made"] + 1


def test_a_failure_is_tried_again_later_and_given_up_in_the_end(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.partners import deliver

    told_at(receiver.url, "lender", "payment.received")
    receiver.answers = [500, 302, 404] + [503] * 20
    pay(ids)
    at = now()
    assert send(at) == ({"payment.received": 1}, {"failed": 1})
    assert send(at + timedelta(seconds=4)) == ({}, {})
    tries = 1
    for wait in deliver.BACKOFF:
        at += wait
        outcome = send(at)[1]
        tries += 1
        assert outcome == {"failed" if tries <= len(deliver.BACKOFF) else "dead": 1}
    assert len(receiver.got) == tries == 10
    assert len({headers["webhook-id"] for _, headers in receiver.got}) == 1
    assert send(at + timedelta(days=30)) == ({}, {})
    (dead,) = deliver.listed(outcome="dead")
    assert (dead.account, dead.tries, dead.status) == ("L-2", 10, 503)


def test_who_is_gone_is_not_tried_again(ids: dict[str, int], receiver: Receiver) -> None:
    told_at(receiver.url, "lender", "payment.received")
    receiver.answers = [410]
    pay(ids)
    assert send()[1] == {"dead": 1}


def test_what_nobody_answers_is_tried_again(ids: dict[str, int]) -> None:
    from duecourse.partners import deliver

    with received() as gone:
        told_at(gone.url, "lender", "payment.received")
    pay(ids)
    assert send()[1] == {"failed": 1}
    (one,) = deliver.listed()
    assert (one.status, one.detail) == (None, "ConnectError")


def test_a_delivery_is_told_again_when_asked_with_the_same_id(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.partners import deliver

    told_at(receiver.url)
    pay(ids)
    send()
    (one,) = deliver.listed()
    deliver.replay(delivery=one.id, at=now(), by="bob")
    assert send() == ({}, {"delivered": 1})
    assert receiver.got[0][0] == receiver.got[1][0]
    assert receiver.got[0][1]["webhook-id"] == receiver.got[1][1]["webhook-id"]
    with pytest.raises(deliver.NoSuchDelivery):
        deliver.replay(delivery=99, at=now(), by="bob")


def test_an_endpoint_that_ended_is_told_nothing_more(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse.partners import deliver, endpoints, events

    made = told_at(receiver.url)
    pay(ids)
    settle()
    events.gather(at=now())
    endpoints.end(endpoint=made.id, by="bob", reason="over")
    assert send()[1] == {"dead": 1}
    assert receiver.got == []
    with pytest.raises(endpoints.NoSuchEndpoint):
        endpoints.end(endpoint=made.id, by="bob", reason="again")
    (one,) = deliver.listed()
    with pytest.raises(deliver.NoSuchDelivery):
        deliver.replay(delivery=one.id, at=now(), by="bob")


def test_a_funder_is_told_of_what_it_funds_and_of_nobodys_promises(ids: dict[str, int], receiver: Receiver) -> None:
    from duecourse import clock
    from duecourse.care import promises
    from duecourse.partners import endpoints
    from duecourse.personal import shared
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties

    parties.introduce(code="bank", name="A bank", by="bob")
    funding.agree(account=ids["L-1"], shares=[Funder("bank", 500_000, 0)], on=OPEN, by="bob", reason="t", key="f")
    told_at(receiver.url, "bank")
    told_at(receiver.url, "lender", "promise.broken")
    pay(ids, "L-2", key="a")
    pay(ids, "L-1", key="b")
    assert promises.counted(person=1) == {}
    send()
    assert [one["data"]["account"] for one in receiver.told()] == ["L-1"]
    told = [(one.kind, one.who, one.account, one.times) for one in shared.of(person=1, on=clock.today())]
    assert sorted(told) == [("funder", "A bank", "L-1", 0), ("messages", "A bank", "L-1", 1)]
    with pytest.raises(endpoints.EndpointRefused):
        told_at(receiver.url, "bank", "promise.broken")


@pytest.mark.parametrize("url", [
    "ftp://127.0.0.1/", "http://198.51.100.7/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[fd00::1]/",
    "http://user:pw@127.0.0.1/", "https://", "http://127.0.0.1:99999/", "https://192.168.1.1:8443/", "https://0.0.0.0/",
    "http://127.0.0.1/" + "a" * 600, "https://[2002:a00:1::1]/", "https://[64:ff9b::a00:1]/", "https://[fec0::1]/",
    "https://[::ffff:10.0.0.1]/",
])  # fmt: skip
def test_an_address_inside_a_network_is_refused(ids: dict[str, int], url: str) -> None:
    from duecourse.partners import endpoints
    from duecourse.partners.webhook_tables import WebhookEndpoint

    with pytest.raises(endpoints.EndpointRefused):
        told_at(url)
    assert not WebhookEndpoint.objects.exists()


def test_a_name_of_somebody_elses_that_leads_to_this_machine_is_refused(
    ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from duecourse.partners import endpoints

    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *told, **more: here)
    for url in ("https://partner.example/", "http://partner.example/"):
        with pytest.raises(endpoints.EndpointRefused):
            told_at(url)


def test_a_name_that_leads_inside_later_is_not_followed(
    ids: dict[str, int], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from duecourse.partners import deliver

    told_at(receiver.url)
    pay(ids)
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *told, **more: inside)
    assert send()[1] == {"failed": 1}
    monkeypatch.undo()
    assert receiver.got == []
    assert "https" in deliver.listed()[0].detail


def test_two_who_deliver_at_once_tell_each_message_once(ids: dict[str, int], receiver: Receiver) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    told_at(receiver.url)
    for i in range(12):
        pay(ids, key=f"k{i}")

    def one(_: int) -> None:
        try:
            send()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    send()
    assert len(receiver.got) == 12
    assert len({headers["webhook-id"] for _, headers in receiver.got}) == 12


def test_a_secret_is_kept_encrypted(ids: dict[str, int], receiver: Receiver) -> None:
    from django.db import connection

    made = told_at(receiver.url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(secret, 'escape') FROM partners_webhook_endpoint")
        assert made.secret not in cursor.fetchone()[0]


def test_the_commands_add_send_list_replay_and_end(
    ids: dict[str, int], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from duecourse.cli import commands, main

    monkeypatch.setattr(commands.console, "_width", 200)

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["webhooks", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "whsec_" in run("add", "lender", receiver.url, "--reason", "the app", "--by", "alice")
    receiver.answers = [410]
    pay(ids)
    settle()
    assert "1 new events; 1 dead" in run("send")
    assert "payment.received" in run("list", "--outcome", "dead")
    assert "1 to be told again" in run("replay", "--dead", "1")
    assert "1 delivered" in run("send")
    assert "told nothing more" in run("end", "1", "--reason", "over")
