"""The words of a model card, in English and 中文."""

from collections.abc import Callable

from .card_book_words import BOOK
from .card_facts import Facts, OfBook
from .features import BESIDE, LINE, loan_beside
from .features.loan import LOAN

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Model card", "模型卡"),
    "subtitle": ("the chance that the next payment is missed", "下期还款逾期概率"),
    "what": ("What it is", "模型概况"),
    "kind": ("model", "模型"),
    "boosted": ("boosted trees", "提升树"),
    "scorecard": ("scorecard", "评分卡"),
    "target": ("target", "预测目标"),
    "target_is": ("the next payment is missed, as the file's outcome has it", "下期未还款，以文件记录的结果为准"),
    "information": ("information", "所用信息"),
    "ledger": ("what a ledger knows on the day", "当日账本可知的信息"),
    "all": ("a ledger's, and recorded statuses that speak of later days", "账本信息，及涉及其后日期的还款状态记录"),
    "trained": ("trained on", "训练样本"),
    "clients": ("clients", "客户"),
    "trained_told": ("{clients} clients, {share} of them missed", "{clients}名客户，其中逾期{share}"),
    "features": ("features", "特征"),
    "code": ("code", "代码版本"),
    "code_told": ("version {version} of the package; ", "程序包{version}版；"),
    "code_same": ("the same that runs now", "与当前运行的代码一致"),
    "code_other": ("other code than runs now", "与当前运行的代码不同"),
    "code_digest": ("code (SHA-256)", "代码摘要（SHA-256）"),
    "trained_by": ("trained by", "训练人"),
    "digest": ("content (SHA-256)", "内容摘要（SHA-256）"),
    "not_used": ("never used", "从不使用"),
    "nothing_of_person": ("sex, age, education, marriage", "性别、年龄、学历、婚姻"),
    "fares": ("How it fares", "表现"),
    "measured_held_out": (
        "Measured on {clients} clients of the file that were kept from training; {share} of them missed.",
        "以文件中未参与训练的{clients}名客户衡量，其中逾期{share}。",
    ),
    "measured_all": (
        "Measured on all {clients} clients of the file; {share} of them missed. If some of them trained the model, the "
        "figures flatter it.",
        "以文件中全部{clients}名客户衡量，其中逾期{share}。若其中有训练样本，数值会偏好。",
    ),
    "measure": ("measure", "指标"),
    "value": ("value", "数值"),
    "interval": ("95% interval", "95%区间"),
    "auc": ("AUC", "AUC"),
    "recall_top_fifth": ("recall in the top fifth", "最高五分之一的召回率"),
    "brier": ("Brier score", "Brier分数"),
    "calibration_error": ("calibration error", "校准误差"),
    "calibration": ("Calibration", "校准"),
    "calibration_alt": (
        "Share missed over mean chance by tenths, from {first} at a chance of {low} to {last} at {high}; the table has "
        "every point.",
        "按十分位的实际逾期率与平均概率：概率{low}时为{first}，概率{high}时为{last}；各点见表。",
    ),
    "lift": ("lift", "提升度"),
    "lift_title": ("Lift by tenth", "十分位提升度"),
    "lift_alt": (
        "The tenth with the highest chances missed {first} times as often as all, that with the lowest {last} times; "
        "the table has every bar.",
        "概率最高的十分之一逾期率为总体的{first}倍，最低的为{last}倍；各柱见表。",
    ),
    "tenth_axis": ("tenth, the highest chances first", "十分位（概率由高到低）"),
    "tenth": ("tenth", "十分位"),
    "mean_chance": ("mean chance", "平均概率"),
    "share_missed": ("share missed", "实际逾期率"),
    "drift": ("Drift by feature", "特征稳定性"),
    "drift_note": (
        "Population stability index of the clients here against those it was trained on; above 0.25 they are others.",
        "本文件客户相对训练样本的群体稳定性指数；高于0.25表示人群已不同。",
    ),
    "drift_shown": ("{count} features of which something is known.", "共{count}项有取值的特征。"),
    "drift_none": ("The model file holds no distribution to compare with.", "模型文件未保存可比较的分布。"),
    "feature": ("feature", "特征"),
    "psi": ("PSI", "PSI"),
    "months": ("Stability by month", "分月稳定性"),
    "months_none": (
        "The file has outcomes of one month only: how the model fares from month to month cannot be told from it.",
        "文件仅有一个月的结果，无法据此说明模型逐月的表现。",
    ),
    "telling": ("What tells most", "贡献最大的特征"),
    "direction": ("more of it", "数值越大"),
    "raises": ("raises the chance", "概率越高"),
    "lowers": ("lowers the chance", "概率越低"),
    "either": ("either", "可高可低"),
    "gain": ("share of gain", "增益占比"),
    "gain_note": (
        "By {count} of its {all} features the trees divide those who missed from those who paid; the others divide "
        "nothing. Where a direction is told, no tree goes against it.",
        "在{all}项特征中，各树以其中{count}项区分逾期与按时还款，其余未起作用。标明方向的特征，任何一棵树均不得违反。",
    ),
    "points_title": ("Points", "分值表"),
    "points_note": (
        "The points of all features are added; {double} points more halve the odds. Chance = 1 / (1 + exp({slope} x "
        "points {intercept})). Ends of ranges are rounded here; amounts are in the smallest unit of money.",
        "各特征分值相加，每多{double}分，逾期几率减半。概率 = 1 / (1 + exp({slope} × 分值 {intercept}))。"
        "区间端点在此取整显示；金额以最小货币单位计。",
    ),
    "range": ("value", "取值"),
    "points": ("points", "分值"),
    "not_known": ("not known", "未知"),
    "fairness": ("Fairness", "公平性"),
    "fairness_note": (
        "The fifth with the highest chances counts as selected. Found: of those who missed, the share selected. These "
        "columns were read for this page alone and are in no model. A difference in the share selected that the share "
        "missed has too is not by itself unfair; one in what is found, or between chance and share missed, is to be "
        "looked at.",
        "概率最高的五分之一视为入选。识别率：实际逾期者中入选的比例。这些字段仅为本页读取，不进入任何模型。"
        "入选率的差异若与逾期率一致，本身不等于不公；识别率的差异、概率与实际逾期率之间的差异应予审视。",
    ),
    "fairness_none": ("No column of the person was looked at.", "未读取任何个人属性字段。"),
    "group": ("group", "群体"),
    "selected": ("selected", "入选率"),
    "found": ("found", "识别率"),
    "gap": ("largest difference", "最大差异"),
    "few": ("too few to tell", "样本过少"),
    "limits": ("Known limits", "已知局限"),
    "limit_bounds": (
        "Intervals tell what chance may do in a file of this size; they do not tell what another year would.",
        "区间仅反映本文件样本量下的随机波动，不反映其他年份的情形。",
    ),
    "limit_cause": (
        "Reasons are facts that raised the chance, not causes. A chance is no ground to refuse help.",
        "原因是提高概率的事实，不是因果。概率不得作为拒绝帮助的理由。",
    ),
    "limit_thin": (
        "Of clients with fewer than three months, or who never owed, little can be told; they are marked so when "
        "scored.",
        "对记录不足三个月或从未欠款的客户所知甚少，评分时会注明。",
    ),
    "limit_all": (
        "The recorded statuses speak of payments after the day: with them the chance could not be made on the day.",
        "还款状态记录涉及当日之后的还款：使用它们时，当日无法得出该概率。",
    ),
    "limit_seen": (
        "Where the file is of other clients at another time, these figures are of that file alone.",
        "若文件为其他客户或其他时期，上述数值仅适用于该文件。",
    ),
    "SEX": ("sex", "性别"),
    "AGE": ("age", "年龄"),
    "EDUCATION": ("education", "学历"),
    "sex_1": ("male", "男"),
    "sex_2": ("female", "女"),
    "sex_other": ("other or not known", "其他或未知"),
    "education_1": ("graduate school", "研究生"),
    "education_2": ("university", "大学"),
    "education_3": ("high school", "高中"),
    "education_other": ("other or not known", "其他或未知"),
}
LANGUAGES = ("en", "zh")


def in_language(language: str, facts: Facts) -> dict[str, str]:
    """Every word of a card in `en` or `zh`."""
    at = LANGUAGES.index(language)
    told = WORDS | BOOK if isinstance(facts.subject, OfBook) else WORDS
    return {key: one[at] for key, one in told.items()}


def feature_words(language: str, facts: Facts) -> Callable[[str], str]:
    """How a feature of a card's model is called in a language; by its name where it has no words."""
    return feature_names(language, facts.subject.product if isinstance(facts.subject, OfBook) else "file")


def feature_names(language: str, product: str) -> Callable[[str], str]:
    """How a feature of a product's models is called in a language; by its name where it has no words."""
    at = LANGUAGES.index(language)
    known = {
        one.name: (one.english, one.chinese)
        for one in ((*LOAN, *loan_beside.BESIDE) if product == "loan" else (*LINE, *BESIDE))
    }
    return lambda name: known[name][at] if name in known else name
