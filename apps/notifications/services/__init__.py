"""The front door of notifications for everything that writes."""

from apps.notifications.services.announcing import notify
from apps.notifications.services.delivering import deliver, deliver_due
from apps.notifications.services.inbox import mark_seen, set_preferences

__all__ = ["deliver", "deliver_due", "mark_seen", "notify", "set_preferences"]
