"""Codes by which borrowers sign in, and what was tried."""

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("outreach_sign_in_code", "outreach_sign_in_try")


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0028_time_running'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInCode',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField(null=True)),
                ('point_id', models.BigIntegerField(null=True)),
                ('told', models.BinaryField()),
                ('caller', models.BinaryField()),
                ('code', models.BinaryField(null=True)),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_sign_in_code',
                'indexes': [models.Index(fields=['told', 'at'], name='outreach_sign_in_told'), models.Index(fields=['caller', 'at'], name='outreach_sign_in_caller')],
            },
        ),
        migrations.CreateModel(
            name='SignInTry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code_id', models.BigIntegerField()),
                ('right', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_sign_in_try',
                'indexes': [models.Index(fields=['code_id'], name='outreach_sign_in_try_code')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('right', True)), fields=('code_id',), name='outreach_sign_in_once')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
