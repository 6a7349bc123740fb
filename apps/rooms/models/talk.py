"""What people feel about messages and about moments of the film."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection, models

from apps.rooms.domain.talk import Place
from apps.rooms.models.rooms import Room


class MessageReaction(models.Model):
    """``by`` feels ``emoji`` about message ``seq``; without the row they do not."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    by = models.UUIDField()
    emoji = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(name="rooms_reaction_once", fields=["room", "seq", "by", "emoji"])]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.seq} in {self.room_id}"


ADD_REACTIONS = """
INSERT INTO rooms_filmreaction AS kept (room_id, item, second, emoji, count)
SELECT %(room)s, %(item)s, given.* FROM unnest(%(seconds)s::int[], %(emojis)s::text[], %(counts)s::int[]) AS given
ON CONFLICT (room_id, item, second, emoji) DO UPDATE SET count = kept.count + excluded.count
"""


class FilmReactionQuerySet(models.QuerySet["FilmReaction"]):
    def add(self, room_id: UUID, item: UUID, sums: Mapping[Place, int]) -> None:
        """One statement that adds to what is there, because Django's own upsert can only replace it."""
        given: dict[str, Any] = {
            "room": room_id,
            "item": item,
            "seconds": [place.second for place in sums],
            "emojis": [place.emoji.value for place in sums],
            "counts": list(sums.values()),
        }
        with connection.cursor() as cursor:
            cursor.execute(ADD_REACTIONS, given)


class FilmReaction(models.Model):
    """How often the people of a room felt ``emoji`` in one second of one film."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    item = models.UUIDField()
    second = models.PositiveIntegerField()
    emoji = models.CharField(max_length=20)
    count = models.PositiveIntegerField()

    objects: ClassVar[Any] = FilmReactionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rooms_film_reaction_place", fields=["room", "item", "second", "emoji"])
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.emoji} at {self.second} s in {self.room_id}"
