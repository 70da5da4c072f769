"""Somebody may be taken out of a role: the application removes rows of who is in which group."""

from typing import Any

from django.conf import settings
from django.db import migrations

from ._without_models import WithoutModels


def grant(apps: Any, schema_editor: Any) -> None:
    """The application's role may remove somebody from a group."""
    connection = schema_editor.connection
    app = settings.DATABASES["default"]["USER"]
    if app != connection.settings_dict["USER"]:
        schema_editor.execute(f"GRANT DELETE ON auth_user_groups TO {connection.ops.quote_name(app)}")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0033_breaches_counted"), ("auth", "0012_alter_user_first_name_max_length"))

    operations = (WithoutModels(grant, WithoutModels.noop),)
