"""Commands about people in care: circumstances, representatives, breathing spaces, what somebody is before the law."""

from datetime import datetime
from typing import Any

import click
from rich.table import Table

from .care import AT, KEY, REASON, TEXT, care, key_of, moment, words
from .commands import DAY, console, operator, ready
from .hardship import of_number

STATES = ("deceased", "minor", "incapacity", "insolvency")


@care.command("circumstance")
@click.argument("account")
@click.option("--kind", required=True, help="Why, in a word; kept encrypted.")
@click.option("--treat", required=True, multiple=True, help="How to treat them: more_time, letters_only, …; often.")
@click.option("--review-on", required=True, type=DAY, help="When to look again.")
@TEXT
@AT
@KEY
def circumstance(
    account: str,
    kind: str,
    treat: tuple[str, ...],
    review_on: datetime,
    text: str,
    at: datetime | None,
    key: str | None,
) -> None:
    """Note that the borrower of ACCOUNT is to be treated with care, and how."""
    ready()
    from duecourse.care import circumstances

    found, when = of_number(account), moment(at)
    number = circumstances.note(
        person=found.borrower, kind=kind, text=words(text), treat=treat, review_on=review_on.date(), at=when,
        by=operator(), key=key_of(key, when, "circumstance", account, *sorted(treat), review_on.date()),
    )  # fmt: skip
    console.print(f"circumstance {number}", highlight=False)


@care.command("review")
@click.argument("number", type=int)
@click.option("--review-on", required=True, type=DAY, help="When to look again.")
@REASON
@AT
def review(number: int, review_on: datetime, reason: str, at: datetime | None) -> None:
    """Say that circumstance NUMBER was looked at and is still so."""
    ready()
    from duecourse.care import circumstances

    circumstances.review(
        circumstance=number, review_on=review_on.date(), at=moment(at), by=operator(), reason=reason
    )  # fmt: skip
    console.print(f"circumstance {number}: again on {review_on.date()}", highlight=False)


@care.command("represent")
@click.argument("account")
@click.option("--kind", required=True, help="attorney, debt_adviser, named_person, guardian or executor.")
@click.option("--name", required=True, help="Who; kept encrypted.")
@click.option("--point-kind", required=True, help="phone, email, address or im.")
@click.option("--point", required=True, help="Where they are reached; kept encrypted.")
@click.option("--from", "since", required=True, type=DAY, help="The first day of the authority.")
@click.option("--to", "until", type=DAY, help="Its last day, if it has one.")
@click.option("--this-account", is_flag=True, help="About this account alone.")
@REASON
@KEY
def represent(
    account: str, kind: str, name: str, point_kind: str, point: str, since: datetime, until: datetime | None,
    this_account: bool, reason: str, key: str | None,
) -> None:  # fmt: skip
    """Note who speaks for the borrower of ACCOUNT."""
    ready()
    from duecourse.care import representatives

    found = of_number(account)
    number = representatives.represent(
        person=found.borrower, account=found.id if this_account else None, kind=kind, name=name, point_kind=point_kind,
        point=point, authority_from=since.date(), authority_to=until.date() if until else None, by=operator(),
        reason=reason, key=key_of(key, since, "represent", account, kind, this_account),
    )  # fmt: skip
    console.print(f"representative {number}", highlight=False)


@care.command("who")
@click.argument("account")
@click.option("--on", type=DAY, help="On which day; the book's open day if not said.")
def who(account: str, on: datetime | None) -> None:
    """List, in clear, who may be contacted for the borrower of ACCOUNT, and where."""
    ready()
    from duecourse.care import representatives

    found = of_number(account)
    shown = Table("number", "as", "name", "kind", "where")
    told = representatives.who(person=found.borrower, on=on.date() if on else found.open_day, account=found.id)
    for one in told:
        shown.add_row(str(one.id), one.relation, one.name, one.point_kind, one.point)
    console.print(shown if told else "nobody speaks for them")


@care.command("breathing-space")
@click.argument("account")
@click.option("--kind", type=click.Choice(["standard", "mental_health_crisis"]), default="standard", show_default=True)
@click.option("--from", "since", required=True, type=DAY, help="Its first day.")
@click.option("--reference", required=True, help="The register's number.")
@REASON
@KEY
def breathing_space(account: str, kind: str, since: datetime, reference: str, reason: str, key: str | None) -> None:
    """Begin a breathing space of the borrower of ACCOUNT."""
    ready()
    from duecourse.care import breathing_spaces

    number = breathing_spaces.begin(
        person=of_number(account).borrower, kind=kind, begins_on=since.date(), reference=reference, by=operator(),
        reason=reason, key=key_of(key, since, "breathing-space", account, kind, reference),
    )  # fmt: skip
    console.print(f"breathing_space {number}", highlight=False)
    waiting = breathing_spaces.not_stopped(breathing_space=number)
    if waiting:
        console.print(f"charges are not stopped yet on {len(waiting)} accounts; the next close tries, and says why not")


@care.command("treatment-ended")
@click.argument("number", type=int)
@click.option("--on", required=True, type=DAY, help="On which day.")
@REASON
@AT
def treatment_ended(number: int, on: datetime, reason: str, at: datetime | None) -> None:
    """Say when the treatment ended for which breathing space NUMBER stands."""
    ready()
    from duecourse.care import breathing_spaces

    last = breathing_spaces.treatment_ended(
        breathing_space=number, on=on.date(), at=moment(at), by=operator(), reason=reason
    )
    console.print(f"breathing_space {number}: until {last}", highlight=False)


@care.command("note")
@click.argument("account")
@click.argument("state", type=click.Choice(STATES))
@click.option("--of-age-on", type=DAY, help="Of a minor: the day of coming of age.")
@REASON
@AT
def note(account: str, state: str, of_age_on: datetime | None, reason: str, at: datetime | None) -> None:
    """Note what the borrower of ACCOUNT is before the law: deceased, a minor, without capacity, insolvent."""
    ready()
    from duecourse.care import legal_states

    if (state == "minor") != (of_age_on is not None):
        raise click.UsageError("--of-age-on is told of a minor, and of a minor only")
    person, when, by = of_number(account).borrower, moment(at), operator()
    if of_age_on is not None:
        legal_states.minor(person=person, of_age_on=of_age_on.date(), at=when, by=by, reason=reason)
    else:
        legal_states.noted(person, state, when, by, reason)
    console.print(f"{account}: {state}", highlight=False)


@care.command("end")
@click.argument("what", type=click.Choice(["promise", "circumstance", "representative", "breathing_space", *STATES]))
@click.argument("which")
@REASON
@AT
def end(what: str, which: str, reason: str, at: datetime | None) -> None:
    """End WHAT: by its number, or what a borrower is before the law by the number of an account."""
    ready()
    from duecourse.care import breathing_spaces, circumstances, legal_states, promises, representatives

    said: dict[str, Any] = {"at": moment(at), "by": operator(), "reason": reason}
    if what in STATES:
        legal_states.end(person=of_number(which).borrower, kind=what, **said)
    elif not which.isdecimal():
        raise click.UsageError(f"{which!r} is no number of a {what}")
    elif what == "promise":
        promises.withdraw(promise=int(which), **said)
    elif what == "circumstance":
        circumstances.end(circumstance=int(which), **said)
    elif what == "representative":
        representatives.end(representative=int(which), **said)
    else:
        breathing_spaces.end(breathing_space=int(which), **said)
    console.print(f"{what} {which}: ended", highlight=False)
