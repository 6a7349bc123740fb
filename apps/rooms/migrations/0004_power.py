import uuid

import django.db.models.deletion
from django.db import migrations, models

OUTCOMES = ["applied", "unchanged", "superseded", "refused", "proposed"]


class Migration(migrations.Migration):
    dependencies = [("rooms", "0003_event_data")]

    operations = [
        migrations.AddField("room", "locked", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("room", "slow_s", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "room", "wait_rule", models.CharField(db_default="smart", default="smart", max_length=10)
        ),
        migrations.AddField("room", "stand_in", models.UUIDField(null=True)),
        migrations.AddField("room", "power", models.BigIntegerField(db_default=0, default=0)),
        migrations.AlterField(
            "roomcommand",
            "outcome",
            models.CharField(choices=[(outcome, outcome) for outcome in OUTCOMES], max_length=10),
        ),
        migrations.CreateModel(
            name="RoomWish",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("by", models.UUIDField()),
                ("name", models.CharField(max_length=60)),
                ("cid", models.CharField(max_length=40)),
                ("wanted", models.JSONField()),
                ("until_ms", models.BigIntegerField()),
                ("state", models.CharField(default="open", max_length=10)),
                ("ballots", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="rooms.room"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("room", "by", "cid"), name="rooms_wish_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "vote"), ("state", "open")), fields=("room",), name="rooms_one_vote"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "ask"), ("state", "open")),
                        fields=("room", "by"),
                        name="rooms_one_ask",
                    ),
                ],
            },
        ),
    ]
