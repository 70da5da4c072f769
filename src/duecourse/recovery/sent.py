"""What follows in recovery when a message has come to its end: told by whoever sends, in the same transaction."""

from duecourse.outreach.tables import Message

from . import case_messages, legal_demand_mail


def ended(message: Message) -> None:
    """A case's treatment gets its work, a demand counts as posted."""
    case_messages.ended(message)
    legal_demand_mail.ended(message)
