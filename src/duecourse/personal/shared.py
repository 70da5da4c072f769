"""With whom what is known of a person was shared: agencies, owners and funders, their programs, courts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, timedelta
from itertools import chain
from typing import NamedTuple

from django.db.models import Count, Max, Min

from duecourse.partners.deliver import DELIVERED
from duecourse.partners.webhook_tables import WebhookDelivery
from duecourse.recovery.agency_tables import Agency, PlacedAccount, Placement, Recall
from duecourse.recovery.legal_proceedings import FILED
from duecourse.recovery.legal_tables import Proceeding, ProceedingStage
from duecourse.servicing.party_tables import Funding, Party, Sale
from duecourse.servicing.tables import Account

AGENCY, OWNER, FUNDER, MESSAGES, COURT, ARBITRATION = "agency", "owner", "funder", "messages", "court", "arbitration"


class Shared(NamedTuple):
    """What of an account somebody was given, from a day on; until: the last day, or None while it goes on.

    kind: as what they were given it (AGENCY and the others). times: of messages, how many were taken.
    """

    on: date
    until: date | None
    kind: str
    who: str
    account: str
    times: int = 0


def of(*, person: int, on: date) -> list[Shared]:
    """With whom what is known of a person was shared by a day, the newest first."""
    numbers = dict(Account.objects.filter(borrower_id=person).values_list("id", "number"))
    parties = {one.id: one for one in Party.objects.all()}
    found = chain(
        with_agencies(person, numbers, on),
        with_owners(numbers, parties, on),
        with_funders(numbers, parties, on),
        in_messages(numbers, {one.code: one.name for one in parties.values()}),
        with_courts(numbers),
    )
    return sorted(found, key=lambda one: (one.on, one.account, one.kind), reverse=True)


def with_agencies(person: int, numbers: Mapping[int, str], on: date) -> Iterator[Shared]:
    """Agencies that have or had a case of the person, account by account; what ended before it began is left out."""
    placements = {one.id: one for one in Placement.objects.filter(borrower_id=person)}
    names = dict(Agency.objects.values_list("id", "name"))
    ended = dict(Recall.objects.filter(placement_id__in=placements).values_list("placement_id", "on"))
    for placed in PlacedAccount.objects.filter(placement_id__in=placements, on__lte=on):
        until = last_before(ended.get(placed.placement_id))
        if until is None or until >= placed.on:
            agency = names[placements[placed.placement_id].agency_id]
            yield Shared(placed.on, until, AGENCY, agency, numbers[placed.account_id])


def last_before(day: date | None) -> date | None:
    """The day before a day, if there is one."""
    return day and day - timedelta(days=1)


def with_owners(numbers: Mapping[int, str], parties: Mapping[int, Party], on: date) -> Iterator[Shared]:
    """Who bought an account, until it was bought back; what was called off, or settles later, is left out."""
    asked = list(Sale.objects.filter(account_id__in=numbers).order_by("settles_on", "id"))
    off = {one.cancels for one in asked}
    stands = [one for one in asked if one.kind != "cancel" and one.id not in off and one.settles_on <= on]
    for i, one in enumerate(stands):
        if one.kind == "sale":
            after = next((then.settles_on for then in stands[i + 1 :] if then.account_id == one.account_id), None)
            yield Shared(one.settles_on, last_before(after), OWNER, parties[one.party_id].name, numbers[one.account_id])


def with_funders(numbers: Mapping[int, str], parties: Mapping[int, Party], on: date) -> Iterator[Shared]:
    """Who bears a part of an account beside the lender, from the day on which they did to the last one; of a day's
    agreements the last one holds."""
    agreed = Funding.objects.filter(account_id__in=numbers, from_day__lte=on).order_by("account_id", "from_day", "id")
    held = {(one.account_id, one.from_day): {*one.parties, one.guarantor} - {0, None} for one in agreed}
    since: dict[tuple[int, int], date] = {}
    for (account, day), now in held.items():
        for party in [party for of, party in since if of == account and party not in now]:
            yield Shared(since.pop((account, party)), last_before(day), FUNDER, parties[party].name, numbers[account])
        for party in now:
            since.setdefault((account, party), day)
    for (account, party), day in since.items():
        yield Shared(day, None, FUNDER, parties[party].name, numbers[account])


def in_messages(numbers: Mapping[int, str], names: Mapping[str, str]) -> Iterator[Shared]:
    """Programs of owners and funders that were told what happened on an account, and took it."""
    taken = (
        WebhookDelivery.objects.filter(
            event__account_id__in=numbers, endpoint__partner__in=names, webhooktry__outcome=DELIVERED
        )
        .values("endpoint__partner", "event__account_id")
        .annotate(first=Min("webhooktry__at"), last=Max("webhooktry__at"), times=Count("id", distinct=True))
    )
    for row in taken:
        first, last = (row[name].astimezone(UTC).date() for name in ("first", "last"))
        who, account = names[row["endpoint__partner"]], numbers[row["event__account_id"]]
        yield Shared(first, last, MESSAGES, who, account, row["times"])


def with_courts(numbers: Mapping[int, str]) -> Iterator[Shared]:
    """Courts and arbitrators where something was filed, by their reference."""
    proceedings = {one.id: one for one in Proceeding.objects.filter(account_id__in=numbers)}
    for stage in ProceedingStage.objects.filter(proceeding_id__in=proceedings, stage=FILED):
        one = proceedings[stage.proceeding_id]
        yield Shared(stage.on, None, one.kind, stage.reference, numbers[one.account_id])
