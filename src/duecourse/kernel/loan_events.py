"""What can happen to a loan, as plain values, and in which order it counts.

An event has a day from which it counts, the day on which it was booked, and a number `seq` in the order of recording.
Events count by day, then by booked day, then as recorded; so a backdated one takes its place, and the recorded list
keeps its own order.
"""

from collections.abc import Iterable
from typing import NamedTuple

DRAW, PAYMENT, CHARGE, WAIVER, CHARGEBACK, REFUND = 1, 2, 3, 4, 5, 6
PAUSE, RATE, RESCHEDULE, RE_AGE, RE_AMORTISE = 7, 8, 9, 10, 11
CHARGE_OFF, TERMINATION, WRITE_OFF, RECOVERY, UNDO, LATE_PAUSE = 12, 13, 14, 15, 16, 17
"""Kinds of events. REFUND pays a credit balance out; UNDO takes another event back, whatever kind it is."""

DOWN = 4
"""A kind of payment beside those of `loan_terms`: what is due at once of a draw."""
FLAT, PER_INSTALLMENT, AT_DRAW = 0, 1, 2
"""Where a charge falls due: on a day, in every installment, at the draw (kept back from it)."""
OF_NOTHING, OF_PRINCIPAL, OF_PRINCIPAL_AND_INTEREST, OF_INTEREST = 0, 1, 2, 3
"""What a charge is a share of: nothing (an amount of its own), or what an installment or a draw has."""
ALL_INTEREST, PAYABLE_INTEREST, NO_INTEREST = 0, 1, 2
"""What a re-age spreads beside principal: all interest still owed, what is payable to the day, none."""
OF_SMALL = 1
"""Of a write-off: it closes a small balance."""


class Event(NamedTuple):
    """One event. Days as day numbers, amounts in minor units, rates and shares in parts per million.

    `of` is the `seq` of the event it speaks of (a charge waived, a payment charged back, anything undone). PAYMENT:
    `mode` is the kind of payment (`loan_terms.NORMAL` ..). CHARGE: `component`, `until` its due day, `mode` where it
    falls due, `basis` and `rate_ppm` for a share. WAIVER: of a charge, or (`of` 0) of `component`: interest that has
    come due, late interest. PAUSE: interest stops on the days `day` .. `until`; LATE_PAUSE: late interest, without end
    where `until` is 0. RESCHEDULE: the installment due on `since` moves to `until` (0: stays), `grace` installments ask
    no principal, `rate_ppm` bears (-1: as before), `number` installments come more. RE_AGE: `number` installments from
    `until` on, every `every` units; `mode` which interest is spread. WRITE_OFF: `mode` OF_SMALL for a small balance.
    """

    seq: int
    kind: int
    day: int
    booked_on: int = 0
    amount: int = 0
    of: int = 0
    mode: int = 0
    component: int = 0
    basis: int = 0
    rate_ppm: int = -1
    since: int = 0
    until: int = 0
    number: int = 0
    every: int = 0
    unit: int = 0
    grace: int = 0


class Placed(NamedTuple):
    """An event at its place in time; `told` is 1 where only its own day comes, after it has counted earlier."""

    day: int
    booked_on: int
    seq: int
    later: int
    event: Event
    told: int = 0


def counts_from(event: Event) -> int:
    """The day from which an event counts: a charge booked after its own due day counts from that day.

    >>> counts_from(Event(1, CHARGE, 200, 200, until=190)), counts_from(Event(1, CHARGE, 200, 200, until=230))
    (190, 200)
    """
    if event.kind == CHARGE and event.until:
        return min(event.until, event.day)
    return event.day


def place(event: Event) -> Placed:
    """The place of one event that stands by itself."""
    return Placed(counts_from(event), event.booked_on or event.day, event.seq, 0, event)


def in_order(events: Iterable[Event]) -> list[Placed]:
    """Events in the order in which they count, without those that were undone.

    What was waived of a charge never draws a payment, however that is dated: a waiver counts right after its charge.

    >>> late, early = Event(1, PAYMENT, 20), Event(2, PAYMENT, 10, 25)
    >>> [placed.event.seq for placed in in_order([late, early])]
    [2, 1]
    """
    recorded = list(events)
    undone = {event.of for event in recorded if event.kind == UNDO}
    charged = {event.seq: event for event in recorded if event.kind == CHARGE}
    placed = []
    for event in recorded:
        if event.kind == UNDO or event.seq in undone:
            continue
        placed.append(place(event))
        if event.kind == WAIVER and event.of in charged:
            own = placed.pop()
            charge = place(charged[event.of])
            placed.append(charge._replace(later=event.seq, event=event))
            placed.append(own._replace(told=1))
    return sorted(placed, key=lambda each: each[:4])
