"""The features of lines from what stands beside their months: relief and disputes, purchases of money, debts with
others, the day on which income comes, contacts.

One row an account; a fact of which nothing was told is null. What is counted of the lender's own acts is 0 then.
"""

from typing import Any

import ibis

from .feature import Feature

ACTS = ("arranged_now", "arrangements_failed", "reliefs_in_year", "disputes_in_year")
PURCHASES = ("cash_like_minor", "told_minor")
DEBTS = (
    "lenders", "owed_elsewhere_minor", "payment_elsewhere_minor", "late_elsewhere", "enquiries", "lenders_before",
    "owed_elsewhere_before_minor",
)  # fmt: skip
INCOMES = ("income_to_due",)
CONTACTS = (
    "contacts_tried",
    "talks_tried",
    "talks_reached",
    "days_since_talk",
    "contacts_by_borrower",
    "stops_contact",
)
DISPUTED = ("disputes_told", "disputes_open")
FACTS = (*ACTS, *PURCHASES, *DEBTS, *INCOMES, *CONTACTS, *DISPUTED)
"""What is known of an account beside its months. Amounts in minor units, counts, days. before: about three months
earlier, by the same source. talks: contacts that somebody can answer while they are made. disputes: of amounts, of what
is reported, of ever having borrowed; those of purchases are acts of the account."""


def counted(column: str) -> Any:
    """How often something was done to the account; never is 0."""
    return lambda f: f[column].fill_null(0)


def told(column: str) -> Any:
    """A fact as it was told."""
    return lambda f: f[column]


def of_limit(amount: Any) -> Any:
    """An amount as a share of the limit, of loans the amount approved."""
    return lambda f: amount(f) / ibis.greatest(f.limit_minor, 1)


CONTACTED: tuple[Feature, ...] = (
    Feature(
        "contacts_tried", "contacted", 0, "times that contact was tried in three months", "近3个月联系借款人的次数",
        counted("contacts_tried"),
    ),
    Feature(
        "talks_reached", "reached", -1, "share of attempts to talk that reached the borrower in three months",
        "近3个月电话与上门接通比例", lambda f: f.talks_reached / f.talks_tried.nullif(0),
    ),
    Feature(
        "days_since_talk", "reached", 0, "days since the last conversation, of a year", "距一年内最近一次通话的天数",
        told("days_since_talk"),
    ),
    Feature(
        "contacts_by_borrower", "gets_in_touch", 0, "times that the borrower got in touch in three months",
        "近3个月借款人主动联系的次数", counted("contacts_by_borrower"),
    ),
    Feature(
        "stops_contact", "stops_contact", -1, "contact stopped by the borrower", "借款人拒绝联系的项数",
        counted("stops_contact"),
    ),
)  # fmt: skip
"""Those of contacts with the borrower, about whatever account; of lines and loans alike. That somebody stops contact is
a right of theirs: it never raises the chance."""
RAISED: tuple[Feature, ...] = (
    Feature(
        "disputes_told", "disputes_told", -1, "amounts, reports or the debt itself disputed in a year",
        "一年内对金额、报送或借款本身提出的争议数", counted("disputes_told"),
    ),
    Feature(
        "disputes_open", "disputes_told", -1, "such disputes that are not decided", "尚未裁定的此类争议数",
        counted("disputes_open"),
    ),
)  # fmt: skip
"""Those of disputes of an account, or of all of a borrower's; of lines and loans alike. To dispute is a right:
like that of purchases (`disputes_in_year`) it never raises the chance. In the United States a right under consumer
credit law that was exercised in good faith may not count against who asks for credit (12 CFR 1002.2(z), recalled)."""
BESIDE: tuple[Feature, ...] = (
    Feature("arranged_now", "arranged", 0, "an arrangement stands", "现有协商还款安排", counted("arranged_now")),
    Feature(
        "arrangements_failed", "arrangements_failed", 1, "arrangements broken in a year", "一年内违约的协商还款安排",
        counted("arrangements_failed"),
    ),
    Feature(
        "reliefs_in_year", "relieved", 0, "due days moved, new dues made, interest eased in a year",
        "一年内延期、重组与减息的次数", counted("reliefs_in_year"),
    ),
    Feature(
        "disputes_in_year", "disputes", -1, "purchases disputed in a year", "一年内争议交易数",
        counted("disputes_in_year"),
    ),
    Feature(
        "cash_like_share", "cash_like", 1, "share of three months' purchases that are money, transfers or betting",
        "近3个月取现、转账、博彩类消费占比", lambda f: f.cash_like_minor / ibis.greatest(f.told_minor, 1),
    ),
    Feature("lenders_elsewhere", "debt_elsewhere", 1, "other lenders", "其他贷款机构数", told("lenders")),
    Feature(
        "owed_elsewhere", "debt_elsewhere", 1, "debt with others to the limit", "他行负债与额度之比",
        of_limit(lambda f: f.owed_elsewhere_minor),
    ),
    Feature(
        "payment_elsewhere", "debt_elsewhere", 1, "payments due to others in the month, to the limit",
        "当月应还他行款项与额度之比", of_limit(lambda f: f.payment_elsewhere_minor),
    ),
    Feature(
        "late_elsewhere", "late_elsewhere", 1, "worst days past due with others", "在他行的最大逾期天数",
        told("late_elsewhere"),
    ),
    Feature(
        "enquiries_elsewhere", "enquiries", 1, "enquiries for credit in three months", "近3个月信贷审批查询次数",
        told("enquiries"),
    ),
    Feature(
        "lenders_elsewhere_change", "debt_grown", 1, "more lenders than three months before", "近3个月新增贷款机构数",
        lambda f: f.lenders - f.lenders_before,
    ),
    Feature(
        "owed_elsewhere_change", "debt_grown", 1, "rise of debt with others over three months, to the limit",
        "近3个月他行负债增加与额度之比",
        of_limit(lambda f: f.owed_elsewhere_minor - f.owed_elsewhere_before_minor),
    ),
    Feature(
        "income_to_due", "income_to_due", 0, "days from income to the due day", "发薪日至还款日的天数",
        told("income_to_due"),
    ),
    *CONTACTED,
    *RAISED,
)  # fmt: skip
DIRECTION = {feature.name: feature.sign for feature in BESIDE}


def joined(table: Any, facts: list[tuple[tuple[str, ...], Any]], features: tuple[Feature, ...] = BESIDE) -> Any:
    """A table of accounts with these features, those of lines if not said, beside its own: one expression on every
    engine.

    facts: for each kind of fact its names, and an Ibis table of the accounts of which there are some (None: there are
    none, and nothing is joined).
    """
    whole = table
    for names, found in facts:
        if found is None:
            whole = whole.mutate(**{name: ibis.null("int64") for name in names})
        else:
            own = found.select(*names, own_id="account_id")
            whole = whole.left_join(own, [("account_id", "own_id")]).drop("own_id")
    return whole.select(*table.columns, **{feature.name: feature.of(whole) for feature in features})
