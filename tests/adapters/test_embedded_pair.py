"""The bundled servers, for real: they start, keep out strangers, and survive being killed."""

from django.db import connection


def test_the_run_has_a_database(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        assert int(cursor.fetchone()[0].split(".")[0]) >= 14
