"""What servicing stores of who owns and funds accounts: parties, sales, agreements, shares, guarantees, settlements."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import money


class Party(models.Model):
    """Who may own accounts or fund shares of them beside the lender. Its id is the owner of its entries."""

    id = models.SmallAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_party"


class Sale(models.Model):
    """A sale of an account or its buyback as it was asked for, or that one was called off (`cancels`). Append-only.

    It is settled by the close of its settlement day, whose entries of kind TRANSFER and PRICE say so.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    kind = models.TextField(choices=[("sale", "sale"), ("buyback", "buyback"), ("cancel", "called off")])
    party_id = models.SmallIntegerField()
    price_minor = money()
    asked_on = models.DateField()
    settles_on = models.DateField()
    booked_day = models.DateField()
    cancels = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_sale"
        indexes = (
            models.Index(fields=["account_id", "id"], name="servicing_sale_account"),
            models.Index(fields=["settles_on"], name="servicing_sale_settles"),
        )


class Funding(models.Model):
    """Who funds an account from a day on: parties in order, the share of each, and share times rate.

    agreed_from: the day that the contract names; from_day: the day at whose close the shares begin, later where that
    was closed already.
    `rate_ppm` is what the account bore when it was agreed: of interest charged a party gets bears / (10**6 * rate_ppm).
    guarantor (0: the lender) pays what is unpaid at `guarantee_days` past due, up to `guarantee_cap_ppm` of what was
    put into the pool. prices: what parties pay or get, by id, for what they take over or give up; the others do at what
    is owed. claim_id: the claim whose payment moved the shares. Append-only: the last one of a day holds.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    pool = models.TextField()
    agreed_from = models.DateField()
    from_day = models.DateField()
    booked_day = models.DateField()
    parties = ArrayField(models.SmallIntegerField())
    shares_ppm = ArrayField(models.IntegerField())
    bears = ArrayField(models.BigIntegerField())
    rate_ppm = models.IntegerField()
    guarantor = models.SmallIntegerField(null=True)
    guarantee_days = models.IntegerField(default=0)
    guarantee_cap_ppm = models.IntegerField(default=0)
    prices = models.JSONField(default=dict, db_default={})
    claim_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_funding"
        indexes = (
            models.Index(fields=["account_id", "from_day", "id"], name="servicing_funding_account"),
            models.Index(fields=["from_day"], name="servicing_funding_begins"),
            models.Index(fields=["pool"], name="servicing_funding_pool"),
        )


class Share(models.Model):
    """How one party's share of an account moved, and what it holds since (held_...); party 0 is the lender.

    entry_id: the posting that is shared out; none where shares began or a guarantee was paid. Party 0's place is the
    owner's while the account is sold. cash: what passes to the party for it (below zero: what it has to bring). What
    the share moved by beyond that is the party's income, or its loss. put_in: how much of the principal drawn, bought
    or taken over is the party's.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    party_id = models.SmallIntegerField()
    funding_id = models.BigIntegerField()
    cause = models.SmallIntegerField()
    entry_id = models.BigIntegerField(null=True)
    effective_day = models.DateField()
    booked_day = models.DateField()
    run_id = models.BigIntegerField(null=True)
    principal = money()
    interest = money()
    fee = money()
    penalty = money()
    charged_off = money()
    suspended = money()
    cash = money()
    put_in = money()
    held_principal = money()
    held_interest = money()
    held_fee = money()
    held_penalty = money()
    held_charged_off = money()
    held_suspended = money()

    class Meta:
        db_table = "servicing_share"
        indexes = (
            models.Index(fields=["account_id", "party_id", "id"], name="servicing_share_account"),
            models.Index(fields=["party_id", "booked_day"], name="servicing_share_party"),
        )


class Claim(models.Model):
    """What a party may claim of the guarantor, because an account of the pool is so many days past due."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    party_id = models.SmallIntegerField()
    funding_id = models.BigIntegerField()
    pool = models.TextField()
    guarantor = models.SmallIntegerField()
    day = models.DateField()
    days_past_due = models.IntegerField()
    principal = money()
    interest = money()
    by = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "servicing_claim"
        constraints = (
            models.UniqueConstraint(fields=["account_id", "party_id", "funding_id"], name="servicing_claim_once"),
        )
        indexes = (models.Index(fields=["pool"], name="servicing_claim_pool"),)


class Guarantee(models.Model):
    """A first-loss guarantee as it was paid for a claim: what of principal and interest, up to the pool's cap."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True)
    booked_day = models.DateField()
    principal = money()
    interest = money()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_guarantee"


class Settlement(models.Model):
    """Money settled between the lender and a party: above zero paid to it. entry_id: the lender's entry."""

    entry_id = models.BigIntegerField(primary_key=True)
    party_id = models.SmallIntegerField()
    product_id = models.SmallIntegerField()
    amount_minor = money()
    booked_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_settlement"
        indexes = (models.Index(fields=["party_id", "booked_day"], name="servicing_settlement_party"),)
