"""The refusals that more than one act of servicing shares."""

from duecourse.ledger.journal import Refused


class AfterOpenDay(Refused):
    """An entry cannot be effective on a day that has not begun."""

    code = "effective_after_open_day"


class CloseBehind(Refused):
    """An account whose evening was left out (it is set aside) cannot take entries until it has returned."""

    code = "account_set_aside"


class Faulty(Refused):
    """An account whose numbers contradict each other: nothing was done, and a person must look at it."""

    code = "account_faulty"


class BeforeOpening(Refused):
    """An entry cannot be effective before its account was opened."""

    code = "effective_before_opening"


class NotAnAmount(Refused):
    code = "not_an_amount"


class OverLimit(Refused):
    code = "over_limit"


class Suspended(Refused):
    code = "line_suspended"


class NotReversible(Refused):
    code = "not_reversible"


class NoSuchAct(Refused):
    """There is no such act on the account, or it was taken back."""

    code = "no_such_act"


class NotALine(Refused):
    """The account is a loan."""

    code = "not_a_line"


class NotALoan(Refused):
    """The account is a line."""

    code = "not_a_loan"


class AlreadyChargedOff(Refused):
    """The debt has left the books before."""

    code = "already_charged_off"


class MoreThanCharged(Refused):
    """A waiver may not be of more than is charged."""

    code = "more_than_charged"


class NothingOwed(Refused):
    """Nothing is owed on the account."""

    code = "nothing_owed"
