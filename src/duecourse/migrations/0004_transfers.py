"""A control account of gains and losses on transfers, and prices at which shares begin."""

from importlib.resources import files

from django.db import migrations, models

from ._without_models import WithoutModels


def grant(apps, schema_editor):
    """Let the application's role write the new control account of an entry."""
    from django.conf import settings

    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        quote = connection.ops.quote_name
        schema_editor.execute(f"GRANT INSERT (transfer_result) ON ledger_entry TO {quote(app)}")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0003_models"),)

    operations = (
        migrations.AddField("entry", "transfer_result", models.BigIntegerField(null=True)),
        migrations.AddField("funding", "prices", models.JSONField(default=dict, db_default={})),
        migrations.RunSQL(files("duecourse.ledger").joinpath("guards_transfers.sql").read_text()),
        WithoutModels(grant, WithoutModels.noop),
    )
