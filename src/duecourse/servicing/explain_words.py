"""The words of an explanation: for each code one sentence in English and one in 中文, filled from a node's numbers."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from duecourse.ledger import chart

from .explain_tree import Node

EN, ZH = 0, 1
LANGUAGES = {"en": EN, "zh": ZH}
MINUS = "\u2212"
FRACTION_DIGITS = 4
"""How many digits of a fraction of a minor unit are shown; the tree itself keeps all."""

WORDS: Mapping[str, tuple[str, str]] = {
    "owed": ("Owed in all", "欠款合计"),
    "principal": ("Principal", "本金"),
    "interest": ("Interest charged and unpaid", "已计未还利息"),
    "fee": ("Fees charged and unpaid", "已计未还费用"),
    "penalty": ("Late interest charged and unpaid", "已计未还罚息"),
    "credit": ("Credit balance", "溢缴款"),
    "suspended": ("Suspended income", "暂挂收入"),
    "charged_off": ("Charged off and not recovered", "已核销未收回"),
    "interest_charged": ("Interest charged on {on}", "{on} 计收的利息"),
    "penalty_charged": ("Late interest charged on {on}", "{on} 计收的罚息"),
    "accrued_interest": (
        "Interest accrued and not charged yet, through {closed}",
        "截至 {closed} 已产生、尚未计收的利息",
    ),
    "accrued_penalty": (
        "Late interest accrued and not charged yet, through {closed}",
        "截至 {closed} 已产生、尚未计收的罚息",
    ),
    "minimum_due": ("Minimum due of the latest statement", "最近一期账单的最低还款额"),
    "next_due": ("Billed or due next, and not met yet", "已出账或即将到期、尚未还清的金额"),
    "days_past_due": ("Days past due at the close of {closed}", "{closed} 日终的逾期天数"),
    "available": ("Available", "可用额度"),
    "next_installment": ("Next installment", "下一期应还"),
    "payoff": ("Pays everything off on {on}", "{on} 一次还清的金额"),
    "cycle": ("Statement cycle {first} to {last}", "账单周期 {first} 至 {last}"),
    "installment_period": ("Installment period {first} to {last}", "分期期间 {first} 至 {last}"),
    "posting": ("{effective} {kind}, entry {entry}", "{effective} {kind}（分录 {entry}）"),
    "carried_in": ("fraction of a unit carried in", "上期结转的不足一分的零头"),
    "carried_out": ("fraction of a unit carried on", "结转下期的不足一分的零头"),
    "stretch": (
        "{first} to {last}: {base_minor} × {rate_ppm} a year × {days} days / {year_days}",
        "{first} 至 {last}：{base_minor} × 年利率 {rate_ppm} × {days} 天 / {year_days}",
    ),
    "base": ("what bore it each day", "每日计息基数"),
    "base_revolving": ("billed, past its interest-free window", "已出账、已过免息期的本金"),
    "base_bearing": ("of the open cycle, without a window", "本期内不享免息期的本金"),
    "base_past_due": ("principal past due", "逾期本金"),
    "base_paid": ("paid, bearing until the whole statement is (term)", "已还、按约定在账单还清前仍计息的部分"),
    "base_interest": ("interest unpaid, which bears too (term)", "未还利息，按约定计复利"),
    "lost_window": (
        "window lost on {due_on}: {amount_days_minor} × days × {rate_ppm} a year / {year_days}",
        "{due_on} 未全额还款，免息期作废：金额×天数 {amount_days_minor} × 年利率 {rate_ppm} / {year_days}",
    ),
    "interest_by_act": ("{on} {act}", "{on} {act}"),
    "no_statement_yet": ("no statement has been issued yet", "尚未出过账单"),
    "late_fee_share": (
        "{share_ppm} of {unmet_minor} unmet, due {due_on}; at least {floor_minor}, at most {cap_minor}, never above it",
        "{due_on} 到期未还 {unmet_minor} 的 {share_ppm}；最低 {floor_minor}，最高 {cap_minor}，不超过未还金额",
    ),
    "late_fee_flat": (
        "{flat_minor} flat, never above the {unmet_minor} unmet, due {due_on}",
        "固定 {flat_minor}，不超过 {due_on} 到期未还的 {unmet_minor}",
    ),
    "statement_asks": ("asked by the statement of {cycle_on}, due {due_on}", "{cycle_on} 账单要求，{due_on} 到期"),
    "minimum_principal": ("of the billed principal {billed_minor}", "已出账本金 {billed_minor} 中"),
    "minimum_interest": ("interest", "利息"),
    "minimum_fee": ("fees", "费用"),
    "minimum_penalty": ("late interest", "罚息"),
    "billed_interest": ("interest billed and in no earlier due", "已出账、不在更早应还款内的利息"),
    "billed_fee": ("fees billed and in no earlier due", "已出账、不在更早应还款内的费用"),
    "billed_penalty": ("late interest billed and in no earlier due", "已出账、不在更早应还款内的罚息"),
    "not_in_minimum": ("not asked in the minimum (term)", "按约定不计入最低还款额"),
    "share_of_billed": ("{share_ppm} of {base_minor}", "{base_minor} 的 {share_ppm}"),
    "rounded_up": ("rounded up to a whole unit", "向上取整"),
    "raised_to_floor": ("raised to the least minimum of {floor_minor}", "补足至最低 {floor_minor}"),
    "asked_in_full": ("installments of the cycle, in full", "本期分期，全额计入"),
    "over_limit": ("over the limit of {limit_minor}", "超过额度 {limit_minor} 的部分"),
    "not_above_billed": ("no more than what is billed, {billed_minor}", "不超过已出账的 {billed_minor}"),
    "due": ("Left of what was due {due_on}", "{due_on} 到期应还款的未还部分"),
    "due_asked": ("asked by the statement of {on}", "{on} 账单要求"),
    "asked_principal": ("principal", "本金"),
    "asked_interest": ("interest", "利息"),
    "asked_fee": ("fees", "费用"),
    "asked_penalty": ("late interest", "罚息"),
    "due_met": ("{on} {kind}", "{on} {kind}"),
    "due_by_act": ("{on} {act}, by {by}: {reason}", "{on} {act}，经办 {by}：{reason}"),
    "due_by_arrangement": (
        "{on} {act}, of arrangement {arrangement}, by {by}: {reason}",
        "{on} {act}，属于还款安排 {arrangement}，经办 {by}：{reason}",
    ),
    "under_arrangement": (
        "arrangement {arrangement} of {agreed_on}, by {by}: {reason}; {state} since {since}",
        "还款安排 {arrangement}（{agreed_on}，经办 {by}：{reason}），自 {since} 起{state}",
    ),
    "due_at_close": ("changed at the close of {on} by the rules agreed", "{on} 日终按约定变动"),
    "days_since_due": ("days from the due day {due_on} to {last}", "自还款日 {due_on} 至 {last} 的天数"),
    "first_day_counts": ("the due day counts as the first day (term)", "还款日当天计为第一天（约定）"),
    "nothing_missed": ("nothing that was due is unmet", "没有到期未还的款项"),
    "grace": (
        "{grace_days} days of grace delay the fee and the suspension only",
        "宽限 {grace_days} 天只推迟滞纳金和停用",
    ),
    "limit": ("limit", "额度"),
    "limit_at_opening": ("agreed at opening on {on}", "{on} 开户时约定"),
    "limit_changed": ("changed on {on}", "{on} 调整"),
    "used": ("less the principal owed", "减：未还本金"),
    "apart": ("less what is held, disputed or converted", "减：预授权、争议及转分期金额"),
    "apart_at_opening": ("at opening", "开户时"),
    "set_apart": ("{on} {act}", "{on} {act}"),
    "approved": ("approved", "批准金额"),
    "drawn": ("less what was drawn on {on}", "减：{on} 放款"),
    "payout_returned": ("what came back undelivered on {on}", "加：{on} 退回的放款"),
    "drawn_no_more": ("less what can be drawn no more", "减：已不可再提取的金额"),
    "installment": ("Installment due {due_on}", "{due_on} 到期的一期"),
    "installment_principal": ("principal", "本金"),
    "installment_interest": ("interest of the installment due {due_on}", "{due_on} 到期一期的利息"),
    "installment_fee": ("fees", "费用"),
    "installment_penalty": ("late interest", "罚息"),
    "late_interest": ("late interest on its principal", "该期逾期本金的罚息"),
    "late_borne": (
        "charged on {on}: late interest of the installment due {due_on}",
        "{on} 计收：{due_on} 到期一期的罚息",
    ),
    "owed_again": ("less what a payment taken back owes again", "减：因退回还款而重新欠下的利息"),
    "charge_in_due": ("charged, due {on}", "{on} 到期的费用"),
    "segment": (
        "{first} to {last}: {base_minor} × {rate_ppm} a year × {year_over}/{year_under}",
        "{first} 至 {last}：{base_minor} × 年利率 {rate_ppm} × {year_over}/{year_under}",
    ),
    "rounded": ("rounded to a whole unit, as agreed", "按约定取整"),
    "interest_moved": ("moved from or to another installment by the schedule", "按还款计划移自或移至其他期"),
    "asked_otherwise": ("changed by a later act", "因后续安排变动"),
    "paid_otherwise": ("met before the schedule was changed", "还款计划变更前已还"),
    "waived": ("waived", "减免"),
    "nothing_due": ("nothing is still to fall due", "没有待到期的款项"),
    "no_due_day_yet": ("no installment has fallen due yet", "尚无一期到期"),
    "payoff_principal": ("principal left", "剩余本金"),
    "payoff_interest": ("interest paid if all is paid on {on}", "{on} 全部还清时应付的利息"),
    "payoff_fee": ("fees left", "剩余费用"),
    "payoff_penalty": ("late interest left", "剩余罚息"),
    "payoff_installment_interest": (
        "interest of installment {number}, due {due_on}",
        "第 {number} 期（{due_on} 到期）的利息",
    ),
    "left_in_installment": ("in the installment due {due_on}", "{due_on} 到期的一期内"),
    "interest_left": ("in the installment due {due_on}", "{due_on} 到期的一期内"),
    "interest_paid": ("interest paid before", "此前已还利息"),
    "interest_without_room": ("found no room in any installment", "各期均未容纳的利息"),
    "interest_of_other_dues": ("of dues beside the schedule", "计划之外应还款的利息"),
    "not_below_zero": ("never below zero", "不低于零"),
    "to_the_good": ("less what is to the borrower's good", "减：借款人溢缴款"),
    "earned_to": ("earned through {on} and not charged", "截至 {on} 已产生、尚未计收"),
    "earned_since": (
        "{first} to {last}: {days} days, evenly until the next due day",
        "{first} 至 {last}：{days} 天，至下一还款日均匀计提",
    ),
    "earned_in_full": ("interest of the installment due {due_on}", "{due_on} 到期一期的利息"),
    "earned_in_period": ("of the installment due {due_on}, by days", "{due_on} 到期的一期，按天"),
    "earned_share": ("{base_minor} × {days} days of {of_days}", "{base_minor} × {of_days} 天中的 {days} 天"),
    "interest_charged_before": ("less what was charged before", "减：此前已计收"),
}
ACTS: Mapping[str, tuple[str, str]] = {
    "fee": ("fee charged", "计收费用"),
    "waiver": ("waiver", "减免"),
    "credit_refund": ("credit balance paid out", "退还溢缴款"),
    "bounce": ("payment bounced", "还款退回"),
    "limit": ("limit set", "调整额度"),
    "hold": ("authorised", "预授权"),
    "release": ("authorisation ended", "预授权结束"),
    "dispute": ("disputed", "争议挂起"),
    "dispute_upheld": ("dispute upheld", "争议成立"),
    "dispute_rejected": ("dispute rejected", "争议驳回"),
    "terms": ("terms changed", "变更条款"),
    "relief": ("relief begins", "纾困开始"),
    "relief_end": ("relief ends", "纾困结束"),
    "deferral": ("due day moved", "延期"),
    "re_age": ("past due made new dues", "逾期重整"),
    "acceleration": ("all made due at once", "宣布全部到期"),
    "charge_off": ("charged off", "核销"),
    "settlement": ("settled for less than owed", "减免结清"),
    "small_balance": ("small balance closed", "小额余额结清"),
    "conversion": ("turned into installments", "转为分期"),
    "installment": ("installment billed", "分期入账"),
    "conversion_refund": ("refund of what was turned into installments", "分期款项退款"),
    "conversion_end": ("installments ended early", "提前结清分期"),
    "suspend": ("suspended to purchases", "冻结额度"),
    "close": ("closed to purchases", "关闭额度"),
    "restore": ("opened to purchases again", "恢复额度"),
    "goodwill": ("goodwill credit", "善意补偿"),
    "paid_by": ("paid by somebody else", "第三方代还"),
    "arrangement": ("arrangement agreed", "达成还款安排"),
    "undo": ("taken back", "撤销"),
    "lapsed": ("could not be done on its day", "到期未能执行"),
    "opened": ("opened", "开户"),
    "draw": ("drawn", "放款"),
    "payment": ("payment", "还款"),
    "charge": ("charge", "收费"),
    "chargeback": ("payment taken back", "还款退回"),
    "interest_pause": ("interest paused", "暂停计息"),
    "late_pause": ("late interest paused", "暂停计收罚息"),
    "rate_change": ("rate changed", "调整利率"),
    "reschedule": ("installments moved", "调整还款计划"),
    "re_amortise": ("past due spread over the installments to come", "逾期摊入剩余期数"),
    "terminate": ("ended, all made due at once", "终止合同、全部到期"),
    "write_off": ("written off", "核销欠款"),
    "recovery": ("recovered", "收回已核销"),
    "payout_sent": ("payout sent", "放款已发出"),
    "payout_confirmed": ("payout arrived", "放款已到账"),
    "payout_failed": ("payout failed", "放款失败"),
}
ARRANGED: Mapping[str, tuple[str, str]] = {
    "agreed": ("it stands", "有效"),
    "cured": ("cured", "已补救"),
    "broken": ("broken", "违约"),
}
OF_DAYS = ("days_past_due", "days_since_due", "first_day_counts")
"""The codes whose amount is a number of days."""
OF_WORDS = ("under_arrangement", "due_by_act", "due_by_arrangement")
"""The codes that come to nothing where they only explain."""
AFTER = ("; after the {after}", "；在{after}之后")


def money(minor: int, exponent: int) -> str:
    """Minor units with thousands separators and the currency's decimals.

    >>> money(-1234567, 2)
    '\u221212,345.67'
    """
    whole, part = divmod(abs(minor), 10**exponent)
    decimals = f".{part:0{exponent}d}" if exponent else ""
    return f"{MINUS if minor < 0 else ''}{whole:,}{decimals}"


def amount(told: Node, exponent: int, language: str) -> str:
    """What a node comes to: money, with some digits of a fraction of a minor unit where it has one; or days.

    Nothing where it only says something.
    """
    if told.code in OF_WORDS and not told.amount:
        return ""
    if told.code in OF_DAYS:
        return f"{told.amount} {('days', '天')[LANGUAGES[language]]}"
    exact = abs(Fraction(told.amount, told.per))
    if exact.denominator == 1:
        return money(told.amount // told.per, exponent)
    scaled = exact * 10**FRACTION_DIGITS
    short = round(scaled)
    text = money(short, exponent + FRACTION_DIGITS)
    sign = MINUS if told.amount < 0 else ""
    return f"{'' if scaled.denominator == 1 else '≈'}{sign}{text}"


def percent(ppm: int) -> str:
    """A rate or a share.

    >>> percent(182_500), percent(100_000)
    ('18.25%', '10%')
    """
    return f"{ppm / 10_000:.4f}".rstrip("0").rstrip(".") + "%"


def said(name: str, told: Any, exponent: int, place: int) -> str:
    """A number of a node in words."""
    if name in ("kind", "after_kind"):
        return chart.KINDS[told][place] if told in chart.KINDS else str(told)
    if name in ("act", "after_act"):
        return ACTS[told][place] if told in ACTS else str(told)
    if name == "state":
        return ARRANGED[told][place]
    if name.endswith("_minor"):
        return money(told, exponent)
    if name.endswith("_ppm"):
        return percent(told)
    return told.isoformat() if isinstance(told, date) else str(told)


def act_name(kind: str, language: str) -> str:
    """What an act is called, in a language (en or zh)."""
    return ACTS[kind][LANGUAGES[language]] if kind in ACTS else kind


def sentence(told: Node, exponent: int, language: str) -> str:
    """What a node is, in a language (en or zh)."""
    place = LANGUAGES[language]
    known = {name: said(name, number, exponent, place) for name, number in told.numbers.items()}
    text = WORDS[told.code][place].format_map(known)
    if "after_kind" in known or "after_act" in known:
        text += AFTER[place].format(after=known.get("after_kind") or known["after_act"])
    return text
