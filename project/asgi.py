"""The ASGI application that daphne serves: HTTP to Django, WebSockets to ``consumers``."""

import gc
import os
from importlib import import_module

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished

from apps.common.connections import close_own
from project import body_limit
from project.turnstile import Turnstile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
body_limit.install()
request_finished.connect(close_own)
http = Turnstile(get_asgi_application())

from consumers.routing import websocket_application  # noqa: E402 - needs the app registry that the line above fills

application = ProtocolTypeRouter({"http": http, "websocket": websocket_application})

import_module("project.urls")  # which the first request would load, after the freeze
# What is loaded by now stays for ever. The collector looked through it again and again while people came in, and
# everybody in every room waited 90 to 180 ms each time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
