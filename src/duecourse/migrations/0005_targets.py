"""Of which kind of product a model and a warning are, and what is foretold; what was there is of lines and next dues."""

from django.db import migrations, models


def named(model, name, default):
    """A column of text that says so of every row."""
    return migrations.AddField(model, name, models.TextField(db_default=default))


class Migration(migrations.Migration):

    dependencies = [
        ('duecourse', '0004_transfers'),
    ]

    operations = [
        named('riskmodel', 'product', 'line'),
        named('riskmodel', 'target', 'next'),
        named('warning', 'product', 'line'),
        named('warning', 'target', 'next'),
    ]
