"""How an agency may reach a person: by which of their own contact points, within which hours, by the gate's rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from duecourse.outreach import contact, gate, known
from duecourse.outreach.asked import Asked, Person
from duecourse.rules import contact_rules, places

POINT_OF = {"call": "phone", "ai_call": "phone", "voicemail": "phone", "sms": "phone", "email": "email"}
"""Which kind of contact point a channel uses; other channels use none that an agency is given."""
PURPOSE = "collection"


class Reached(NamedTuple):
    """How a person may be reached: the channels, the point of each kind by its id, the hours there and the zones.

    opens, shuts: minutes after midnight, the end not included; the hour must be within them in every zone.
    """

    channels: tuple[str, ...]
    points: Mapping[str, int]
    opens: int
    shuts: int
    zones: tuple[str, ...]


NOWHERE = Reached((), {}, 0, 24 * 60, ())


def reached(*, person: int, channels: tuple[str, ...], at: datetime) -> Reached:
    """What an agency may use to reach a person: nothing that a rule refuses for ever, nothing that is not theirs."""
    usable: dict[str, int] = {}
    allowed = []
    opens, shuts = 0, 24 * 60
    zones: tuple[str, ...] = ()
    for channel in channels:
        if channel not in POINT_OF:
            continue
        told = contact.facts(person=person, channel=channel, purpose=PURPOSE, at=at)
        try:
            one = known.person(told)
            point = own_point(told, POINT_OF[channel])
            if point is None or never(one, channel, point, at):
                continue
            spaces = (one.zone,) if one.zone else places.zones(one.place)
            rules = contact_rules.about(
                place=one.place, on=at.astimezone(spaces[0]).date(), channel=channel, purpose=PURPOSE
            )
        except (ValueError, KeyError):
            continue  # what cannot be judged is not handed over
        hours = [rule for rule in rules if rule.kind == "hours"]
        opens = max([opens, *(rule.open for rule in hours)])
        shuts = min([shuts, *(rule.shut for rule in hours)])
        zones = tuple(str(space) for space in spaces)
        usable[POINT_OF[channel]] = point
        allowed.append(channel)
    return Reached(tuple(allowed), usable, opens, shuts, zones)


def own_point(told: Mapping[str, list[object]], kind: str) -> int | None:
    """The newest point of a kind that is the person's own and not known to be dead."""
    rows: list[list[object]] = told["points"] or []  # type: ignore[assignment]
    own = [row[0] for row in rows if row[1] == kind and known.point_kind(rows, row[0]) == "own"]  # type: ignore[arg-type]
    return int(str(own[-1])) if own else None


def never(person: Person, channel: str, point: int, at: datetime) -> bool:
    """Whether a rule refuses collection by this channel and no waiting helps, or the gate could not judge."""
    asked = Asked(channel, PURPOSE, at, point=known.name(point))
    answer = gate.decide(person, asked)
    return any(one.until is None for one in answer.refusals)
