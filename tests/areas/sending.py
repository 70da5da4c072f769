"""A real mail server and a real HTTP receiver on loopback, borrowers to write to, and a clock that tests move."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NOON = datetime(2026, 9, 2, 4, 0, tzinfo=UTC)
"""Noon in Shanghai; a Wednesday."""


class Mailbox:
    """What a mail server took; `answers` tells it what to say to a receiver instead of 250."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.to: list[str] = []
        self.raw: list[bytes] = []
        self.answers: dict[str, str] = {}
        self.data_answers: list[str] = []
        self.took = threading.Event()
        self.answers_late = False

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answers:
            return self.data_answers.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.raw.append(envelope.content)
        self.to.extend(envelope.rcpt_tos)
        self.took.set()
        if self.answers_late:
            await asyncio.sleep(2)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    """A mail server in a thread: its mailbox, and the port."""
    from aiosmtpd.controller import Controller

    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


class Gateway:
    """What an HTTP receiver got; `answers` are the next codes that it gives instead of 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []


@contextmanager
def http_gateway() -> Iterator[tuple[Gateway, int]]:
    """A receiver of webhooks in a thread: what it got, and the port."""
    gateway = Gateway()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.got.append(body | {"header": self.headers.get("Idempotency-Key")})
            self.send_response(gateway.answers.pop(0) if gateway.answers else 200)
            self.end_headers()

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def channels_file(place: Path, mail_port: int = 1, http_port: int = 1, more: str = "") -> str:
    """A file of routes to both."""
    path = place / "channels.toml"
    path.write_text(f"""
[[route]]
name = "mail"
channel = "email"
host = "127.0.0.1"
port = {mail_port}
security = "none"
sender = "Lender <pay@lender.example>"
per_second = 1000

[[route]]
name = "gateway"
channel = "sms"
url = "json://127.0.0.1:{http_port}/sms?:to={{to}}&+Idempotency-Key={{key}}"
per_second = 1000
{more}
""")
    return str(path)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.waited = 0.0

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def seconds(self) -> float:
        return self.waited


def deliver(clock: Clock, **more: Any) -> dict[str, int]:
    from duecourse.outreach import send

    return dict(send.deliver(now=clock.now, seconds=clock.seconds, wait=clock.wait, by="bob", **more))


def somebody(name: str = "1", place: str = "CN", zone: str = "Asia/Shanghai", language: str = "zh") -> int:
    from duecourse.borrowers import people, reach

    borrower = people.enrol(source="test", references=[name])[0]
    reach.reside(borrower=borrower, place=place, zone=zone, language=language, by="alice", reason="application")
    return borrower


def point(borrower: int, kind: str, value: str) -> int:
    from duecourse.borrowers import reach

    return reach.add_point(
        borrower=borrower, kind=kind, value=value, at_work=False, source="contract", by="alice", reason="application"
    )


def draft(borrower: int, at: int | None, channel: str = "email", key: str = "k1", **more: Any) -> Any:
    from duecourse.outreach.messages import Draft

    told: dict[str, Any] = {
        "key": key, "borrower_id": borrower, "purpose": "service", "moment": "before", "channel": channel,
        "language": "zh", "template": "before.zh", "template_version": "1", "values": {}, "subject": "账单",
        "text": "您的账单即将到期。", "html": "<p>您的账单即将到期。</p>" if channel == "email" else "",
        "not_before": NOON, "not_after": NOON + timedelta(days=1), "by": "bob", "point_id": at,
    }  # fmt: skip
    return Draft(**told | more)


def queue(*told: Any, **more: Any) -> int:
    from duecourse.outreach import messages

    return messages.queue(draft=draft(*told, **more))[0]


def steps(message: int) -> list[str]:
    from duecourse.outreach.tables import MessageStep

    rows = MessageStep.objects.filter(message_id=message).order_by("number")
    return list(rows.values_list("step", flat=True))
