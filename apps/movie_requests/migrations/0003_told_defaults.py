"""The database fills in what a process of the version before does not name while a house is updated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("movie_requests", "0002_told_progress")]

    operations = [
        migrations.AlterField("acquisition", "told_stage", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AlterField("acquisition", "told_share", models.FloatField(db_default=0.0)),
    ]
