"""What pages show of the way to court: demands and what became of them, packs that were made, papers, what waits."""

from datetime import date
from typing import NamedTuple

from duecourse.borrowers import secrecy
from duecourse.outreach import messages
from duecourse.outreach.tables import Message
from duecourse.servicing.tables import Account

from .legal_demand_mail import PREFIX
from .legal_proceedings import PREPARED, NoSuchProceeding
from .legal_tables import (
    Demand,
    DemandPosted,
    EvidencePack,
    JudgmentInterest,
    Proceeding,
    ProceedingDocument,
    ProceedingStage,
)


class Told(NamedTuple):
    """A demand: as it was written, when it was posted (None: not yet), the last step of its e-mail ("": none)."""

    row: Demand
    posted: DemandPosted | None
    mail: str


class Unfiled(NamedTuple):
    """A proceeding that one person prepared and another files."""

    id: int
    account: str
    kind: str
    by: str
    on: date


def demands(*, account: int) -> list[Told]:
    """The demands of an account, the newest first."""
    rows = list(Demand.objects.filter(account_id=account).order_by("-id"))
    sent = {one.demand_id: one for one in DemandPosted.objects.filter(demand_id__in=[row.id for row in rows])}
    mails = dict(Message.objects.filter(key__in=[f"{PREFIX}{row.id}" for row in rows]).values_list("key", "id"))
    found = []
    for row in rows:
        mail = mails.get(f"{PREFIX}{row.id}")
        step = messages.last(mail) if mail else None
        found.append(Told(row, sent.get(row.id), (step.step if step else "queued") if mail else ""))
    return found


def packs(*, account: int) -> list[EvidencePack]:
    """The evidence packs that were made of an account, the newest first."""
    return list(EvidencePack.objects.filter(account_id=account).order_by("-id"))


def charged(*, proceeding: int) -> list[JudgmentInterest]:
    """What was charged of a judgment's interest, the oldest first."""
    return list(JudgmentInterest.objects.filter(proceeding_id=proceeding).order_by("through"))


def papers(*, proceeding: int) -> list[ProceedingDocument]:
    """The papers of a proceeding, unopened, the oldest first."""
    return list(ProceedingDocument.objects.filter(proceeding_id=proceeding).defer("content").order_by("id"))


def paper(*, proceeding: int, number: int) -> tuple[str, bytes]:
    """A paper of this proceeding: its name and what came in."""
    row = ProceedingDocument.objects.filter(id=number, proceeding_id=proceeding).first()
    if row is None:
        raise NoSuchProceeding(f"proceeding {proceeding} has no paper {number}")
    return row.name, secrecy.opened_bytes(bytes(row.content))


def unfiled() -> list[Unfiled]:
    """The proceedings that wait to be filed by another person, the oldest first."""
    newest = ProceedingStage.objects.order_by("proceeding_id", "-id").distinct("proceeding_id")
    waiting = [one.proceeding_id for one in newest if one.stage == PREPARED]
    rows = list(Proceeding.objects.filter(id__in=waiting).order_by("id"))
    numbers = dict(Account.objects.filter(id__in=[row.account_id for row in rows]).values_list("id", "number"))
    return [Unfiled(row.id, numbers[row.account_id], row.kind, row.by, row.on) for row in rows]
