"""The acts that ease a loan are found by an index, as those that ease a line are."""

from django.db import migrations, models

EASING = ("deferral", "re_age", "relief", "dispute", "reschedule", "interest_pause", "late_pause")


class Migration(migrations.Migration):
    dependencies = (("duecourse", "0010_file_models"),)

    operations = (
        migrations.RemoveIndex("act", "servicing_act_easing"),
        migrations.AddIndex(
            "act",
            models.Index(
                fields=["effective_day"], condition=models.Q(kind__in=[*EASING]), name="servicing_act_easing"
            ),
        ),
    )
