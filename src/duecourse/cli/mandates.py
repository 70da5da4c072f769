"""Commands about mandates: what a borrower lets the lender debit, granted, held, released, revoked."""

import sys
from collections.abc import Sequence
from datetime import datetime

import click
from rich.markup import escape
from rich.table import Table

from .commands import DAY, console, operator, ready
from .debits import debit

WHEN = click.option("--on", required=True, type=DAY, help="From this day, up to the open day.")
WHY = click.option("--reason", required=True)
KEY = click.option("--key", help="The request's key; without one, made of what is asked: asked twice it is done once.")


def references_of(kinds: Sequence[str]) -> list[str]:
    """The reference of each source: asked for unseen on a terminal, else a line of the standard input.

    So that no list of running commands, and no history of a shell, shows it.
    """
    if sys.stdin.isatty():
        return [click.prompt(f"reference of the {kind}, not shown", hide_input=True) for kind in kinds]
    return [sys.stdin.readline().strip() for _ in kinds]


@debit.command("grant")
@click.argument("account")
@click.option("--takes", required=True, help="minimum, statement or fixed of a line; installment or fixed of a loan.")
@click.option("--source", "kinds", required=True, multiple=True, help="bank_card or bank_account; several in order.")
@click.option("--since", type=DAY, help="The first day of a debit; the day agreed if not said.")
@click.option("--limit", help="At most so much for one due day (500.00).")
@click.option("--fixed", help="What is taken, where a fixed amount is.")
@click.option("--consent", help="Where the consent is on record.")
@WHEN
@WHY
@KEY
def debit_grant(
    account: str,
    takes: str,
    kinds: Sequence[str],
    since: datetime | None,
    limit: str | None,
    fixed: str | None,
    consent: str | None,
    on: datetime,
    reason: str,
    key: str | None,
) -> None:
    """Keep a mandate of ACCOUNT; the reference of each source is asked for unseen, or read from the standard input."""
    references = references_of(kinds)
    ready()
    from duecourse.intake import act_kinds
    from duecourse.servicing import in_force, read

    before = in_force.of(account=read.id_of(number=account)).mandates
    told = (account, on.date(), takes, *(one[-4:] for one in references), sum(one.is_over for one in before))
    done = act_kinds.do(
        act_kinds.Asked(
            account,
            "mandate",
            str(on.date()),
            operator(),
            reason,
            key or ":".join(map(str, ("mandate", *told))),
            {
                "takes": takes,
                "sources": [
                    {"kind": kind, "reference": reference} for kind, reference in zip(kinds, references, strict=True)
                ],
                "since": str(since.date()) if since else None,
                "limit": limit,
                "fixed": fixed,
                "consent": consent,
            },
        )
    )
    console.print(f"{done.made} of account {account}{', as before' if done.again else ''}")


def become(kind: str, state: str, account: str, on: datetime, reason: str, key: str | None) -> None:
    """Let the newest mandate of an account become something else."""
    ready()
    from duecourse.intake import act_kinds
    from duecourse.servicing import in_force, mandates, read

    found = in_force.of(account=read.id_of(number=account)).mandates
    if not found:
        raise mandates.NoMandate(f"account {account} has no mandate")
    states = found[-1].states
    before = len(states) - (states[-1].kind == state)
    key = key or f"mandate:{found[-1].id}:{state}:{on.date()}:{before}"
    asked = act_kinds.Asked(account, kind, str(on.date()), operator(), reason, key, {"mandate": found[-1].id})
    done = act_kinds.do(asked)
    console.print(f"mandate {found[-1].id} of account {account} is {state}{', as before' if done.again else ''}")


@debit.command("hold")
@click.argument("account")
@WHEN
@WHY
@KEY
def debit_hold(account: str, on: datetime, reason: str, key: str | None) -> None:
    """Hold the mandate of ACCOUNT: nothing is taken until it is released."""
    become("mandate_hold", "held", account, on, reason, key)


@debit.command("release")
@click.argument("account")
@WHEN
@WHY
@KEY
def debit_release(account: str, on: datetime, reason: str, key: str | None) -> None:
    """Release the mandate of ACCOUNT that is held."""
    become("mandate_release", "released", account, on, reason, key)


@debit.command("revoke")
@click.argument("account")
@WHEN
@WHY
@KEY
def debit_revoke(account: str, on: datetime, reason: str, key: str | None) -> None:
    """Revoke the mandate of ACCOUNT: nothing is taken any more."""
    become("mandate_revoke", "revoked", account, on, reason, key)


@debit.command("mandates")
@click.argument("account")
def debit_mandates(account: str) -> None:
    """List the mandates of ACCOUNT, what each takes from where, and what became of it."""
    ready()
    from duecourse.servicing import in_force, read

    found = in_force.of(account=read.id_of(number=account)).mandates
    if not found:
        console.print(f"account {account} has no mandate")
        return
    for one in found:
        sources = ", ".join(f"{source.kind} {source.last4}" for source in one.sources)
        head = f"mandate {one.id} of {account}: takes {one.takes} since {one.since} from {sources}"
        console.print(head, highlight=False, soft_wrap=True, markup=False)
        table = Table("state", "on", "by", "reason")
        for state in one.states:
            table.add_row(state.kind, str(state.on), *map(escape, (state.by, state.reason)))
        console.print(table)
