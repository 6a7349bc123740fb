"""Rows that belong to no wing: mails kept for the outbox page when no SMTP server is configured."""

from django.db import models


class OutboxMail(models.Model):
    """A mail that was "sent" while no SMTP server is set; the operator reads it on the outbox page."""

    id = models.BigAutoField(primary_key=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.subject} -> {self.to}"
