"""Files that go with messages; debts for which the time to sue may be over are found by their oldest due alone."""

from importlib.resources import files

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("outreach_attachment",)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0031_freezes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('message_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('media_type', models.TextField()),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outreach_attachment',
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
        migrations.RunSQL(files("duecourse.outreach").joinpath("contact_facts.sql").read_text()),
    ]
