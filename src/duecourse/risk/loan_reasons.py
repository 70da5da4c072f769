"""The reasons of installment loans, in English and 中文; the code of a family of features is `loan_` and its name."""

from . import beside_reasons
from .features.line_beside import CONTACTED, RAISED
from .features.loan import LOAN
from .features.loan_beside import BESIDE
from .reason import FAR, Reason

OF = "loan_{}".format
REASONS: dict[str, Reason] = {
    OF("arrears"): Reason(
        "months_behind_12", 1, 0, 0, FAR,
        "behind at the end of {value} of the last 12 months", "近12个月中有{value}个月末处于拖欠",
    ),
    OF("arrears_rising"): Reason(
        "behind_risen_3", 1, 1, 0, FAR,
        "arrears have grown by {value} installments in 3 months", "近3个月拖欠增加了{value}期",
    ),
    OF("cures"): Reason(
        "cures", 1, 0, 0, FAR,
        "arrears had to be made good {value} times", "曾有{value}次拖欠后补足",
    ),
    OF("share_paid"): Reason(
        "share_paid_6", 100, 0, -1, 100,
        "paid {value}% of what was asked over the last 6 months", "近6个月还款为应还款的{value}%",
    ),
    OF("months_unpaid"): Reason(
        "months_unpaid_6", 1, 0, 0, FAR,
        "no payment in {value} of the last 6 months with an installment due", "近6个月中有{value}个月应还而未还款",
    ),
    OF("paid_less"): Reason(
        "months_paid_less_6", 1, 0, 0, FAR,
        "less paid than was asked in {value} of the last 6 months", "近6个月中有{value}个月还款不足",
    ),
    OF("prepaid"): Reason(
        "months_paid_more_12", 1, 0, -1, FAR,
        "more paid than was asked in {value} of the last 12 months", "近12个月中有{value}个月超额还款",
    ),
    OF("pays_late_in_time"): Reason(
        "days_from_usual", -1, 0, 0, FAR,
        "interest is met {value} days later than usual", "利息支付比平时晚{value}天",
    ),
    OF("balance_left"): Reason(
        "balance_share", 100, 0, 0, 101,
        "{value}% of what was approved is still owed", "尚欠批准金额的{value}%",
    ),
    OF("life"): Reason(
        "months_since_made", 1, 0, -1, FAR,
        "the loan was made {value} months ago", "贷款已发放{value}个月",
    ),
    OF("season"): Reason(
        "unpaid_in_season", 1, 0, 0, FAR,
        "no payment in {value} months of this season last year", "去年同季有{value}个月未还款",
    ),
    OF("holidays"): Reason(
        "holidays", 1, 0, 0, FAR,
        "an installment was put off in {value} months", "有{value}个月的分期款被延期",
    ),
    OF("terms"): Reason(
        "rate", 100, 1, 0, FAR,
        "the yearly rate is {value}%", "年利率为{value}%",
    ),
    OF("arranged"): Reason(
        "arranged_now", 1, 0, 0, FAR,
        "{value} arrangement in difficulty stands", "目前有{value}项协商还款安排",
    ),
    OF("arrangements_failed"): Reason(
        "arrangements_failed", 1, 0, 0, FAR,
        "{value} arrangements were broken in the last year", "近一年有{value}次协商还款安排违约",
    ),
    OF("relieved"): Reason(
        "reliefs_in_year", 1, 0, 0, FAR,
        "new installments were made or interest was eased {value} times in the last year",
        "近一年重组或减息{value}次",
    ),
    OF("debt_elsewhere"): Reason(
        "lenders_elsewhere", 1, 0, 0, FAR,
        "owes {value} other lenders", "在其他{value}家机构有贷款",
    ),
    OF("late_elsewhere"): Reason(
        "late_elsewhere", 1, 0, 0, FAR,
        "up to {value} days past due with others", "在其他机构最长逾期{value}天",
    ),
    OF("enquiries"): Reason(
        "enquiries_elsewhere", 1, 0, 0, FAR,
        "{value} enquiries for credit in three months", "3个月内信贷审批查询{value}次",
    ),
    OF("debt_grown"): Reason(
        "owed_elsewhere_change", 100, 0, 0, FAR,
        "debt with others has grown by {value}% of the amount approved in three months",
        "近3个月他行负债增加批准金额的{value}%",
    ),
    OF("income_to_due"): Reason(
        "income_to_due", 1, 0, -1, 31,
        "the due day comes {value} days after income", "还款日在发薪日后{value}天",
    ),
}  # fmt: skip
REASONS |= {OF(one.family): beside_reasons.REASONS[one.family] for one in (*CONTACTED, *RAISED)}
FAMILIES = {feature.name: OF(feature.family) for feature in (*LOAN, *BESIDE)}
"""The family of each feature: the code of the reason that it adds to."""
