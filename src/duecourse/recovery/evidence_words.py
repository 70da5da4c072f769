"""The words of an evidence pack's PDF, in English and 中文; a code that has none is shown as it is kept."""

from collections.abc import Mapping

EN, ZH = 0, 1
PLACE = {"en": EN, "zh": ZH}
TITLES: Mapping[str, tuple[str, str]] = {
    "title": ("Evidence pack", "证据包"),
    "subtitle": ("All that is known of the account, with hashes and proofs", "账户的全部记录，附哈希与证明"),
    "contract": ("Contract and terms as agreed", "合同与约定条款"),
    "terms_note": (
        "The terms frozen at the opening, those without words by their names in the product's rules; contract.json "
        "holds them as they are kept.",
        "开户时冻结的条款；未译出者按产品规则中的名称列示，原样见 contract.json。",
    ),
    "clock": ("Limitation", "诉讼时效"),
    "schedule": ("Installments", "还款计划"),
    "statements": ("Statements as sent", "已发账单"),
    "ledger": ("Ledger", "分录账"),
    "acts": ("What was done to the account, by whom and why", "账户操作：何人、何时、为何"),
    "disclosures": ("Notices, documents and offers", "通知、凭证与方案"),
    "contacts": ("Contacts, each with its decision and rules", "联系记录：决定与规则"),
    "arrangements": ("Arrangements", "还款安排"),
    "promises": ("Promises to pay", "还款承诺"),
    "disputes": ("Disputes", "异议"),
    "complaints": ("Complaints", "投诉"),
    "legal": ("Legal steps", "法律步骤"),
    "figures": ("Each figure explained", "各项金额的由来"),
    "proofs": ("Sealed days and their proofs", "封账日及证明"),
    "none": ("Nothing is recorded.", "无记录。"),
    "amounts": ("Amounts in {currency}.", "金额单位：{currency}。"),
    "ledger_note": (
        "Every entry ever posted, in order of posting. A reversed entry stays, with the entry that undoes it.",
        "按入账先后列出全部分录；已撤销的分录保留，并注明撤销它的分录。",
    ),
    "contacts_note": (
        "Whether each contact was allowed was decided by the rules in force before it was made; contact_rules.json "
        "holds them word for word. Times are those of the person's place.",
        "每次联系前均按当时有效的规则作出决定，规则全文见 contact_rules.json。时间为借款人所在地时间。",
    ),
    "figures_note": (
        "The parts of each figure add up to it. ∵ says how it came about. figures.json holds all levels.",
        "各组成部分之和等于该金额；∵ 说明其由来。全部层级见 figures.json。",
    ),
    "proofs_note": (
        "Each sealed day is declared in an append-only log (RFC 6962). With its path in sealed_days.json the hash of a "
        "day leads to the root; a day's declaration holds the hashes of the files with its rows.",
        "每个封账日都写入只增日志（RFC 6962）。凭 sealed_days.json 中的路径，可由当日哈希推得根哈希；"
        "当日声明载有含其记录的文件的哈希。",
    ),
    "root": ("Root of the log", "日志根哈希"),
    "size": ("Entries in the log", "日志条数"),
    "deeper": ("deeper levels in figures.json", "更多层级见 figures.json"),
}
COLUMNS: Mapping[str, tuple[str, str]] = {
    "number": ("no.", "编号"), "due_on": ("due", "应还日"), "principal_minor": ("principal", "本金"),
    "interest_minor": ("interest", "利息"), "charges_minor": ("charges", "费用"), "asked_minor": ("asked", "应还"),
    "left_minor": ("left", "未还"), "met_on": ("met", "还清日"), "cycle_on": ("statement", "账单日"),
    "version": ("version", "版本"), "balance_minor": ("balance", "账单余额"), "minimum_minor": ("minimum", "最低还款"),
    "past_due_minor": ("past due", "逾期"), "entry": ("entry", "分录"), "kind": ("what", "事项"),
    "effective_day": ("effective", "生效日"), "booked_day": ("booked", "记账日"), "fee_minor": ("fees", "费用"),
    "penalty_minor": ("late int.", "罚息"), "credit_minor": ("credit", "溢缴款"), "owed_minor": ("owed", "欠款"),
    "undone": ("undone by", "撤销分录"), "act": ("act", "操作"), "by": ("by", "经办"), "reason": ("why", "原因"),
    "body": ("numbers", "参数"), "on": ("day", "日期"), "what": ("what", "事项"), "at": ("when", "时间"),
    "channel": ("channel", "渠道"), "purpose": ("purpose", "用途"), "state": ("became", "结果"),
    "refused_by": ("refused by", "拒绝规则"), "text": ("in their words", "原话"), "subject": ("text", "内容"),
    "arrangement": ("no.", "编号"), "agreed_on": ("agreed", "达成日"), "promise": ("no.", "编号"),
    "made_on": ("made", "承诺日"), "amount_minor": ("amount", "金额"), "paid_minor": ("paid", "已还"),
    "dispute": ("no.", "编号"), "opened_on": ("opened", "提出日"), "complaint": ("no.", "编号"),
    "received_on": ("received", "收到日"), "about": ("about", "事由"), "outcome": ("outcome", "处理结果"),
    "answer": ("answer", "答复"), "detail": ("detail", "说明"), "day": ("sealed day", "封账日"),
    "place": ("place", "位置"), "leaf": ("hash", "哈希"), "decision": ("no.", "编号"),
    "account": ("Account", "账号"), "borrower": ("Borrower's number", "借款人编号"), "product": ("Product", "产品"),
    "currency": ("Currency", "币种"), "limit_minor": ("Limit or amount approved", "额度或批准金额"),
    "terms_sha256": ("SHA-256 of the terms", "条款的 SHA-256"), "owed": ("Owed", "欠款"),
    "as_of": ("As known on", "截至"), "rule": ("Rule", "规则"), "begun_on": ("Runs from", "起算日"),
    "agreement_on": ("Agreement of", "合同开立日"),
    "ends_on": ("Ends on", "届满日"), "default_on": ("Past due since", "逾期起始日"),
    "not_verified": ("not verified", "未核实"),
}  # fmt: skip
TERMS: Mapping[str, tuple[str, str]] = {
    "rate_ppm": ("interest a year", "年利率"), "late_rate_ppm": ("late interest a year", "罚息年利率"),
    "installments": ("installments", "期数"), "grace_days": ("days of grace", "宽限天数"),
    "fee_ppm": ("fee, share", "费率"), "down_payment_ppm": ("down payment, share", "首付比例"),
    "cycle_day": ("statement on day", "账单日"), "due_after_days": ("due after days", "账单后到期天数"),
    "minimum_share_ppm": ("minimum due, share", "最低还款比例"),
    "minimum_floor_minor": ("least minimum due", "最低还款下限"),
    "late_fee_minor": ("late fee", "滞纳金"), "late_fee_share_ppm": ("late fee, share", "滞纳金比例"),
    "late_fee_cap_minor": ("late fee, at most", "滞纳金上限"),
    "nonaccrual_days": ("non-accrual after days", "停止计息收入天数"),
}  # fmt: skip
"""Terms that people ask for; the others are shown by their names."""
CODES: Mapping[str, tuple[str, str]] = {
    "call": ("call", "电话"), "ai_call": ("automated call", "智能外呼"), "voicemail": ("voicemail", "语音留言"),
    "sms": ("text message", "短信"), "email": ("e-mail", "电子邮件"), "im": ("messenger", "即时消息"),
    "app": ("app", "应用内"), "letter": ("letter", "信函"), "visit": ("visit", "上门"), "branch": ("branch", "网点"),
    "collection": ("collection", "催收"), "reminder_before_due": ("reminder", "到期提醒"),
    "legal_notice": ("legal notice", "法律通知"), "service": ("service", "服务"), "marketing": ("marketing", "营销"),
    "refused": ("not made", "未联系"), "sent": ("sent", "已发送"), "connected": ("spoken to", "已接通"),
    "unanswered": ("unanswered", "未接"), "not_connected": ("not connected", "未接通"),
    "pending": ("not told", "未登记"),
    "invalid": ("no such number", "空号"), "not_made": ("not made", "未进行"), "open": ("open", "未决"),
    "kept": ("kept", "已兑现"), "partly_kept": ("partly kept", "部分兑现"), "broken": ("broken", "未兑现"),
    "withdrawn": ("withdrawn", "撤回"), "agreed": ("agreed", "有效"), "cured": ("cured", "已补救"),
    "fulfilled": ("fulfilled", "已履行"), "ended": ("ended", "已结束"), "acknowledged": ("acknowledged", "已受理"),
    "extended": ("time extended", "延期"), "upheld": ("upheld", "成立"), "partly_upheld": ("partly upheld", "部分成立"),
    "rejected": ("rejected", "不成立"), "received": ("received", "已收到"), "answered": ("answered", "已答复"),
    "closed": ("closed", "已结案"), "reopened": ("reopened", "重新受理"), "amount": ("amount", "金额"),
    "reported": ("what is reported", "征信报送"), "identity_theft": ("identity theft", "身份被冒用"),
    "acknowledgement": ("debt acknowledged", "债务承认"), "help_offer": ("help offered", "主动提供帮助"),
    "demand": ("demand written", "出具还款要求函"), "demand_posted": ("demand posted", "还款要求函寄出"),
    "prepared": ("prepared", "准备"), "filed": ("filed", "提起"), "judgment": ("judgment", "裁判"),
    "enforcement": ("enforcement", "执行"), "satisfied": ("satisfied", "履行完毕"), "settled": ("settled", "和解"),
    "dismissed": ("dismissed", "驳回"), "judgment_interest": ("judgment interest", "判决利息"),
    "contact": ("contact", "联系方式"), "charges": ("charges", "收费"), "balance": ("balance", "余额"),
    "staff": ("staff", "员工"), "other": ("other", "其他"),
}  # fmt: skip


def title(key: str, language: str) -> str:
    """A heading or note."""
    return TITLES[key][PLACE[language]]


def column(key: str, language: str) -> str:
    """The name of a column."""
    return COLUMNS[key][PLACE[language]] if key in COLUMNS else key


def term(name: str, language: str) -> str:
    """What a term is called."""
    return TERMS[name][PLACE[language]] if name in TERMS else name


def code(told: str, language: str) -> str:
    """A code in words; of one in two parts (`document:certificate`) each part."""
    return ": ".join(CODES[one][PLACE[language]] if one in CODES else one for one in told.split(":"))
