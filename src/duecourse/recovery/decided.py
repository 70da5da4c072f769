"""What a person decided of what another brought in: the reason that turning down asks for."""

from duecourse.ledger.journal import Refused


class NoReason(Refused):
    """Something is turned down, and nothing is said why."""

    code = "turned_down_without_reason"


def reasoned(reason: str) -> str:
    """A reason in words, without what surrounds it."""
    if not reason.strip():
        raise NoReason("reason: who turns something down says why")
    return reason.strip()
