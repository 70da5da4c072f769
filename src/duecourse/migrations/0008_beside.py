"""What stands beside an account's months: merchant categories of purchases, the day of income, debts with others."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting
from ._without_models import WithoutModels

TABLES = ("servicing_purchase_category", "servicing_income_day", "risk_debt_report")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0007_advice"),)

    operations = (
        migrations.CreateModel(
            name='DebtReport',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField()),
                ('as_of', models.DateField()),
                ('source', models.TextField()),
                ('lenders', models.IntegerField()),
                ('balance_minor', models.BigIntegerField(db_default=0, default=0)),
                ('payment_minor', models.BigIntegerField(db_default=0, default=0)),
                ('worst_days_past_due', models.IntegerField()),
                ('enquiries', models.IntegerField()),
                ('booked_day', models.DateField()),
                ('file_id', models.IntegerField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'risk_debt_report',
            },
        ),
        migrations.CreateModel(
            name='IncomeDay',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField()),
                ('day_of_month', models.SmallIntegerField()),
                ('told_on', models.DateField()),
                ('booked_day', models.DateField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'servicing_income_day',
            },
        ),
        migrations.CreateModel(
            name='PurchaseCategory',
            fields=[
                ('entry_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('account_id', models.BigIntegerField()),
                ('category', models.SmallIntegerField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('effective_day', models.DateField()),
                ('booked_day', models.DateField()),
            ],
            options={
                'db_table': 'servicing_purchase_category',
            },
        ),
        migrations.AlterField(
            model_name='file',
            name='kind',
            field=models.TextField(choices=[('card', 'card book'), ('payments', 'payments'), ('loans', 'loan book'), ('loan_months', 'months of a loan book'), ('debit_answers', 'answers to debit orders'), ('acts', 'acts on accounts'), ('bank', 'bank statement'), ('merchant', 'merchant settlement'), ('debts', 'debts with others')], default='card'),
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(condition=models.Q(('kind__in', ['deferral', 're_age', 'relief', 'dispute'])), fields=['effective_day'], name='servicing_act_easing'),
        ),
        migrations.AddIndex(
            model_name='debtreport',
            index=models.Index(fields=['account_id', 'as_of'], name='risk_debt_report_account'),
        ),
        migrations.AddIndex(
            model_name='incomeday',
            index=models.Index(fields=['account_id', 'id'], name='servicing_income_day_account'),
        ),
        migrations.AddIndex(
            model_name='purchasecategory',
            index=models.Index(fields=['effective_day'], name='servicing_purchase_category_on'),
        ),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    )
