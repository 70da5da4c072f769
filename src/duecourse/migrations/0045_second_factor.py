"""A second factor of staff: codes used once, what was turned on and off; django-allauth's table of factors is ours to use."""

from typing import Any

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from ._added_only import granting, refusing
from ._without_models import WithoutModels

TABLES = ("web_staff_code", "web_staff_factor")


def grant(apps: Any, schema_editor: Any) -> None:
    """The application's role keeps factors and removes them."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        role = connection.ops.quote_name(app)
        schema_editor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON mfa_authenticator TO {role}")


class Migration(migrations.Migration):
    dependencies = (
        ("duecourse", "0044_told_of_account"),
        ("mfa", "0003_authenticator_type_uniq"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.CreateModel(
            name="StaffCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"db_table": "web_staff_code"},
        ),
        migrations.CreateModel(
            name="StaffFactor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("act", models.TextField()),
                ("name", models.TextField()),
                ("by", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "web_staff_factor",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ("on", "off", "renewed", "reset"))), name="web_staff_factor_act"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("act", "reset"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="web_staff_factor_reset_has_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(refusing(TABLES)),
        WithoutModels(granting(TABLES), WithoutModels.noop),
        WithoutModels(grant, WithoutModels.noop),
    )
