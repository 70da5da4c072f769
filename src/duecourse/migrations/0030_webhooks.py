"""Where partners are told of events, what happened, and how each telling went."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = (
    "partners_webhook_endpoint", "partners_webhook_endpoint_end", "partners_webhook_event", "partners_webhook_try",
)  # fmt: skip
DUE = "partners_webhook_delivery"


def grant_due(apps, schema_editor):
    """When a delivery is tried next is the one thing here that is written over."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        role = connection.ops.quote_name(app)
        schema_editor.execute(f"GRANT SELECT, INSERT ON {DUE} TO {role}")
        schema_editor.execute(f"GRANT UPDATE (next_at) ON {DUE} TO {role}")
        schema_editor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0029_sign_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('partner', models.TextField()),
                ('url', models.TextField()),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('secret', models.BinaryField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_webhook_endpoint',
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpointEnd',
            fields=[
                ('endpoint', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='duecourse.webhookendpoint')),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_webhook_endpoint_end',
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('source_id', models.BigIntegerField()),
                ('account_id', models.BigIntegerField(null=True)),
                ('body', models.JSONField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_webhook_event',
                'constraints': [models.UniqueConstraint(fields=('kind', 'source_id'), name='partners_webhook_event_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('next_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='duecourse.webhookendpoint')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='duecourse.webhookevent')),
            ],
            options={
                'db_table': 'partners_webhook_delivery',
                'permissions': (('replay_webhook', 'May tell a partner again what it was told'),),
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='partners_webhook_due')],
                'constraints': [models.UniqueConstraint(fields=('event', 'endpoint'), name='partners_webhook_delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookTry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('outcome', models.TextField()),
                ('status', models.SmallIntegerField(null=True)),
                ('detail', models.TextField()),
                ('by', models.TextField()),
                ('at', models.DateTimeField()),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='duecourse.webhookdelivery')),
            ],
            options={
                'db_table': 'partners_webhook_try',
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='partners_webhook_try_once')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
        WithoutModels(grant_due, WithoutModels.noop),
    ]
