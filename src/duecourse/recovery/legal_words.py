"""The words of legal letters and of evidence packs, in 中文 and English."""

from collections.abc import Mapping

DEMAND: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "还款要求函",
        "subtitle": "提起诉讼或仲裁前的书面通知",
        "to": "致",
        "holder": "账户持有人",
        "from": "出借人",
        "contact": "联系方式",
        "date": "日期",
        "number": "编号",
        "account": "账号",
        "agreement": "合同开立日",
        "asked": "您目前应还",
        "past_due": "其中已逾期",
        "since": "逾期起始日",
        "intro": (
            "根据上述合同，下列款项尚未归还。请在期限前还清逾期部分，或与我们联系商定还款方案。期限届满后，我们可"
            "能依法提起诉讼或仲裁；每一步都会提前告知您。"
        ),
        "pay_by": "请在此日前还款",
        "how_much": "金额及其由来",
        "principal": "本金",
        "interest": "利息",
        "fee": "费用",
        "penalty": "罚息",
        "total": "合计",
        "rows_left_out": "共 {n} 笔，明细见证据包或向我们索取，免费提供",
        "known": "金额按 {day} 已入账的记录计算；此后的还款会相应减少应还金额。",
        "pay": "如何还款",
        "help": "需要帮助",
        "advice": "免费咨询",
        "rights": "您的权利",
        "law": "通知期依据",
        "check": "本函内容的 SHA-256",
    },
    "en": {
        "title": "Letter of demand",
        "subtitle": "Notice in writing before a claim in court or arbitration",
        "to": "To",
        "holder": "The account holder",
        "from": "Lender",
        "contact": "Contact",
        "date": "Date",
        "number": "Number",
        "account": "Account",
        "agreement": "Agreement of",
        "asked": "You owe now",
        "past_due": "of which past due",
        "since": "Past due since",
        "intro": (
            "Under the agreement above the following is unpaid. Please pay what is past due by the day below, or "
            "talk to us about a plan. After that day we may bring a claim in court or arbitration; we tell you "
            "of each step beforehand."
        ),
        "pay_by": "Please pay by",
        "how_much": "What is owed and how it came about",
        "principal": "Principal",
        "interest": "Interest",
        "fee": "Fees",
        "penalty": "Late interest",
        "total": "Total",
        "rows_left_out": "{n} items in all; ask us for the list, it is free",
        "known": "As booked by {day}; what is paid later comes off.",
        "pay": "How to pay",
        "help": "If you cannot pay",
        "advice": "Free advice",
        "rights": "Your rights",
        "law": "Period of notice by",
        "check": "SHA-256 of what this letter says",
    },
}
