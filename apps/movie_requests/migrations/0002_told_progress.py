from django.db import migrations, models


class Migration(migrations.Migration):
    """What people were told of a request's progress, and whether another push of it is on its way."""

    dependencies = [("movie_requests", "0001_initial")]

    operations = [
        migrations.AddField("acquisition", "push_booked_at", models.DateTimeField(null=True)),
        migrations.AddField("acquisition", "told_stage", models.CharField(blank=True, default="", max_length=60)),
        migrations.AddField("acquisition", "told_share", models.FloatField(default=0)),
    ]
