"""The words of the card of a model of the book, where they differ from those of a file's."""

BOOK: dict[str, tuple[str, str]] = {
    "name": ("name", "名称"),
    "product": ("of", "产品"),
    "data": ("data", "数据区间"),
    "data_told": (
        "{days} sealed days a month apart, {first} to {last}, with what was known on {known}",
        "{first}至{last}的{days}个封账日（每月一个），以{known}所知为准",
    ),
    "trained_told": ("{clients} accounts and days, {share} of them missed", "{clients}个账户日样本，其中逾期{share}"),
    "clients": ("accounts", "账户"),
    "seed": ("seed", "随机种子"),
    "checks": ("checks", "上线检查"),
    "joint": ("; ", "；"),
    "passes": ("{check}: passes", "{check}：通过"),
    "fails": ("{check}: DOES NOT PASS", "{check}：未通过"),
    "check_AUC": ("AUC", "AUC"),
    "check_calibration error": ("calibration error", "校准误差"),
    "check_nothing of the person": ("nothing of the person", "不含个人属性"),
    "check_content": ("content", "内容一致"),
    "state_registered": ("registered", "登记"),
    "state_live": ("went live", "上线"),
    "state_retired": ("retired", "退役"),
    "state_rolled_back": ("rolled back", "回退"),
    "state_turned_down": ("turned down", "驳回"),
    "state_by": ("by {by} on {on}", "{by}，{on}"),
    "state_told": ("by {by} on {on}: {why}", "{by}，{on}：{why}"),
    "measured_trial": (
        "Measured on the trial: {clients} accounts in order on {day} that were kept from training; {share} of them "
        "missed. ",
        "以试验样本衡量：{day}正常且未参与训练的{clients}个账户，其中逾期{share}。",
    ),
    "as_registered": ("Found again as registered.", "重新计算的结果与登记一致。"),
    "not_as_registered": (
        "These are NOT the figures that were registered: features are found otherwise now.",
        "结果与登记的数值不一致：特征的计算方式已有改变。",
    ),
    "months_note": (
        "Accounts in order on a sealed day that were kept from training. Of days marked learned, other accounts "
        "trained the model; what came later it never saw. A mean chance outside the interval of the share missed is "
        "marked. An AUC is told where at least {each} missed and {each} did not.",
        "封账日正常且未参与训练的账户。标为“训练”的日期，模型学习的是其他账户；其后的日期模型从未见过。"
        "平均概率超出实际逾期率区间时予以标记。逾期与未逾期各不少于{each}个时才给出AUC。",
    ),
    "auc_alt": ("AUC with its interval by month; the table has every point.", "各月AUC及其区间；各点见表。"),
    "chance_alt": (
        "Mean chance and share missed with its interval by month; the table has every point.",
        "各月平均概率、实际逾期率及其区间；各点见表。",
    ),
    "day": ("day", "日期"),
    "role": ("what it was", "用途"),
    "role_learned": ("learned", "训练"),
    "role_trial": ("trial", "试验"),
    "role_later": ("later", "其后"),
    "missed_interval": ("share missed (95%)", "实际逾期率（95%）"),
    "auc_interval": ("AUC (95%)", "AUC（95%）"),
    "drift_note": (
        "Population stability index of the accounts in order on {day} against those that it learned from; above 0.25 "
        "they are others.",
        "{day}正常账户相对训练样本的群体稳定性指数；高于0.25表示人群已不同。",
    ),
    "drift_none": ("No account was in order on the day.", "当日没有正常账户。"),
    "fairness_none": (
        "The book knows a borrower by an id alone: sex, age and education are nowhere in it. So nothing can be told "
        "here of how the model treats groups of people, neither good nor bad. Where the law lets a lender look at such "
        "columns, they have to be brought from outside and looked at before the model decides anything that matters.",
        "账本仅以编号识别借款人，其中没有性别、年龄、学历。因此本页无法说明模型对各群体是否公平，既不能说好，也不能说坏。"
        "法律允许查看此类字段时，应从外部取得，并在模型用于重要决定之前予以审视。",
    ),
    "limit_bounds": (
        "Intervals tell what chance may do with so many accounts; they do not tell what another year would.",
        "区间仅反映该样本量下的随机波动，不反映其他年份的情形。",
    ),
    "limit_trial": (
        "The trial is one month. How far it holds in others is told by month above, as far as they are known.",
        "试验仅为一个月，其他月份的情形见上文分月表，以已知者为限。",
    ),
    "limit_young": (
        "It learned from {days} months. A season that it has not seen, it does not know; while the book is young, "
        "features that count months drift by themselves.",
        "模型只学习了{days}个月的数据，未见过的季节无从得知；账本尚新时，累计月数的特征会自行漂移。",
    ),
    "limit_in_order": (
        "It speaks of accounts in order alone: who is late already is not scored.",
        "模型仅适用于正常账户，已逾期者不予评分。",
    ),
    "limit_book": (
        "It knows what the ledger knows. Income, work and debts with others are not in it, unless they were reported.",
        "模型所知限于账本；收入、职业及在他处的债务，除非已报送，均不在内。",
    ),
}
