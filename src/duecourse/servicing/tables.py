"""What servicing stores: contracts with their frozen terms, statements, breaches, changes of the past."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from duecourse.ledger.tables import Product, money


class Terms(models.Model):
    """Terms as they were agreed, kept once for all accounts that share them."""

    id = models.AutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    body = models.JSONField()
    digest = models.BinaryField(unique=True)

    class Meta:
        db_table = "servicing_terms"


class Account(models.Model):
    """One contract of one borrower. Its money is the ledger's balance row of the same id."""

    id = models.BigIntegerField(primary_key=True)
    number = models.TextField(unique=True)
    borrower_id = models.BigIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, db_index=False)
    limit_minor = money()
    opened_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_account"
        indexes = (models.Index(fields=["borrower_id"], name="servicing_account_borrower"),)


class Statement(models.Model):
    """What a line billed on a cycle day, as it was sent; a correction is a later version beside it.

    entry_mark: the last entry id given out when it was written; what the account has with higher ids came after it.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    cycle_on = models.DateField()
    version = models.SmallIntegerField(default=1, db_default=1)
    due_on = models.DateField(null=True)
    balance = money()
    minimum = money()
    past_due = money()
    principal = money()
    interest = money()
    fee = money()
    penalty = money()
    credit = money()
    limit_minor = money()
    interest_charged = money()
    penalty_charged = money()
    booked_day = models.DateField()
    entry_mark = models.BigIntegerField()
    run_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "servicing_statement"
        constraints = (
            models.UniqueConstraint(fields=["account_id", "cycle_on", "version"], name="servicing_statement_once"),
        )


class Breach(models.Model):
    """A purchase that had already been made and was posted although the line was over its limit or suspended."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    effective_day = models.DateField()
    rule = models.TextField(choices=[("over_limit", "over the limit"), ("suspended", "suspended")])
    amount_minor = money()

    class Meta:
        db_table = "servicing_breach"
        indexes = (models.Index(fields=["account_id"], name="servicing_breach_account"),)


class Opening(models.Model):
    """The state an account began with, when it was taken on from elsewhere: the kernel's numbers and open dues."""

    account_id = models.BigIntegerField(primary_key=True)
    fields = ArrayField(models.BigIntegerField())
    dues = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "servicing_opening"


class Act(models.Model):
    """Something done to an account by somebody, with its reason: a change of its terms, limit or dues, or an event.

    `body` holds its numbers by name. entry_id: the entry that it made, if it moved money. entry_mark: the last entry id
    given out when it was recorded, its place among the entries of its day. undoes: the act that this one takes back.
    part_of: the arrangement (its act) to which this one belongs.
    One whose effective day is later than its booked day is applied by the close of that day. Append-only: what an
    account is follows from its acts and entries in order of effective day, then of recording.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    kind = models.TextField()
    effective_day = models.DateField()
    booked_day = models.DateField()
    body = models.JSONField(default=dict)
    entry_id = models.BigIntegerField(null=True)
    entry_mark = money()
    undoes = models.BigIntegerField(null=True)
    part_of = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_act"
        indexes = (
            models.Index(fields=["account_id"], name="servicing_act_account"),
            models.Index(
                fields=["effective_day"],
                condition=models.Q(effective_day__gt=models.F("booked_day")),
                name="servicing_act_coming",
            ),
        )


class Arrangement(models.Model):
    """What was agreed with a borrower in difficulty; its id is that of its act, `body` its terms as they were agreed.

    known: what of the account was looked up at the time: a loan's rate before, the charges that are forgiven.
    """

    id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    agreed_on = models.DateField()
    booked_day = models.DateField()
    body = models.JSONField()
    known = models.JSONField(default=dict)

    class Meta:
        db_table = "servicing_arrangement"
        indexes = (models.Index(fields=["account_id"], name="servicing_arrangement_account"),)


class Plan(models.Model):
    """One dated amount of an arrangement's plan; by `judged_on` it must have come in.

    One of number 0 asks nothing: it is a day on which the arrangement is looked at.
    """

    id = models.BigAutoField(primary_key=True)
    arrangement_id = models.BigIntegerField()
    number = models.SmallIntegerField()
    due_on = models.DateField()
    judged_on = models.DateField()
    amount_minor = money()

    class Meta:
        db_table = "servicing_plan"
        constraints = (
            models.UniqueConstraint(fields=["arrangement_id", "number", "due_on"], name="servicing_plan_once"),
        )
        indexes = (models.Index(fields=["judged_on"], name="servicing_plan_judged"),)


class ArrangementState(models.Model):
    """How an arrangement stands from a day on, who found it and why; the last row is in force.

    by_hand: a person decided it. takes_back: the row that turned out not to be so, with what was recorded later.
    """

    id = models.BigAutoField(primary_key=True)
    arrangement_id = models.BigIntegerField()
    state = models.TextField(choices=[(one, one) for one in ("agreed", "broken", "cured", "fulfilled", "ended")])
    on = models.DateField()
    booked_day = models.DateField()
    by_hand = models.BooleanField(default=False)
    takes_back = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_arrangement_state"
        indexes = (models.Index(fields=["arrangement_id", "id"], name="servicing_arrangement_state_of"),)


class Schedule(models.Model):
    """A loan's installments as they stood after an act: `loan_row.INSTALLMENT` numbers to each. Append-only."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    act_id = models.BigIntegerField()
    booked_day = models.DateField()
    rows = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "servicing_schedule"
        indexes = (models.Index(fields=["account_id", "id"], name="servicing_schedule_account"),)


class Change(models.Model):
    """An account whose past was changed: since which day, on which booked day, by whom and why."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    since_day = models.DateField()
    booked_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_change"
        indexes = (
            models.Index(fields=["account_id"], name="servicing_change_account"),
            models.Index(fields=["booked_day", "account_id"], name="servicing_change_day"),
        )


class Suspense(models.Model):
    """Money that came and that nobody could attribute: who is said to have paid, by which channel and reference.

    entry_id: the entry of no account that holds it. What is left of it is its amount less its moves.
    """

    id = models.BigAutoField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = money()
    received_on = models.DateField()
    booked_day = models.DateField()
    channel = models.SmallIntegerField(default=0, db_default=0)
    reference = models.TextField()
    payer = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_suspense"
        indexes = (models.Index(fields=["reference"], name="servicing_suspense_reference"),)


class SuspenseMove(models.Model):
    """Money that left suspense: attributed to an account, returned to the payer, or an attribution taken back.

    amount_minor: below zero where it came back. entry_id: the entry of no account; payment_id: the payment's entry.
    undoes: the attribution that is taken back.
    """

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Suspense, on_delete=models.PROTECT, related_name="moves")
    kind = models.TextField(
        choices=[("attributed", "attributed"), ("returned", "returned to the payer"), ("taken_back", "taken back")]
    )
    amount_minor = money()
    effective_day = models.DateField()
    booked_day = models.DateField()
    account_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(unique=True)
    payment_id = models.BigIntegerField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_suspense_move"


class Mandate(models.Model):
    """A borrower's authority to debit: for which account, what may be taken, from which day, under which terms.

    takes: a kind of `kernel.debit`; fixed_minor its amount where it is fixed. limit_minor: at most so much for one due
    day (0: no limit). consent: where the borrower's consent is kept. terms: those in force when it was agreed.
    """

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    takes = models.SmallIntegerField()
    fixed_minor = money()
    limit_minor = money()
    since_day = models.DateField()
    agreed_on = models.DateField()
    consent = models.TextField()
    place = models.TextField()
    law_class = models.TextField(null=True)
    terms = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_mandate"
        indexes = (models.Index(fields=["account_id"], name="servicing_mandate_account"),)


class MandateState(models.Model):
    """What a mandate became, when, by whom and why: granted, held, released, revoked. The newest counts."""

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="states")
    kind = models.TextField(
        choices=[("granted", "granted"), ("held", "held"), ("released", "released"), ("revoked", "revoked")]
    )
    effective_day = models.DateField()
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_mandate_state"


class DebitSource(models.Model):
    """A card or bank account from which a mandate lets money be taken, by its place in the order.

    The reference is not kept: its last four characters, and a keyed hash by which whoever holds it finds it again.
    """

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="sources")
    place = models.SmallIntegerField()
    kind = models.TextField(choices=[("bank_card", "bank card"), ("bank_account", "bank account")])
    last4 = models.CharField(max_length=4)
    keyed = models.BinaryField()

    class Meta:
        db_table = "servicing_debit_source"
        constraints = (models.UniqueConstraint(fields=["mandate", "place"], name="servicing_debit_source_once"),)


class DebitNotice(models.Model):
    """A notice of a debit: what will be taken, on which day, from which source; read by whoever sends it."""

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="notices")
    source = models.ForeignKey(DebitSource, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    take_on = models.DateField()
    amount_minor = money()
    given_on = models.DateField()
    rule = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_notice"
        constraints = (
            models.UniqueConstraint(
                fields=["mandate", "due_on", "amount_minor", "given_on"], name="servicing_debit_notice_once"
            ),
        )


class DebitOrder(models.Model):
    """An instruction to debit: so much, from this source, on this day, for what falls due on `due_on`.

    `key` names it at the bank and is the request key of the payment that it becomes.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="orders")
    source = models.ForeignKey(DebitSource, on_delete=models.PROTECT, related_name="+")
    account_id = models.BigIntegerField()
    due_on = models.DateField()
    attempt = models.SmallIntegerField()
    day = models.DateField()
    amount_minor = money()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_order"
        constraints = (
            models.UniqueConstraint(fields=["mandate", "due_on", "attempt"], name="servicing_debit_order_once"),
        )
        indexes = (
            models.Index(fields=["account_id"], name="servicing_debit_order_account"),
            models.Index(fields=["day"], name="servicing_debit_order_day"),
        )


class DebitAnswer(models.Model):
    """What the bank answered to an order: paid, failed with its reason, or unknown. Append-only; the newest counts.

    entry_id: the payment's entry. Paid and failed are final.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(DebitOrder, on_delete=models.PROTECT, related_name="answers")
    result = models.TextField(choices=[("paid", "paid"), ("failed", "failed"), ("unknown", "unknown")])
    amount_minor = money()
    reason_code = models.TextField()
    effective_day = models.DateField()
    entry_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_debit_answer"
        constraints = (
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(result__in=["paid", "failed"]),
                name="servicing_debit_answer_final",
            ),
        )


class Disbursement(models.Model):
    """What became of a draw's money: sent, confirmed or failed, when, by whom and why. The newest counts."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    draw_id = models.BigIntegerField()
    kind = models.TextField(choices=[("sent", "sent"), ("confirmed", "confirmed"), ("failed", "failed")])
    effective_day = models.DateField()
    act_id = models.BigIntegerField(null=True)
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_disbursement"
        constraints = (models.UniqueConstraint(fields=["draw_id", "kind"], name="servicing_disbursement_once"),)
        indexes = (models.Index(fields=["account_id"], name="servicing_disbursement_of"),)


class Document(models.Model):
    """A document that was issued: what it says (`body`), the SHA-256 of that and of its PDF, by whom.

    day: as of which day it speaks. entry_mark: the last entry id given out then.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField(choices=[("certificate", "settlement certificate")])
    account_id = models.BigIntegerField()
    day = models.DateField()
    body = models.JSONField()
    digest = models.BinaryField()
    file_digest = models.BinaryField(unique=True)
    entry_mark = money()
    by = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_document"
        indexes = (models.Index(fields=["account_id"], name="servicing_document_account"),)
        permissions = (("issue_document", "May issue settlement certificates"),)

    @property
    def number(self) -> str:
        """What the document is called by."""
        return f"C{self.id:08d}"


class DocumentVoid(models.Model):
    """A document that is true no longer: since when we know it, and why."""

    document = models.OneToOneField(Document, primary_key=True, on_delete=models.PROTECT, related_name="void")
    by = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "servicing_document_void"


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
    put into the pool. claim_id: the claim whose payment moved the shares. Append-only: the last one of a day holds.
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
