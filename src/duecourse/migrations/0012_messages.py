"""Messages, what became of each, the inbox, wishes, calendar feeds."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "outreach_message", "outreach_message_step", "outreach_inbox_item", "outreach_wish", "outreach_calendar_feed",
    "outreach_calendar_feed_end",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0011_easing'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeedEnd',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('feed_id', models.BigIntegerField(unique=True)),
            ],
            options={
                'db_table': 'outreach_calendar_feed_end',
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_calendar_feed',
                'indexes': [models.Index(fields=['borrower_id'], name='outreach_feed_borrower')],
            },
        ),
        migrations.CreateModel(
            name='InboxItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message_id', models.BigIntegerField(unique=True)),
                ('borrower_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_inbox_item',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='outreach_inbox_borrower')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.TextField(unique=True)),
                ('borrower_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('due_on', models.DateField(null=True)),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('point_id', models.BigIntegerField(null=True)),
                ('purpose', models.TextField()),
                ('moment', models.TextField()),
                ('channel', models.TextField()),
                ('language', models.TextField()),
                ('template', models.TextField()),
                ('template_version', models.TextField()),
                ('values', models.JSONField()),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('html', models.TextField()),
                ('not_before', models.DateTimeField()),
                ('not_after', models.DateTimeField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_message',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='outreach_message_borrower'), models.Index(fields=['not_after'], name='outreach_message_not_after')],
            },
        ),
        migrations.CreateModel(
            name='MessageStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message_id', models.BigIntegerField()),
                ('number', models.IntegerField()),
                ('step', models.TextField()),
                ('at', models.DateTimeField()),
                ('next_at', models.DateTimeField(null=True)),
                ('decision_id', models.BigIntegerField(null=True)),
                ('detail', models.TextField()),
                ('by', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_message_step',
                'constraints': [models.UniqueConstraint(fields=('message_id', 'number'), name='outreach_message_step_once')],
            },
        ),
        migrations.CreateModel(
            name='Wish',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('channel', models.TextField()),
                ('language', models.TextField()),
                ('hour', models.SmallIntegerField(null=True)),
                ('before_days', models.SmallIntegerField(null=True)),
            ],
            options={
                'db_table': 'outreach_wish',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='outreach_wish_borrower')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
