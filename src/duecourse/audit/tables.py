"""What the transparency log stores."""

from django.db import models
from django.db.models.functions import Now


class Leaf(models.Model):
    """One declaration: its place (from 0), its bytes, its hash, and the root of the tree that ends with it."""

    place = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    digest = models.BinaryField()
    root = models.BinaryField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_leaf"
