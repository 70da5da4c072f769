"""A hardship form that was begun: one a borrower, written over and removed by the application."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

from ._without_models import WithoutModels


def grant(apps: Any, schema_editor: Any) -> None:
    """The application's role may write over and remove what is no record yet."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        role = connection.ops.quote_name(app)
        schema_editor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON care_hardship_draft TO {role}")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0049_refunds_take_commission"),)

    operations = (
        migrations.CreateModel(
            name="HardshipDraft",
            fields=[
                ("borrower_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("told", models.BinaryField()),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "db_table": "care_hardship_draft",
                "indexes": [models.Index(fields=["saved_at"], name="care_hardship_draft_saved")],
            },
        ),
        WithoutModels(grant, WithoutModels.noop),
    )
