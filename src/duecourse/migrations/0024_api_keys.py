"""Keys of partners, their ends, their use, and what requests that changed something were answered."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("partners_api_key", "partners_api_key_end", "partners_api_answer")
USED = "partners_api_allowance"


def grant_use(apps, schema_editor):
    """How far a key has used up its rate is the one thing here that is written over."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        schema_editor.execute(f"GRANT SELECT, INSERT, UPDATE ON {USED} TO {connection.ops.quote_name(app)}")


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0023_agencies'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('partner', models.TextField()),
                ('prefix', models.TextField(unique=True)),
                ('digest', models.BinaryField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('per_minute', models.IntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_api_key',
            },
        ),
        migrations.CreateModel(
            name='ApiKeyEnd',
            fields=[
                ('key', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='duecourse.apikey')),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_api_key_end',
            },
        ),
        migrations.CreateModel(
            name='ApiAllowance',
            fields=[
                ('key', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='duecourse.apikey')),
                ('used_until', models.DateTimeField()),
            ],
            options={
                'db_table': 'partners_api_allowance',
            },
        ),
        migrations.CreateModel(
            name='ApiAnswer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('partner', models.TextField()),
                ('key', models.TextField()),
                ('digest', models.BinaryField()),
                ('status', models.SmallIntegerField()),
                ('body', models.BinaryField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'partners_api_answer',
                'constraints': [models.UniqueConstraint(fields=('partner', 'key'), name='partners_api_answer_once')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
        WithoutModels(grant_use, WithoutModels.noop),
    ]
