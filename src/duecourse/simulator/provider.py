"""A payment provider to try with, in a process of its own: it redirects, tells signed, twice, late or never, and fails.

It speaks what `partners.providers.Hosted` asks for and takes no money. What it knows is in memory: when it ends, it has
forgotten. Its pages ask how the payment is to end.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

import httpx

from duecourse.partners import providers, signing
from duecourse.partners.providers import EXPIRED, FAILED, OPEN, PAID

PAY, TWICE, LATE, NEVER, FAIL, LEAVE = "pay", "twice", "late", "never", "fail", "leave"
WAYS = (PAY, TWICE, LATE, NEVER, FAIL, LEAVE)
"""How a payment ends: paid and told, told twice, told late, paid and never told, refused, given up."""
WORDS = {
    "en": {
        "title": "A provider to try with", "note": "No money moves here. Choose how the payment ends:", PAY: "Pay",
        TWICE: "Pay; tell it twice", LATE: "Pay; tell it late", NEVER: "Pay; never tell it", FAIL: "Refuse the payment",
        LEAVE: "Give up", "to": "to",
    },
    "zh": {
        "title": "支付沙盒", "note": "这里不会发生真实扣款。请选择这笔付款的结果：", PAY: "付款成功",
        TWICE: "付款成功，通知两次", LATE: "付款成功，延迟通知", NEVER: "付款成功，不通知", FAIL: "付款被拒",
        LEAVE: "放弃付款", "to": "付给",
    },
}  # fmt: skip
STYLE = (
    "body{font:16px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:0;background:#f4f6f7;color:#1b242d}"
    "main{max-width:26rem;margin:0 auto;padding:2rem 1rem;display:grid;gap:.75rem}h1{font-size:1.2rem;margin:0}"
    "b{font-size:1.8rem}button{font:inherit;padding:.7rem;width:100%;border:1px solid #1d5b6e;border-radius:6px;"
    "background:#1d5b6e;color:#fff}.second{background:#fff;color:#1d5b6e}form{display:grid;gap:.6rem}"
)
LATE_SECONDS = 20.0
TRIES = 5


class Sandbox:
    """Its sessions by their ids, the key that opens it, and the secret with which it signs."""

    def __init__(self, key: str, secret: str, late_seconds: float = LATE_SECONDS) -> None:
        signing.key_of(secret)
        self.key, self.secret, self.late_seconds = key, secret, late_seconds
        self.sessions: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    def begin(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A session for a reference; the same one again for the same reference."""
        with self.lock:
            for one in self.sessions.values():
                if one["reference"] == asked["reference"]:
                    return one
            number = secrets.token_urlsafe(12)
            made = {**asked, "id": number, "state": OPEN, "at": datetime.now(UTC).isoformat()}
            self.sessions[number] = made
            return made

    def end(self, number: str, how: str) -> dict[str, Any] | None:
        """End an open session in one of WAYS and tell it; what has ended stays as it is."""
        with self.lock:
            one = self.sessions.get(number)
            if one is None or one["state"] != OPEN:
                return one
            state = FAILED if how == FAIL else EXPIRED if how == LEAVE else PAID
            one.update(state=state, at=datetime.now(UTC).isoformat(), why="refused_by_bank" if how == FAIL else "")
        if how != NEVER:
            threading.Thread(target=self.tell, args=(dict(one), how), daemon=True).start()
        return one

    def tell(self, one: dict[str, Any], how: str) -> None:
        """Tell whoever asked, until it is taken or there is no use."""
        if how == LATE:
            time.sleep(self.late_seconds)
        for _ in range(2 if how == TWICE else 1):
            body = json.dumps(public(one)).encode()
            for attempt in range(TRIES):
                signed = signing.headers(
                    secret=self.secret, message=f"msg_{one['id']}", seconds=int(time.time()), body=body
                )
                own = {"content-type": "application/json", **signed}
                try:
                    if httpx.post(one["tell_url"], content=body, headers=own, timeout=10, trust_env=False).is_success:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(2**attempt)


def public(one: dict[str, Any]) -> dict[str, Any]:
    """What is told of a session."""
    return {name: one.get(name, "") for name in ("id", "reference", "state", "amount_minor", "currency", "at", "why")}


def page(one: dict[str, Any]) -> str:
    """The page on which the payer chooses how it ends."""
    language = "zh" if one["language"] == "zh" else "en"
    said = WORDS[language]
    buttons = "".join(
        f'<button name="how" value="{way}"{"" if way == PAY else " class=second"}>{said[way]}</button>' for way in WAYS
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{said["title"]}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main><h1>{said['title']}</h1><p>{said['to']} {escape(one['title'])}</p><b>{escape(one['shown'])}</b>"
        f'<p>{said["note"]}</p><form method="post">{buttons}</form></main></body></html>'
    )


class Door(BaseHTTPRequestHandler):
    """What it answers: JSON to who has the key, a page to a payer, and back to where the payer came from."""

    sandbox: Sandbox

    def do_GET(self) -> None:
        """A session by its id, or the page of one."""
        kind, number = self.place()
        one = self.sandbox.sessions.get(number)
        if kind == "sessions" and self.has_key() and one is not None:
            self.json(200, public(one))
        elif kind == "pay" and one is not None and one["state"] == OPEN:
            self.answer(200, page(one).encode(), "text/html; charset=utf-8")
        elif kind == "pay" and one is not None:
            self.leave(one)
        else:
            self.json(404, {})

    def do_POST(self) -> None:
        """Begin a session, or end one as its payer chose."""
        kind, number = self.place()
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), 65_536))
        if kind == "sessions" and self.has_key():
            self.begin(body)
            return
        how = parse_qs(body.decode(errors="replace")).get("how", [""])[0]
        one = self.sandbox.end(number, how) if kind == "pay" and how in WAYS else None
        if one is None:
            self.json(404, {})
        else:
            self.leave(one)

    def begin(self, body: bytes) -> None:
        """A new session, or the one that there is."""
        try:
            asked = json.loads(body)
            one = self.sandbox.begin({name: asked[name] for name in providers.Asked._fields})
        except (ValueError, KeyError, TypeError):
            self.json(422, {})
            return
        self.json(201, {**public(one), "url": f"http://{self.headers['host']}/pay/{quote(one['id'])}"})

    def place(self) -> tuple[str, str]:
        """The two parts of the address."""
        kind, _, number = self.path.partition("?")[0].strip("/").partition("/")
        return kind, number

    def has_key(self) -> bool:
        """Whether the request carries the key."""
        return secrets.compare_digest(self.headers.get("authorization", ""), f"Bearer {self.sandbox.key}")

    def leave(self, one: dict[str, Any]) -> None:
        """Send the payer back to where they came from."""
        self.send_response(303)
        self.send_header("location", one["return_url"])
        self.send_header("content-length", "0")
        self.end_headers()

    def json(self, status: int, told: dict[str, Any]) -> None:
        """An answer for a program."""
        self.answer(status, json.dumps(told).encode(), "application/json")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        """An answer with a body."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: Any) -> None:
        """Nothing: addresses name sessions."""


@contextmanager
def serving(sandbox: Sandbox, port: int = 0) -> Iterator[str]:
    """The sandbox on this machine; gives its address."""
    door = type("Door", (Door,), {"sandbox": sandbox})
    server = ThreadingHTTPServer(("127.0.0.1", port), door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
