"""E-mail by SMTP: Django builds the message and opens the connection; the phases of SMTP are driven here.

Only so is it known whether a message may have been taken when a connection breaks: before its content was sent, not.
Signing by DKIM is the relay's (docs/decisions/0010): nothing in the message is left for others to change.
"""

import smtplib
from contextlib import suppress
from email.charset import BASE64 as IN_BASE64
from email.charset import Charset
from email.utils import format_datetime, parseaddr
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection

from .channels import Route
from .handed import BOUNCED, DEAD, FAILED, SENT, UNKNOWN, Answer, Letter

TIMEOUT_SECONDS = 30
UTF_8 = Charset("utf-8")
UTF_8.body_encoding = IN_BASE64
"""Texts as base64: seven bits and short lines, which no relay has to write anew after the message was signed."""


class Post:
    """A connection to a mail server that is opened when the first letter is sent, and kept for those after it."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.backend: Any = get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=route.host, port=route.port, username=route.user,
            password=route.password, use_tls=route.security == "starttls", use_ssl=route.security == "ssl",
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip

    def hand_over(self, letter: Letter) -> Answer:
        """Send one letter."""
        try:
            content = built(self.route, letter).message().as_bytes(linesep="\r\n")
        except (ValueError, UnicodeError) as fault:
            return Answer(FAILED, f"the message cannot be written: {type(fault).__name__}")
        try:
            self.backend.open()
            server = self.backend.connection
            server.ehlo_or_helo_if_needed()
            refused = self.addressed(server, letter)
        except (OSError, ValueError, smtplib.SMTPException) as fault:
            self.close()
            return Answer(FAILED, f"the mail server cannot be used: {type(fault).__name__}")
        if refused:
            with suppress(OSError, smtplib.SMTPException):
                server.rset()
            return refused
        try:
            code, said = server.data(content)
        except smtplib.SMTPDataError as fault:  # refused before the content was sent
            return judged(fault.smtp_code, fault.smtp_error)
        except (OSError, smtplib.SMTPException) as fault:
            self.close()
            return Answer(UNKNOWN, f"the connection broke while the content was sent: {type(fault).__name__}")
        return Answer(SENT) if code == 250 else judged(code, said)

    def addressed(self, server: Any, letter: Letter) -> Answer | None:
        """Name sender and receiver; the refusal, if one of them is refused."""
        code, said = server.mail(parseaddr(self.route.sender)[1])
        if code != 250:
            return Answer(FAILED, f"the sender was refused: {code}")
        code, said = server.rcpt(letter.to)
        return None if code in (250, 251) else judged(code, said, of_address=True)

    def close(self) -> None:
        """Say goodbye, if there is somebody to say it to."""
        with suppress(OSError, smtplib.SMTPException):
            self.backend.close()
        self.backend.connection = None


def judged(code: int, said: bytes | str, *, of_address: bool = False) -> Answer:
    """A refusal of a mail server: that the address is dead, or anything else, which may pass."""
    told = said.decode(errors="replace") if isinstance(said, bytes) else said
    status = next((word for word in told.split()[:1] if word.count(".") == 2), "")
    dead = status in DEAD or (of_address and not status and code in (550, 551, 553))
    return Answer(BOUNCED if dead else FAILED, f"{code} {status}".strip())


def built(route: Route, letter: Letter) -> EmailMultiAlternatives:
    """The message: text and HTML, with the headers that receivers of bulk mail ask for."""
    domain = route.domain or parseaddr(route.sender)[1].partition("@")[2]
    headers = {
        "Message-ID": f"<{letter.mail_id}@{domain}>",
        "Date": format_datetime(letter.at),
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    if letter.stop_url:
        headers |= {"List-Unsubscribe": f"<{letter.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(letter.subject, letter.text, route.sender, [letter.to], headers=headers)
    message.encoding = UTF_8
    if letter.attached:
        message.attach(letter.attached.name, letter.attached.content, letter.attached.media_type)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message
