"""Payments of borrowers through a provider, and what became of each."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("partners_checkout", "partners_checkout_state")

class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0036_notes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkout',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reference', models.TextField(unique=True)),
                ('account_id', models.BigIntegerField()),
                ('amount_minor', models.BigIntegerField(db_default=0, default=0)),
                ('currency', models.CharField(max_length=3)),
                ('provider', models.TextField()),
                ('by', models.TextField()),
                ('key', models.TextField(unique=True)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_checkout',
                'indexes': [models.Index(fields=['account_id', 'at'], name='partners_checkout_of')],
            },
        ),
        migrations.CreateModel(
            name='CheckoutState',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.TextField()),
                ('session', models.TextField()),
                ('url', models.TextField()),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('entry_id', models.BigIntegerField(null=True)),
                ('suspense_id', models.BigIntegerField(null=True)),
                ('why', models.TextField()),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('checkout', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='duecourse.checkout')),
            ],
            options={
                'db_table': 'partners_checkout_state',
                'constraints': [models.UniqueConstraint(fields=('checkout', 'state'), name='partners_checkout_state_once')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
    ]
