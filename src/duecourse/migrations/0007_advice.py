"""What would lower the chance of a warning most."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0006_watch"),)

    operations = (migrations.AddField("warning", "advice", models.JSONField(null=True)),)
