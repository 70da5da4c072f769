"""Who holds how much of an account that others fund: shares that round so that all who hold sum to the whole.

A party's share of a posting is its share of the whole as it then stands, less what the party held before, so the
fraction is carried from posting to posting; and it is rounded with the shares before it, so the parts add up to the
posting. The lender, party 0, or to whom it sold its place, holds the rest.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .money import PPM

LENDER = 0
POSTING, START, GUARANTEE, PRICED = 0, 1, 2, 3
"""Why a share moved: a posting, an agreement that begins, a first-loss guarantee that is paid, an agreement that begins
at a price."""


class Whole(NamedTuple):
    """What an account or a party's share of it comes to, debit positive, minor units.

    Principal has what is apart of it. `charged_off` and `suspended` are below zero: they lower the worth of the rest.
    """

    principal: int
    interest: int
    fee: int
    penalty: int
    charged_off: int
    suspended: int

    @property
    def owed(self) -> int:
        """What the borrower owes of it."""
        return self.principal + self.interest + self.fee + self.penalty

    def plus(self, other: "Whole") -> "Whole":
        """Both together."""
        return Whole(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: "Whole") -> "Whole":
        """This without the other."""
        return Whole(*(one - two for one, two in zip(self, other, strict=True)))


NOTHING = Whole(0, 0, 0, 0, 0, 0)


class Shares(NamedTuple):
    """Who funds an account beside the lender, in order; each share in parts per million of the whole.

    `bears`: share times the party's rate. Of interest, charged at `rate_ppm`, a party gets bears / (PPM * rate_ppm).
    A party may stand twice, and the lender too: who takes a share over stands where it stood.
    """

    parties: tuple[int, ...]
    shares_ppm: tuple[int, ...]
    bears: tuple[int, ...]
    rate_ppm: int


class Change(NamedTuple):
    """What one posting moves on an account: against money, and against income or loss.

    `day`: its effective day. `put_in`: how much of the principal was drawn or bought. `entry`: its id.
    """

    day: int
    cash: Whole
    other: Whole
    put_in: int
    entry: int


class Moved(NamedTuple):
    """How one party's share moved: why, by how much, what money passes to it for that, what it holds then.

    What its share moved by and no money passed for is its income, or its loss; where a price was agreed, its gain or
    loss on the transfer. `entry`: the posting that moved it, 0 where none did.
    """

    day: int
    party: int
    cause: int
    change: Whole
    cash: int
    put_in: int
    held: Whole
    entry: int

    @property
    def income(self) -> int:
        """What the party earned."""
        return sum(self.change) + self.cash


Held = Mapping[int, Whole]


def parts_of(whole: int, parts: Sequence[int], of: int) -> list[int]:
    """Each part's portion of a whole, towards zero: rounded together with all before it, so that none is lost.

    >>> parts_of(100, (1, 1, 1), 3), parts_of(-100, (1, 1), 3)
    ([33, 33, 34], [-33, -33])
    """
    found, sofar, upto = [], 0, 0
    for part in parts:
        upto += part
        now = abs(whole) * upto // of if of else 0
        found.append((now - sofar) * (-1 if whole < 0 else 1))
        sofar = now
    return found


def split(whole: Whole, shares: Shares) -> dict[int, Whole]:
    """What each party holds of a whole; the lender what the others do not.

    >>> split(Whole(1000, 50, 0, 0, 0, 0), Shares((7,), (800_000,), (800_000 * 60_000,), 120_000))
    {7: Whole(principal=800, interest=20, fee=0, penalty=0, charged_off=0, suspended=0), \
0: Whole(principal=200, interest=30, fee=0, penalty=0, charged_off=0, suspended=0)}
    """
    of_interest = (shares.bears, PPM * shares.rate_ppm)
    of_rest = (shares.shares_ppm, PPM)
    columns = [
        parts_of(amount, *(of_interest if name in ("interest", "suspended") else of_rest))
        for name, amount in zip(Whole._fields, whole, strict=True)
    ]
    found: dict[int, Whole] = {}
    rest = whole
    for party, column in zip(shares.parties, zip(*columns, strict=True), strict=True):
        found[party] = found.get(party, NOTHING).plus(Whole(*column))
        rest = rest.less(Whole(*column))
    return {**found, LENDER: found.get(LENDER, NOTHING).plus(rest)}


def whole_of(held: Held) -> Whole:
    """What all parties hold together."""
    found = NOTHING
    for one in held.values():
        found = found.plus(one)
    return found


def moves(
    day: int, cause: int, before: Held, middle: Held, after: Held, put_in: Mapping[int, int], entry: int = 0
) -> list[Moved]:
    """How shares moved: against money from `before` to `middle`, against income and loss from there on."""
    found = []
    for party in (*after, *(party for party in before if party not in after)):
        was, then, now = (one.get(party, NOTHING) for one in (before, middle, after))
        moved = Moved(day, party, cause, now.less(was), sum(was) - sum(then), put_in.get(party, 0), now, entry)
        if any(moved.change) or moved.cash or moved.put_in:
            found.append(moved)
    return found


def begin(held: Held, shares: Shares, day: int, prices: Mapping[int, int] | None = None) -> list[Moved]:
    """Let shares begin: each party takes over its part of what the borrower owes, for money, at what is owed.

    `prices`: what is paid instead for what a party takes over, or gives up. Where nothing is owed of it, who has a
    share from now on pays. The lender has the other side of all the money.
    """
    after = split(whole_of(held), shares)
    parties = sorted({*held, *after})
    was = {party: held.get(party, NOTHING) for party in parties}
    now = {party: after.get(party, NOTHING) for party in parties}
    middle = {party: Whole(*now[party][:4], *was[party][4:]) for party in parties}
    put_in = {party: max(0, now[party].principal - was[party].principal) for party in parties}
    moved = moves(day, START, was, middle, now, put_in)
    return at_prices(moved, prices, now, shares, day) if prices else moved


def at_prices(moved: Sequence[Moved], prices: Mapping[int, int], now: Held, shares: Shares, day: int) -> list[Moved]:
    """The same moves for the prices agreed: each party's gain or loss is what it holds more or less than it paid."""
    of_party = {one.party: one for one in moved}
    for party, price in prices.items():
        one = of_party.get(party) or Moved(day, party, START, NOTHING, 0, 0, now.get(party, NOTHING), 0)
        pays = one.cash < 0 or (one.cash == 0 and party in shares.parties)
        of_party[party] = one._replace(cause=PRICED, cash=-price if pays else price)
    lender = of_party.pop(LENDER, None) or Moved(day, LENDER, START, NOTHING, 0, 0, now[LENDER], 0)
    money = sum(one.cash for one in of_party.values())
    return [*of_party.values(), lender._replace(cash=-money)]


def post(held: Held, shares: Shares, change: Change) -> list[Moved]:
    """Share out what a posting moved: the parts sum to it."""
    then = whole_of(held).plus(change.cash)
    middle, after = split(then, shares), split(then.plus(change.other), shares)
    put_in = {LENDER: change.put_in}
    for party, part in zip(shares.parties, parts_of(change.put_in, shares.shares_ppm, PPM), strict=True):
        put_in[party] = put_in.get(party, 0) + part
        put_in[LENDER] -= part
    return moves(change.day, POSTING, held, middle, after, put_in, change.entry)


def taken_over(shares: Shares, party: int, guarantor: int, moved_ppm: int) -> Shares:
    """The shares after a guarantor has taken so much of a party's over, with the party's rate; the others' stay.

    >>> taken_over(Shares((7, 8), (500_000, 300_000), (50, 60), 1), 7, 0, 100_000)
    Shares(parties=(7, 0, 8), shares_ppm=(400000, 100000, 300000), bears=(40, 10, 60), rate_ppm=1)
    """
    at = shares.parties.index(party)
    whole_share, bears = shares.shares_ppm[at], shares.bears[at]
    moved_bears = bears * moved_ppm // whole_share
    left = int(moved_ppm < whole_share)
    return Shares(
        (*shares.parties[:at], *(party,) * left, guarantor, *shares.parties[at + 1 :]),
        (*shares.shares_ppm[:at], *(whole_share - moved_ppm,) * left, moved_ppm, *shares.shares_ppm[at + 1 :]),
        (*shares.bears[:at], *(bears - moved_bears,) * left, moved_bears, *shares.bears[at + 1 :]),
        shares.rate_ppm,
    )


class Paid(NamedTuple):
    """A guarantee paid: how much for principal and for interest, the shares since, and how they moved."""

    principal: int
    interest: int
    shares: Shares
    moved: list[Moved]


def guarantee(held: Held, shares: Shares, party: int, guarantor: int, most: int, day: int) -> Paid:
    """A guarantor pays a party its unpaid principal and interest, at most `most`, and owns that share since.

    Where `most` is less than that, so much of the share passes as is paid for.
    """
    claim = held[party].principal + held[party].interest
    whole_share = shares.shares_ppm[shares.parties.index(party)]
    moved_ppm = whole_share if claim <= most else whole_share * most // claim
    while moved_ppm > 0:
        since = taken_over(shares, party, guarantor, moved_ppm)
        after = split(whole_of(held), since)
        now = after.get(party, NOTHING)
        principal, interest = held[party].principal - now.principal, held[party].interest - now.interest
        if principal + interest <= most:
            middle = {one: Whole(*after.get(one, NOTHING)[:2], *held.get(one, NOTHING)[2:]) for one in {*held, *after}}
            return Paid(principal, interest, since, moves(day, GUARANTEE, held, middle, after, {}))
        moved_ppm -= 1
    return Paid(0, 0, shares, [])
