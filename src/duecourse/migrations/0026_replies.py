"""Replies to messages, who wrote them, who has read them; a number or address is found by its digest."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("outreach_reply", "outreach_reply_person", "outreach_reply_read")


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0025_kept_findings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.BinaryField(unique=True)),
                ('channel', models.TextField()),
                ('at', models.DateTimeField()),
                ('sender', models.BinaryField()),
                ('text', models.BinaryField()),
                ('kind', models.TextField()),
                ('word', models.TextField()),
                ('hints', models.JSONField()),
                ('message_id', models.BigIntegerField(null=True)),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_reply',
            },
        ),
        migrations.CreateModel(
            name='ReplyPerson',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reply_id', models.BigIntegerField()),
                ('borrower_id', models.BigIntegerField()),
                ('consent_id', models.BigIntegerField(null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_reply_person',
            },
        ),
        migrations.CreateModel(
            name='ReplyRead',
            fields=[
                ('reply_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_reply_read',
            },
        ),
        migrations.AlterField(
            model_name='file',
            name='kind',
            field=models.TextField(choices=[('card', 'card book'), ('payments', 'payments'), ('loans', 'loan book'), ('loan_months', 'months of a loan book'), ('debit_answers', 'answers to debit orders'), ('acts', 'acts on accounts'), ('bank', 'bank statement'), ('merchant', 'merchant settlement'), ('debts', 'debts with others'), ('attempts', 'attempts to pay'), ('agency', 'what an agency reports'), ('replies', 'replies to messages')], default='card'),
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=models.Index(fields=['digest'], name='borrowers_point_digest'),
        ),
        migrations.AddIndex(
            model_name='replyperson',
            index=models.Index(fields=['borrower_id', 'id'], name='outreach_reply_borrower'),
        ),
        migrations.AddConstraint(
            model_name='replyperson',
            constraint=models.UniqueConstraint(fields=('reply_id', 'borrower_id'), name='outreach_reply_person_once'),
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
