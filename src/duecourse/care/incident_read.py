"""What may be asked of incidents: how far each came, and what each did to an account."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from . import incident_figures, incidents
from .incident_figures import Figures
from .incident_finding import day_of
from .incident_tables import Incident, IncidentFinding, IncidentOutcome, IncidentTurnedDown

DECIDED = """
SELECT i.id, i.by, 'turned_down' AS became, d.by, d.reason, d.recorded_at AS at
FROM care_incident i JOIN care_incident_turned_down d ON d.incident_id = i.id
UNION ALL
SELECT i.id, i.by, 'undone', u.by, '', u.recorded_at
FROM care_incident i JOIN LATERAL (SELECT * FROM care_incident_undone
    WHERE incident_id = i.id ORDER BY id DESC LIMIT 1) u ON true
WHERE NOT EXISTS (SELECT FROM care_incident_turned_down d WHERE d.incident_id = i.id)
    AND NOT EXISTS (SELECT FROM care_incident_finding f WHERE f.incident_id = i.id
        AND coalesce((SELECT c.state FROM care_incident_choice c WHERE c.finding_id = f.id ORDER BY c.id DESC LIMIT 1),
            'taken_in') = 'taken_in'
        AND NOT EXISTS (SELECT FROM care_incident_undone o WHERE o.finding_id = f.id))
ORDER BY at DESC LIMIT %s
"""
MOST = 10
"""So many incidents that wait are looked at."""
FOUND, LEFT_OUT, REFUSED, TURNED_DOWN = "found", "left_out", "refused", "turned_down"


class Stand(NamedTuple):
    """An incident and how far it came: findings that count, those left out, who approved, accounts by outcome.

    turned_down: by whom, when and why, if somebody turned it down.
    """

    incident: Incident
    taken: list[IncidentFinding]
    left_out: list[IncidentFinding]
    approved_by: list[str]
    outcomes: dict[str, int]
    turned_down: IncidentTurnedDown | None = None


class OfAccount(NamedTuple):
    """What an incident did to an account: its findings, and what became of them, when and by whom.

    state: found, left_out, turned_down, refused (then `code` says why) or undone, with the figures before and after.
    """

    incident: Incident
    findings: Sequence[IncidentFinding]
    state: str
    on: date
    by: str
    code: str = ""
    before: Figures | None = None
    after: Figures | None = None


def stand(*, incident: int) -> Stand:
    """How far an incident came."""
    told = incidents.get(incident)
    taken, out = incidents.findings_of(incident)
    rows = IncidentOutcome.objects.filter(incident_id=incident).order_by("id").values_list("account_id", "code")
    counts = Counter(dict(rows).values())
    yes = incidents.approvers(told, taken) if taken else []
    return Stand(told, taken, out, yes, dict(sorted(counts.items())), incidents.turned_down(incident=incident))


def every() -> list[Stand]:
    """All incidents, the newest first."""
    return [stand(incident=one) for one in Incident.objects.order_by("-id").values_list("id", flat=True)]


def page(*, after: int, limit: int) -> list[Stand]:
    """So many incidents whose number is above `after`, the oldest first."""
    rows = Incident.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)
    return [stand(incident=one) for one in rows[:limit]]


def waiting(*, most: int = MOST) -> list[Stand]:
    """The incidents of which accounts are still to be undone, the newest first; so many at most."""
    findings = IncidentFinding.objects.filter(incident_id=OuterRef("id"))
    undone = IncidentOutcome.objects.filter(
        incident_id=OuterRef("incident_id"), account_id=OuterRef("account_id"), code=incidents.UNDONE
    )
    over = IncidentTurnedDown.objects.filter(incident_id=OuterRef("id"))
    rows = Incident.objects.filter(~Exists(over), Exists(findings.filter(~Exists(undone)))).order_by("-id")[:most]
    told = [stand(incident=one) for one in rows.values_list("id", flat=True)]
    return [one for one in told if one.taken]


class Decided(NamedTuple):
    """An incident that is over: undone as a whole or turned down, by whom, why and when."""

    id: int
    made_by: str
    became: str
    by: str
    reason: str
    at: datetime


def decided(*, most: int) -> list[Decided]:
    """The incidents that were undone or turned down, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [most])
        return [Decided._make(row) for row in cursor.fetchall()]


def of_account(*, account: int) -> list[OfAccount]:
    """What incidents did to an account, the newest first."""
    numbers = set(IncidentFinding.objects.filter(account_id=account).values_list("incident_id", flat=True))
    found = []
    for number in sorted(numbers, reverse=True):
        told = incidents.get(number)
        taken, out = ([one for one in rows if one.account_id == account] for rows in incidents.findings_of(number))
        if out:
            found.append(OfAccount(told, out, LEFT_OUT, day_of(out[-1].recorded_at), out[-1].by))
        if taken:
            found.append(became(told, taken, incidents.outcome(number, account)))
    return found


def became(told: Incident, taken: Sequence[IncidentFinding], last: IncidentOutcome | None) -> OfAccount:
    """What became of the findings of an account."""
    over = incidents.turned_down(incident=told.id)
    if over is not None and (last is None or last.code != incidents.UNDONE):
        return OfAccount(told, taken, TURNED_DOWN, day_of(over.recorded_at), over.by)
    if last is None:
        return OfAccount(told, taken, FOUND, day_of(taken[-1].recorded_at), taken[-1].by)
    on = day_of(last.recorded_at)
    if last.code != incidents.UNDONE:
        return OfAccount(told, taken, REFUSED, on, last.by, last.code)
    before, after = incident_figures.read(last.before), incident_figures.read(last.after)
    return OfAccount(told, taken, incidents.UNDONE, on, last.by, "", before, after)
