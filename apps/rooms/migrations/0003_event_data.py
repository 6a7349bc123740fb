from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0002_commands")]

    operations = [
        migrations.AddField(
            model_name="roomevent", name="data", field=models.JSONField(default=dict, db_default={})
        ),
        migrations.AlterField(model_name="roomevent", name="kind", field=models.CharField(max_length=20)),
    ]
