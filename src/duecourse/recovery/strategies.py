"""The strategies that there are: brought in, approved by two others, live as champion or challenger, retired."""

from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.ledger.journal import Refused
from duecourse.rules import recovery_terms

from . import decided, strategy
from .case_tables import Strategy as Row
from .case_tables import StrategyState
from .path import CHALLENGER, CHAMPION, PPM, Shares

APPROVED, TURNED_DOWN, RETIRED = "approved", "turned_down", "retired"


class NoSuchStrategy(Refused):
    """There is no such strategy, or none is live."""

    code = "no_such_strategy"


class NotApproved(Refused):
    """Too few persons have approved the strategy, or this one may not."""

    code = "strategy_not_approved"


class StrategyTurnedDown(Refused):
    """Somebody turned the strategy down: it is never approved and never goes live."""

    code = "strategy_turned_down"


class StrategyWasLive(Refused):
    """The strategy has decided already: it cannot be turned down any more."""

    code = "strategy_was_live"


class SharesRefused(Refused):
    """Shares that leave nobody under the champion."""

    code = "strategy_shares_refused"


class Live(NamedTuple):
    """What is live: the champion, the challenger if there is one, and the shares of the experiment."""

    champion: int
    challenger: int | None
    experiment: str
    shares: Shares


def register(*, name: str, text: str, by: str) -> int:
    """Keep a strategy that can be read; the same text is kept once, and is not brought in again once turned down."""
    read = strategy.read(text)
    row, _ = Row.objects.get_or_create(digest=read.digest, defaults={"name": name, "body": text, "by": by})
    refuse_turned_down(row.id)
    return int(row.id)


def named(*, strategy: int) -> Row:
    """A strategy's row; one that there is not is refused."""
    row = Row.objects.filter(id=strategy).first()
    if row is None:
        raise NoSuchStrategy(f"there is no strategy {strategy}")
    return row


def approve(*, strategy: int, on: date, by: str, reason: str) -> int:
    """Approve a strategy: by a person who did not bring it in, once each; how many have."""
    with transaction.atomic():
        alone()
        row = named(strategy=strategy)
        refuse_turned_down(strategy)
        if row.by == by:
            raise NotApproved(f"strategy {strategy}: {by} brought it in")
        if StrategyState.objects.filter(strategy_id=strategy, state=APPROVED, by=by).exists():
            raise NotApproved(f"strategy {strategy}: {by} has approved it before")
        write(strategy, APPROVED, on, by, reason)
    return approvals(strategy)


def turn_down(*, strategy: int, on: date, by: str, reason: str) -> None:
    """Turn down a strategy that was never live, with a reason; it is never approved afterwards."""
    why = decided.reasoned(reason)
    with transaction.atomic():
        alone()
        named(strategy=strategy)
        refuse_turned_down(strategy)
        if StrategyState.objects.filter(strategy_id=strategy).exclude(state=APPROVED).exists():
            raise StrategyWasLive(f"strategy {strategy} has decided already: let another take its place")
        write(strategy, TURNED_DOWN, on, by, why)


def turned_down(*, strategy: int) -> StrategyState | None:
    """Who turned a strategy down, when and why; None: nobody."""
    found: StrategyState | None = StrategyState.objects.filter(strategy_id=strategy, state=TURNED_DOWN).first()
    return found


def refuse_turned_down(strategy: int) -> None:
    """Refuse a strategy that somebody has turned down."""
    row = turned_down(strategy=strategy)
    if row is not None:
        raise StrategyTurnedDown(f"strategy {strategy}: {row.by} turned it down on {row.on}: {row.reason}")


def alone() -> None:
    """Wait until nobody else changes strategies; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(13, 0)")


def approvals(strategy: int) -> int:
    """How many persons have approved a strategy."""
    return StrategyState.objects.filter(strategy_id=strategy, state=APPROVED).values("by").distinct().count()


def go_live(
    *, strategy: int, role: str, on: date, by: str, reason: str, experiment: str = "", challenger_ppm: int = 0,
    control_ppm: int = 0,
) -> None:  # fmt: skip
    """Let an approved strategy decide from a day on, as champion or as challenger of a share of persons.

    `control_ppm` of persons get nothing extra; an experiment keeps each person in its arm.
    """
    if role not in (CHAMPION, CHALLENGER):
        raise SharesRefused(f"role: {role!r} is neither {CHAMPION} nor {CHALLENGER}")
    if not (0 <= challenger_ppm < PPM and 0 <= control_ppm < PPM and challenger_ppm + control_ppm < PPM):
        raise SharesRefused(f"{challenger_ppm} and {control_ppm} per million leave nobody under the champion")
    with transaction.atomic():
        alone()
        named(strategy=strategy)
        refuse_turned_down(strategy)
        asked = recovery_terms.approvers(on=on)
        given = approvals(strategy)
        if given < asked:
            raise NotApproved(f"strategy {strategy}: {given} of {asked} approvals")
        if role == CHALLENGER and live(on=on).champion == strategy:
            raise SharesRefused(f"strategy {strategy} is the champion: it cannot challenge itself")
        write(strategy, role, on, by, reason, experiment, challenger_ppm, control_ppm)


def retire(*, strategy: int, on: date, by: str, reason: str) -> None:
    """Let the challenger decide no more; a champion ends when another goes live."""
    if live(on=on).challenger != strategy:
        raise NoSuchStrategy(f"strategy {strategy} is not the challenger on {on}")
    write(strategy, RETIRED, on, by, reason)


def write(
    strategy: int, state: str, on: date, by: str, reason: str, experiment: str = "", challenger_ppm: int = 0,
    control_ppm: int = 0,
) -> None:  # fmt: skip
    """Write down what became of a strategy."""
    StrategyState.objects.create(
        strategy_id=strategy, state=state, experiment=experiment, challenger_ppm=challenger_ppm,
        control_ppm=control_ppm, on=on, by=by, reason=reason,
    )  # fmt: skip


def is_live(*, on: date) -> bool:
    """Whether a strategy decides on a day."""
    return StrategyState.objects.filter(state=CHAMPION, on__lte=on).exists()


def live(*, on: date) -> Live:
    """What decides on a day: the newest champion, and the newest challenger that was not retired since."""
    champion = StrategyState.objects.filter(state=CHAMPION, on__lte=on).order_by("-id").first()
    if champion is None:
        raise NoSuchStrategy(f"no strategy is live on {on}")
    challenger = StrategyState.objects.filter(state=CHALLENGER, on__lte=on).order_by("-id").first()
    if challenger is not None:
        over = StrategyState.objects.filter(
            strategy_id=challenger.strategy_id, state__in=(RETIRED, CHAMPION), on__lte=on, id__gt=challenger.id
        )
        challenger = None if over.exists() else challenger
    newest = challenger or champion
    control = max(champion.control_ppm, challenger.control_ppm if challenger else 0)
    shares = Shares(challenger.challenger_ppm if challenger else 0, control)
    experiment = newest.experiment or f"strategy-{champion.strategy_id}"
    return Live(champion.strategy_id, challenger.strategy_id if challenger else None, experiment, shares)
