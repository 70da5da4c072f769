"""What a collector is told: which work, how long, how many statements, how it came out, and nothing about a person."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pages import client

pytestmark = pytest.mark.usefixtures("seen_contexts")
FIRST = date(2005, 4, 1)
MAIL, PHONE, NAME, NUMBER, FAULT = "fay@example.com", "13800138777", "Quistgaard", "L-77", "fay owes too much"


class Collector:
    """A collector of OTLP over HTTP: each body that came in, by its path."""

    def __init__(self) -> None:
        taken: list[tuple[str, bytes]] = []

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                import gzip

                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                taken.append((self.path, gzip.decompress(body) if packed else body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *told: Any) -> None:
                """Nothing on the terminal."""

        self.taken, self.server = taken, ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        """Every span that came in."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        told = [ExportTraceServiceRequest.FromString(body) for path, body in self.taken if path == "/v1/traces"]
        return [span for one in told for of in one.resource_spans for in_ in of.scope_spans for span in in_.spans]

    def metrics(self) -> set[str]:
        """The names of the metrics that came in."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        told = [ExportMetricsServiceRequest.FromString(body) for path, body in self.taken if path == "/v1/metrics"]
        return {m.name for one in told for of in one.resource_metrics for in_ in of.scope_metrics for m in in_.metrics}


@pytest.fixture
def collector(module_db: str) -> Iterator[Collector]:
    """A collector that this process tells."""
    from duecourse import clock, telemetry

    found = Collector()
    telemetry.begin(url=found.url, role="test", seconds=clock.seconds)
    yield found
    telemetry.end()
    found.server.shutdown()
    found.server.server_close()


def said(span: Any) -> dict[str, Any]:
    """What a span says of its work."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_a_collector_is_told_of_requests_closes_and_jobs_and_of_nobody(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse import clock, telemetry
    from duecourse.book import close
    from duecourse.borrowers import names, people, reach
    from duecourse.outreach import send
    from duecourse.partners import deliver
    from duecourse.servicing import accounts
    from duecourse.web.portal import pages

    (fay,) = people.enrol(source="test", references=["fay"])
    told: dict[str, Any] = {"borrower": fay, "by": "alice", "reason": "application"}
    reach.add_point(kind="email", value=MAIL, at_work=False, source="contract", **told)
    reach.add_point(kind="phone", value=PHONE, at_work=False, source="contract", **told)
    names.call(name=f"Fay {NAME}", **told)
    accounts.open_line(number=NUMBER, borrower_id=fay, product="card_tw_2005", limit_minor=1_000_000, on=FIRST)
    close.through(FIRST + timedelta(days=1))
    send.deliver(now=clock.now, seconds=clock.seconds, wait=clock.wait, by="job")
    deliver.deliver(now=clock.now, by="job")
    browser = client(None)
    session = browser.session
    session["borrower"] = fay
    session.save()
    assert browser.get(f"/my/accounts/{NUMBER}?name={NAME}").status_code == 200
    browser.post("/my/in", {"address": MAIL, "ending": NUMBER})

    def faulty(*_: Any) -> Any:
        raise RuntimeError(FAULT)

    monkeypatch.setattr(pages.owned, "account", faulty)
    browser.raise_request_exception = False
    assert browser.get(f"/my/accounts/{NUMBER}").status_code == 500
    telemetry.end()

    spans = collector.spans()
    by_name: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        by_name.setdefault(span.name, []).append(said(span))
    days = by_name["close of a day"]
    assert [one["duecourse.day"] for one in days] == [str(FIRST), str(FIRST + timedelta(days=1))]
    assert all(one["duecourse.sealed"] and one["duecourse.statements"] > 3 for one in days)
    assert by_name["close of a shard"][0]["duecourse.shard"] == 0
    parents = {span.span_id: span.name for span in spans}
    shard = next(span for span in spans if span.name == "close of a shard")
    assert parents[shard.parent_span_id] == "close of a day"
    assert "messages" in by_name
    assert "webhooks" in by_name
    requests = by_name["request"]
    page = next(one for one in requests if one["duecourse.of"] == "/my/accounts/<str:number>")
    assert (page["duecourse.method"], page["duecourse.status"], page["duecourse.whose"]) == ("GET", 200, "borrower")
    assert page["duecourse.statements"] > 1
    assert {one["duecourse.status"] for one in requests} >= {200, 500}
    assert collector.metrics() >= {"duecourse.work.duration", "duecourse.work.statements"}
    whole = b"".join(body for _, body in collector.taken)
    assert [one for one in (MAIL, PHONE, NAME, NUMBER, FAULT, "SELECT", "alice") if one.encode() in whole] == []


def test_a_fault_is_told_by_its_kind_alone_and_nothing_where_it_is_off(collector: Collector) -> None:
    from duecourse import telemetry

    with pytest.raises(RuntimeError, match=FAULT), telemetry.span("work"):
        raise RuntimeError(FAULT)
    telemetry.end()
    with telemetry.span("work after the end"):
        telemetry.counted("work", {"done": 1})
    (only,) = collector.spans()
    assert (only.name, said(only)["duecourse.fault"], len(only.events)) == ("work", "RuntimeError", 0)
