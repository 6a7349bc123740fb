import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="roomtimeline",
            name="made_ms",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="RoomCommand",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("by", models.UUIDField()),
                ("cid", models.CharField(max_length=40)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("applied", "applied"),
                            ("unchanged", "unchanged"),
                            ("superseded", "superseded"),
                            ("refused", "refused"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="rooms.room"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("room", "by", "cid"), name="rooms_command_once")
                ],
            },
        ),
    ]
