"""What risk stores: the watch list of each scored day; models, what became of them, and how the live one fares; model
cards as they were made."""

from django.db import models
from django.db.models.functions import Now


class Warning(models.Model):
    """The chance, on a sealed day, that what a target says happens to an account now in order, with its reasons.

    product, target: of which kind of product, and what is foretold. chance_ppm is in parts per million; rank 1 is the
    highest chance. Each reason is {"code": ..., "value": ...}; its words are in `risk.explain`.
    advice: {"code": ..., "chance_ppm": ...}, what would lower the chance most; its words are in `risk.advice`.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    account_id = models.BigIntegerField()
    rank = models.IntegerField()
    chance_ppm = models.IntegerField()
    reasons = models.JSONField()
    advice = models.JSONField(null=True)
    model = models.TextField()
    product = models.TextField(db_default="line")
    target = models.TextField(db_default="next")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_warning"
        constraints = (models.UniqueConstraint(fields=["day", "account_id", "model"], name="risk_warning_once"),)


class RiskModel(models.Model):
    """A model as it was trained, whole: `body` is everything that scoring needs, `digest` the SHA-256 of it.

    product, target: what it foretells of accounts of which kind of product.
    data_from, data_to: the earliest day that it learned from and the day whose knowledge it had. A model of a file of
    clients (product `file`) has none: data_digest is the SHA-256 of that file, data_rows its clients. code_version: the
    version of the package, and the SHA-256 of the files that train and score. reference: how each feature was spread.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    kind = models.TextField()
    digest = models.TextField()
    body = models.BinaryField()
    data_from = models.DateField(null=True)
    data_to = models.DateField(null=True)
    data_digest = models.TextField(default="", db_default="")
    data_rows = models.BigIntegerField(null=True)
    code_version = models.TextField()
    features = models.JSONField()
    metrics = models.JSONField()
    reference = models.JSONField()
    product = models.TextField(db_default="line")
    target = models.TextField(db_default="next")
    trained_by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_model"
        constraints = (
            models.CheckConstraint(
                name="risk_model_data_told",
                condition=models.Q(data_from__isnull=False, data_to__isnull=False, data_digest="", data_rows=None)
                | models.Q(data_from=None, data_to=None, data_digest__regex="^[0-9a-f]{64}$", data_rows__gt=0),
            ),
        )


class ModelState(models.Model):
    """What became of a model: registered, live, retired (another took its place), rolled_back,
    turned_down (it never goes live); who, when and why."""

    id = models.BigAutoField(primary_key=True)
    model = models.ForeignKey(RiskModel, on_delete=models.PROTECT, related_name="states")
    state = models.TextField()
    by = models.TextField()
    reason = models.TextField()
    checks = models.JSONField(default=list)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_model_state"


class ModelCard(models.Model):
    """A model card as it was made, as one page; `digest` is the SHA-256 of it.

    day: as known on which sealed day; null of a card on a file of clients, whose SHA-256 data_digest then is.
    """

    id = models.BigAutoField(primary_key=True)
    model = models.ForeignKey(RiskModel, on_delete=models.PROTECT, related_name="cards")
    day = models.DateField(null=True)
    data_digest = models.TextField(db_default="")
    language = models.TextField()
    page = models.TextField()
    digest = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_card"
        constraints = (models.UniqueConstraint(fields=["model", "language", "digest"], name="risk_card_once"),)


class Monitoring(models.Model):
    """One figure of the live model on a sealed day, and between which limits it should lie (null: no limit).

    of_day is the day that the figure speaks of: the day itself for drift, an earlier one for outcomes that are known
    now. feature is empty where the figure is of no single feature.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    model = models.TextField()
    what = models.TextField()
    feature = models.TextField()
    of_day = models.DateField()
    value = models.FloatField()
    least = models.FloatField(null=True)
    most = models.FloatField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_monitoring"
        constraints = (
            models.UniqueConstraint(fields=["day", "model", "what", "feature", "of_day"], name="risk_monitoring_once"),
        )


class Alarm(models.Model):
    """A figure beyond its limits, and the role that must look."""

    id = models.BigAutoField(primary_key=True)
    monitoring = models.OneToOneField(Monitoring, on_delete=models.PROTECT)
    role = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_alarm"


class AlarmSeen(models.Model):
    """That a person looked at an alarm, and what came of it."""

    id = models.BigAutoField(primary_key=True)
    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="seen")
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_alarm_seen"


class WatchList(models.Model):
    """A watch list as it was drawn for a day: what was assumed, how many contacts there were, and by whom.

    avoided_ppm: of the misses that would come, the share that a contact avoids; effect_from says whether that is
    assumed or measured by earlier lists. lost_ppm: of what is owed, what is lost with a miss. control_ppm: the share
    drawn to get nothing extra. cost_minor: what a contact costs. scored_by: the models whose chances it goes by.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    experiment = models.TextField()
    currency = models.CharField(max_length=3)
    scored_by = models.JSONField()
    capacity = models.IntegerField()
    cost_minor = models.BigIntegerField()
    effect_from = models.TextField()
    avoided_ppm = models.IntegerField()
    lost_ppm = models.IntegerField()
    control_ppm = models.IntegerField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_watch_list"
        constraints = (models.UniqueConstraint(fields=["day", "experiment", "currency"], name="risk_watch_list_once"),)


class Watched(models.Model):
    """One account of a watch list: its place, and whether it is contacted or in the control group.

    avoided_minor: the expected loss that a contact avoids, of owed_minor and chance_ppm as they stood on the day.
    """

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="watched")
    account_id = models.BigIntegerField()
    place = models.IntegerField()
    drawn = models.TextField()
    chance_ppm = models.IntegerField()
    owed_minor = models.BigIntegerField()
    avoided_minor = models.BigIntegerField()

    class Meta:
        db_table = "risk_watched"
        constraints = (models.UniqueConstraint(fields=["list", "account_id"], name="risk_watched_once"),)


class UpliftFound(models.Model):
    """What the watch lists of an experiment did, as it was found when somebody asked for it on a sealed day.

    contacted, control: {"listed", "missed", "counting"}, see `uplift.Group`. needed, lists: see `watch.Measured`.
    parts: of each list whose outcomes are known {"list", "drawn", "listed", "missed", "chance"}, a row a group.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    experiment = models.TextField()
    contacted = models.JSONField()
    control = models.JSONField()
    avoided = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    needed = models.IntegerField()
    lists = models.IntegerField()
    parts = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "risk_uplift"
        constraints = (models.UniqueConstraint(fields=["day", "experiment"], name="risk_uplift_once"),)
