"""The guards of the ledger, its views and functions, and the rights of the role that the application connects as."""

from importlib.resources import files

from django.db import migrations

GRANTS = """
GRANT USAGE ON SCHEMA public TO {app};
GRANT TEMPORARY ON DATABASE {database} TO {app};
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {app};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app};
GRANT UPDATE ON ledger_balance, ledger_shard, ledger_bookmark, book_set_aside, intake_quarantined, intake_file TO {app};
REVOKE INSERT ON ledger_entry FROM {app};
GRANT INSERT ({entry_columns}) ON ledger_entry TO {app};
GRANT UPDATE, DELETE ON django_session TO {app};
GRANT UPDATE ON auth_user TO {app};
"""


def grant(apps, schema_editor):
    """Give the application's role what it needs and no more: no UPDATE or DELETE of entries, no TRUNCATE, no DDL.

    The transaction's number and the recorded time of an entry are PostgreSQL's to write.
    """
    from django.conf import settings

    connection = schema_editor.connection
    app, owner = settings.DATABASES["default"]["USER"], connection.settings_dict["USER"]
    if app == owner:
        return
    quote = connection.ops.quote_name
    entry = apps.get_model("duecourse", "Entry")
    told = [quote(field.column) for field in entry._meta.fields if field.column not in ("xid", "recorded_at")]
    schema_editor.execute(
        GRANTS.format(
            app=quote(app), database=quote(connection.settings_dict["NAME"]), entry_columns=", ".join(told)
        )
    )


class Migration(migrations.Migration):
    dependencies = (
        ("duecourse", "0001_tables"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    )

    operations = (
        migrations.RunSQL(files("duecourse.ledger").joinpath("guards.sql").read_text()),
        migrations.RunPython(grant, migrations.RunPython.noop),
    )
