"""A command about reaching a borrower: where they live, how, what they agreed to; and what is known of it."""

from datetime import UTC, datetime
from typing import Any

import click

from duecourse.rules.contact_rules import NOTICES

from .commands import console, main, operator, ready

CHANNEL = click.Choice(["call", "ai_call", "voicemail", "sms", "email", "im", "app", "letter", "visit"])


@main.command("reach")
@click.argument("account")
@click.option("--place", help="Where the borrower lives: CN, US-NY, UK, DE …")
@click.option("--zone", default="", help="The time zone, as Europe/London; where not known, every zone of the place.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--email", help="An e-mail address, kept encrypted.")
@click.option("--phone", help="A number, kept encrypted.")
@click.option("--name", help="What the borrower is called, kept encrypted.")
@click.option("--agrees", type=CHANNEL, multiple=True, help="The borrower agrees to be contacted so.")
@click.option("--stops", type=CHANNEL, multiple=True, help="The borrower takes that back.")
@click.option("--noticed", type=click.Choice(NOTICES), multiple=True, help="A notice about ACCOUNT that was sent now.")
@click.option("--source", default="the borrower", show_default=True, help="Who told it.")
@click.option("--reason", default="", help="Why.")
@click.option("--by", help="Who writes it down; who gives the command if not said.")
def reach(
    account: str,
    place: str | None,
    zone: str,
    language: str,
    email: str | None,
    phone: str | None,
    name: str | None,
    agrees: tuple[str, ...],
    stops: tuple[str, ...],
    noticed: tuple[str, ...],
    source: str,
    reason: str,
    by: str | None,
) -> None:
    """Say how the borrower of ACCOUNT can be reached; without options, what is known of it."""
    ready()
    from duecourse.borrowers import names
    from duecourse.borrowers import reach as known
    from duecourse.care import offers

    owed = offers.account_of(number=account)
    person = owed.borrower
    told: dict[str, Any] = {"by": by or operator(), "reason": reason}
    if place:
        known.reside(borrower=person, place=place, zone=zone, language=language, **told)
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            known.add_point(borrower=person, kind=kind, value=value, at_work=False, source=source, **told)
    if name:
        names.call(borrower=person, name=name, **told)
    for given, channels in ((True, agrees), (False, stops)):
        for channel in channels:
            known.consent(borrower=person, kind="contact", channel=channel, given=given, at=datetime.now(UTC), **told)
    for kind in noticed:
        known.notice(borrower=person, kind=kind, sent_at=datetime.now(UTC), account=owed.id, **told)
    home = known.residence(borrower=person)
    if home is None:
        console.print("where the borrower lives is not known: nothing is sent, and rules of a place cannot be found")
    else:
        console.print(f"lives in {home.place}, zone {home.zone or 'not known'}, language {home.language}")
    for point in known.points(borrower=person):
        console.print(f"{point.kind} …{point.value[-4:]} {point.state}".rstrip(), highlight=False)
