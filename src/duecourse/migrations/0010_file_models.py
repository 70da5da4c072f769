"""Models of a file of clients in the registry: the file's digest and rows stand where a model of the book has days."""

from django.db import migrations, models

DATA_TOLD = models.Q(data_from__isnull=False, data_to__isnull=False, data_digest="", data_rows=None) | models.Q(
    data_from=None, data_to=None, data_digest__regex="^[0-9a-f]{64}$", data_rows__gt=0
)


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0009_contact"),)

    operations = (
        migrations.AlterField("riskmodel", "data_from", models.DateField(null=True)),
        migrations.AlterField("riskmodel", "data_to", models.DateField(null=True)),
        migrations.AddField("riskmodel", "data_digest", models.TextField(default="", db_default="")),
        migrations.AddField("riskmodel", "data_rows", models.BigIntegerField(null=True)),
        migrations.AddConstraint("riskmodel", models.CheckConstraint(condition=DATA_TOLD, name="risk_model_data_told")),
    )
