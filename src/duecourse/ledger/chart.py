"""The chart: control accounts, kinds of entries, and what each is called."""

from typing import NamedTuple

from duecourse.kernel import posting


class Control(NamedTuple):
    """One control account: its column, its names, and its side: asset, liability, income, expense."""

    column: str
    english: str
    chinese: str
    side: str


CONTROLS = (
    Control("principal", "Principal", "本金", "asset"),
    Control("interest", "Interest owed", "应收利息", "asset"),
    Control("fee", "Fees owed", "应收费用", "asset"),
    Control("penalty", "Late interest owed", "应收罚息", "asset"),
    Control("credit", "Credit balances", "溢缴款", "liability"),
    Control("suspended", "Suspended income", "暂挂收入", "liability"),
    Control("accrued", "Accrued income", "应计收入", "asset"),
    Control("cash", "Cash", "现金", "asset"),
    Control("merchant", "Merchant settlement", "商户结算", "liability"),
    Control("take_on", "Taken on", "期初承接", "liability"),
    Control("interest_income", "Interest income", "利息收入", "income"),
    Control("penalty_income", "Late interest income", "罚息收入", "income"),
    Control("fee_income", "Fee income", "费用收入", "income"),
    Control("adjustment", "Adjustments", "调整", "expense"),
)
COLUMNS = tuple(control.column for control in CONTROLS)
OF_ACCOUNT = ("principal", "interest", "fee", "penalty", "credit", "suspended")
"""The control accounts whose balance is kept for each account, in the order of `lanes.post_lane`'s moves."""

PURCHASE, REFUND, ADJUSTMENT, PAYMENT = posting.PURCHASE, posting.REFUND, posting.ADJUSTMENT, posting.PAYMENT
TAKE_ON, CHARGE, LATE_FEE, CREDIT_USED, RECOGNITION, ACCRUAL = 5, 11, 12, 13, 14, 20
DRAW, CHARGEBACK, CREDIT_REFUND, REARRANGED, FEE = 6, 7, 8, 9, 10

KINDS = {
    TAKE_ON: ("take-on", "期初承接"),
    PURCHASE: ("purchase", "消费"),
    REFUND: ("refund", "退款"),
    ADJUSTMENT: ("adjustment", "调整"),
    PAYMENT: ("payment", "还款"),
    DRAW: ("draw", "放款"),
    CHARGEBACK: ("chargeback", "还款退回"),
    CREDIT_REFUND: ("credit balance refunded", "退还溢缴款"),
    REARRANGED: ("rearranged", "调整还款安排"),
    FEE: ("fee charged", "计收费用"),
    CHARGE: ("interest charged", "计收利息"),
    LATE_FEE: ("late fee", "滞纳金"),
    CREDIT_USED: ("credit balance used", "溢缴款抵扣"),
    RECOGNITION: ("income recognised", "确认收入"),
    ACCRUAL: ("accrual", "计提"),
}
COUNTERPART = {
    PURCHASE: "merchant",
    REFUND: "merchant",
    ADJUSTMENT: "adjustment",
    PAYMENT: "cash",
    TAKE_ON: "take_on",
    DRAW: "cash",
    CHARGEBACK: "cash",
    CREDIT_REFUND: "cash",
    REARRANGED: "adjustment",
}
"""Where the other side of an entry goes that comes from outside the account."""
