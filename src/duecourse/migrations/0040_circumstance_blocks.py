"""A way of treating somebody may shut channels: the blocks that do so are kept with it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0039_readings'),
    ]

    operations = [
        migrations.AddField(
            model_name='circumstance', name='block_ids', field=models.JSONField(default=list),
        ),
    ]
