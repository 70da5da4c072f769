"""Borrowers are found by their name, the end of a telephone number, a reference; numbers kept before by their end too."""

import re
from typing import Any

import django.db.models.functions.datetime
from django.db import migrations, models

from ._added_only import granting, refusing

TABLES = ("borrowers_name", "borrowers_phone_end", "borrowers_source")
SOURCES = ("uci-350", "loan-file", "simulator")
"""Under which files of the house's own have enrolled borrowers before sources were kept."""
ENDS = 4


def find_earlier(apps: Any, schema_editor: Any) -> None:
    """Let numbers that were kept before be found by their end; one that no key opens any more is found by nothing."""
    from duecourse.borrowers import secrecy

    alias = schema_editor.connection.alias
    point, end = apps.get_model("duecourse", "ContactPoint"), apps.get_model("duecourse", "PhoneEnd")
    source = apps.get_model("duecourse", "Source")
    source.objects.using(alias).bulk_create([source(code=code) for code in SOURCES], ignore_conflicts=True)
    rows = []
    for one in point.objects.using(alias).filter(kind="phone").iterator(chunk_size=10_000):
        try:
            digits = re.sub(r"\D", "", secrecy.opened(one.value))
        except secrecy.Unreadable:
            continue
        if len(digits) >= ENDS:
            digest = secrecy.digest(f"phone_end:{digits[-ENDS:]}")
            rows.append(end(point_id=one.id, borrower_id=one.borrower_id, digest=digest))
    end.objects.using(alias).bulk_create(rows, batch_size=10_000, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0034_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('code', models.TextField(primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_source',
            },
        ),
        migrations.CreateModel(
            name='Name',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('by', models.TextField()),
                ('reason', models.TextField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('value', models.BinaryField()),
                ('digest', models.BinaryField()),
            ],
            options={
                'db_table': 'borrowers_name',
                'indexes': [models.Index(fields=['borrower_id', 'id'], name='borrowers_name_borrower'), models.Index(fields=['digest'], name='borrowers_name_digest')],
            },
        ),
        migrations.CreateModel(
            name='PhoneEnd',
            fields=[
                ('point_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('borrower_id', models.BigIntegerField()),
                ('digest', models.BinaryField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'borrowers_phone_end',
                'indexes': [models.Index(fields=['digest'], name='borrowers_phone_end_digest')],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        migrations.RunPython(granting(TABLES), migrations.RunPython.noop),
        migrations.RunPython(find_earlier, migrations.RunPython.noop),
    ]
