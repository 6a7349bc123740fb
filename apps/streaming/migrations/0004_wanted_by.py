from django.db import migrations, models


class Migration(migrations.Migration):
    """Who waits for a unit: her next wish ends this one."""

    dependencies = [("streaming", "0003_stored_uploads")]

    operations = [migrations.AddField("workunit", "wanted_by", models.UUIDField(null=True))]
