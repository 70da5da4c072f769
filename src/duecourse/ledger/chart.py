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
    Control("disputed", "Disputed purchases", "争议款项", "asset"),
    Control("converted", "Installments to come", "待入账分期", "asset"),
    Control("charged_off", "Charged off", "已核销", "asset"),
    Control("loss", "Credit losses", "信用损失", "expense"),
    Control("recovered", "Recoveries", "核销收回", "income"),
    Control("suspense", "Suspense", "暂收待查", "liability"),
    Control("transfer", "Transfers", "转让清算", "asset"),
    Control("funded", "Funders' shares", "合作方份额", "liability"),
    Control("funder", "Settlement with funders", "合作方清算", "liability"),
    Control("funder_income", "Income of funders", "合作方收益", "income"),
    Control("transfer_result", "Gains and losses on transfers", "转让损益", "income"),
)
COLUMNS = tuple(control.column for control in CONTROLS)
OF_ACCOUNT = ("principal", "interest", "fee", "penalty", "credit", "suspended", "charged_off")
"""The control accounts whose balance is kept for each account, in the order of `plain.moved`."""

PURCHASE, REFUND, ADJUSTMENT, PAYMENT = posting.PURCHASE, posting.REFUND, posting.ADJUSTMENT, posting.PAYMENT
TAKE_ON, CHARGE, LATE_FEE, CREDIT_USED, RECOGNITION, ACCRUAL = 5, 11, 12, 13, 14, 20
DRAW, CHARGEBACK, CREDIT_REFUND, REARRANGED, FEE = 6, 7, 8, 9, 10
WAIVER, CHARGE_OFF, DISPUTED, UPHELD, REJECTED, CONVERTED, INSTALLMENT = 15, 16, 17, 18, 19, 21, 22
TRANSFER, SHARE, SUSPENSE, WRITE_OFF, RECOVERY, SMALL_BALANCE = 23, 24, 25, 26, 27, 28
PRICE, PASSED, SETTLED = 30, 31, 32
OF_PARTIES = (TRANSFER, SHARE, PRICE, PASSED, SETTLED)
"""Kinds that say how what an account moves is shared out among who own and fund it: no events of the borrower's."""
OF_BORROWER = f"kind NOT IN {OF_PARTIES}"
"""A condition on entries: they say what the borrower owes and did."""
OF_SHARES = ("funded", "funder", "funder_income", "transfer_result")
"""What a funder has, earns and gained of an account; and who owns the account, the other way round."""
BETWEEN_PARTIES = ("transfer", *OF_SHARES)
"""What one party's ledger has against another's: each is zero over all owners."""

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
    WAIVER: ("waiver", "减免"),
    CHARGE_OFF: ("charge-off", "核销"),
    WRITE_OFF: ("written off", "债务免除"),
    RECOVERY: ("recovery", "核销后收回"),
    SMALL_BALANCE: ("small balance closed", "小额余额结清"),
    DISPUTED: ("disputed", "争议挂起"),
    UPHELD: ("dispute upheld", "争议成立"),
    REJECTED: ("dispute rejected", "争议驳回"),
    CONVERTED: ("converted into installments", "转为分期"),
    INSTALLMENT: ("installment", "分期入账"),
    TRANSFER: ("transfer", "转让"),
    SHARE: ("funder's share", "合作方份额"),
    PRICE: ("price of a transfer", "转让价款"),
    PASSED: ("passed to the owner", "归属所有人"),
    SETTLED: ("settled with a party", "与合作方结算"),
    SUSPENSE: ("suspense", "暂收待查"),
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
    WRITE_OFF: "loss",
}
"""Where the other side of an entry goes that comes from outside the account."""
