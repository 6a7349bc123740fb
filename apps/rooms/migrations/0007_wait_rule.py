from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0006_queue")]

    operations = [
        migrations.AddField(
            model_name="room", name="wait_rule", field=models.CharField(default="smart", max_length=10)
        ),
    ]
