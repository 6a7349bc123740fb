from django.db import migrations, models


class Migration(migrations.Migration):
    """Files of added subtitles are in the account of bytes; the sweep writes down those that are there already."""

    dependencies = [("streaming", "0002_engine")]

    operations = [
        migrations.CreateModel(
            name="StoredUpload",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subtitle_id", models.UUIDField()),
                ("title_id", models.UUIDField()),
                ("name", models.CharField(blank=True, max_length=10)),
                ("size_bytes", models.BigIntegerField()),
                ("goes_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subtitle_id", "name"), name="one_stored_upload_per_name")
                ],
            },
        ),
    ]
