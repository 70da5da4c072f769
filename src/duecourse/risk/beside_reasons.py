"""Reasons of what stands beside an account's months: relief and disputes, debts with others, the day of income,
contacts."""

from .reason import FAR, Reason

REASONS: dict[str, Reason] = {
    "arranged": Reason(
        "arranged_now", 1, 0, 0, FAR,
        "{value} arrangement in difficulty stands", "目前有{value}项协商还款安排",
    ),
    "arrangements_failed": Reason(
        "arrangements_failed", 1, 0, 0, FAR,
        "{value} arrangements were broken in the last year", "近一年有{value}次协商还款安排违约",
    ),
    "relieved": Reason(
        "reliefs_in_year", 1, 0, 0, FAR,
        "due days were moved or eased {value} times in the last year", "近一年延期、重组或减息{value}次",
    ),
    "disputes": Reason(
        "disputes_in_year", 1, 0, 0, FAR,
        "{value} purchases were disputed in the last year", "近一年有{value}笔交易争议",
    ),
    "disputes_told": Reason(
        "disputes_told", 1, 0, 0, FAR,
        "{value} disputes of an amount, a report or the debt itself in the last year",
        "近一年对金额、报送或借款本身提出{value}次争议",
    ),
    "cash_like": Reason(
        "cash_like_share", 100, 0, 0, FAR,
        "{value}% of the last 3 months' purchases were money, transfers or betting",
        "近3个月取现、转账、博彩类消费占{value}%",
    ),
    "debt_elsewhere": Reason(
        "lenders_elsewhere", 1, 0, 0, FAR,
        "owes {value} other lenders", "在其他{value}家机构有贷款",
    ),
    "late_elsewhere": Reason(
        "late_elsewhere", 1, 0, 0, FAR,
        "up to {value} days past due with others", "在其他机构最长逾期{value}天",
    ),
    "enquiries": Reason(
        "enquiries_elsewhere", 1, 0, 0, FAR,
        "{value} enquiries for credit in three months", "3个月内信贷审批查询{value}次",
    ),
    "debt_grown": Reason(
        "owed_elsewhere_change", 100, 0, 0, FAR,
        "debt with others has grown by {value}% of the limit in three months", "近3个月他行负债增加额度的{value}%",
    ),
    "income_to_due": Reason(
        "income_to_due", 1, 0, -1, 31,
        "the due day comes {value} days after income", "还款日在发薪日后{value}天",
    ),
    "contacted": Reason(
        "contacts_tried", 1, 0, 0, FAR,
        "contact was tried {value} times in three months", "近3个月联系{value}次",
    ),
    "reached": Reason(
        "talks_reached", 100, 0, -1, 100,
        "{value}% of the attempts to talk in three months reached the borrower", "近3个月电话与上门接通{value}%",
    ),
    "gets_in_touch": Reason(
        "contacts_by_borrower", 1, 0, 0, FAR,
        "the borrower got in touch {value} times in three months", "近3个月主动联系{value}次",
    ),
    "stops_contact": Reason(
        "stops_contact", 1, 0, 0, FAR,
        "contact is stopped by {value} wishes of the borrower", "借款人有{value}项拒绝联系的意愿",
    ),
}  # fmt: skip
