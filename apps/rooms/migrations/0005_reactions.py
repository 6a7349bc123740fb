import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_power")]

    operations = [
        migrations.CreateModel(
            name="MessageReaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("by", models.UUIDField()),
                ("emoji", models.CharField(max_length=20)),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="rooms.room"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("room", "seq", "by", "emoji"), name="rooms_reaction_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FilmReaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("item", models.UUIDField()),
                ("second", models.PositiveIntegerField()),
                ("emoji", models.CharField(max_length=20)),
                ("count", models.PositiveIntegerField()),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="rooms.room"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("room", "item", "second", "emoji"), name="rooms_film_reaction_place"
                    )
                ],
            },
        ),
    ]
