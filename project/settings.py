"""Every setting of the server. Environments differ by environment variables only; ``.env.example`` explains each."""

import os
from datetime import timedelta
from pathlib import Path

from celery.schedules import schedule
from kombu import Queue as KombuQueue

from apps.streaming.domain.encoders import CHOICES as _ENCODERS
from project.env import Env

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env(os.environ)

# --- the machine ---------------------------------------------------------------------------------------------
DATA_DIR = env.path("DATA_DIR", Path("~/.local/share/matinee"))
_default_media = DATA_DIR / "media" if env.text("DATA_DIR") else BASE_DIR / "media"
MEDIA_ROOT = env.path("MEDIA_ROOT", _default_media)
HOST = env.text("HOST", "0.0.0.0")  # noqa: S104 - a home server answers its LAN; HOST=127.0.0.1 keeps it private
PORT = env.number("PORT", 8000, low=1, high=65535)
SITE_URL = env.text("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
env.require(len(SECRET_KEY) >= 40, "SECRET_KEY must have 40 characters or more; `make run` makes one for you.")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS") or ["*"]  # every link is built from SITE_URL, never from the Host header
env.require(not (DEBUG and SITE_URL.startswith("https://")), "DEBUG=1 must not be used on a public https SITE_URL.")
SOCKET_ORIGINS = env.items("SOCKET_ORIGINS")  # full origins allowed beside SITE_URL and the request's own host

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "apps.common",
    "apps.accounts",
    "apps.billing",
    "apps.notifications",
    "apps.catalog",
    "apps.torrents",
    "apps.streaming",
    "apps.movie_requests",
    "apps.viewing",
    "apps.rooms",
    "project",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# --- data ----------------------------------------------------------------------------------------------------
DATABASES = {
    "default": env.database("DATABASE_URL", f"postgresql:///matinee?host={DATA_DIR}/run")
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
REDIS_URL = env.redis("REDIS_URL", f"unix://{DATA_DIR}/run/valkey.sock")
# socket_timeout None: with redis-py 8 a timeout closes one idle subscriber about every five seconds.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "matinee"},
    }
}
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# --- background work -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}" if REDIS_URL.startswith("unix://") else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [KombuQueue(name) for name in ("default", "mail", "fetch", "transcode")]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# socket_timeout: a frozen broker must not hold the web request or the torrent loop that sends a wake-up.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_timeout": 10}
CELERY_TIMEZONE = "UTC"
# `expires` keeps sweeps from piling up while no worker runs.
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": name,
        "schedule": schedule(timedelta(seconds=every_s)),
        "options": {"expires": every_s, "queue": queue},
    }
    for name, queue, every_s in (
        ("movie_requests.sweep", "default", 5),
        ("streaming.reap_work_units", "default", 3),
        ("streaming.sweep", "default", 15),
        ("notifications.sweep", "mail", 15),
        ("accounts.sweep", "mail", 30),
        ("catalog.sweep", "default", 60),
        ("rooms.sweep", "default", 60),
    )
}

# --- HTTP API ------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.common.permissions.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.common.parsers.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "apps.common.api.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Matinee",
    "DESCRIPTION": "Find a film, watch it alone or together, ask for what is missing.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
REFRESH_TOKEN_LIFETIME = timedelta(days=60)
# Token buckets: (size, seconds to fill it again). Proving who you are gives everything back, so only failures add up.
# A public address gets 20 calls an hour. Addresses of the own network get 600: a whole household, or everybody behind a
# proxy that does not pass addresses on, arrives as one of them; guessing is still stopped at 20 passwords per account.
AUTH_LIMITS = {
    "passwords_per_account": (20, 86_400),
    "calls_per_address": (env.number("AUTH_CALLS_PER_HOUR", 20, low=1, high=1_000_000), 3_600),
    "calls_per_home_address": (env.number("AUTH_HOME_CALLS_PER_HOUR", 600, low=1, high=1_000_000), 3_600),
    "letters_per_recipient": (5, 3_600),
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- browsers ------------------------------------------------------------------------------------------------
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/static/"
SERVESTATIC_ROOT = FRONTEND_DIST if FRONTEND_DIST.is_dir() else None
SERVESTATIC_USE_STATIC_ROOT = False  # no app has files of its own
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_MAX_AGE = 31_536_000 if not DEBUG else 0
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'", "ws:", "wss:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_COOKIES = SITE_URL.startswith("https://")

# --- mail ----------------------------------------------------------------------------------------------------
# Without SMTP, mails are kept in the database and shown to the operator on the outbox page.
SMTP_HOST = env.text("SMTP_HOST")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if SMTP_HOST else "apps.common.mail.OutboxBackend"
EMAIL_HOST = SMTP_HOST
EMAIL_PORT = env.number("SMTP_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", default=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Matinee <matinee@localhost>")

# --- the engine ----------------------------------------------------------------------------------------------
TMDB_API_KEY = env.text("TMDB_API_KEY")
TMDB_BASE_URL = env.text("TMDB_BASE_URL", "https://api.themoviedb.org/3")
DEMO_FILM = env.flag("MATINEE_DEMO", default=True)
ALLOW_PRIVATE_ADDRESSES = env.flag("MATINEE_ALLOW_PRIVATE_ADDRESSES", default=False)  # outgoing HTTP; for tests
ALLOW_LOOPBACK_PEERS = env.flag("MATINEE_ALLOW_LOOPBACK_PEERS", default=False)  # torrent peers on this machine
REQUESTS_NEED_APPROVAL = env.flag("MATINEE_REQUESTS_NEED_APPROVAL", default=False)
TORRENT_PORT = env.number("TORRENT_PORT", 0, low=0, high=65535)
METADATA_TIMEOUT_S = env.number("MATINEE_METADATA_TIMEOUT_S", 180, low=1, high=86_400)
_quota_mb = env.number("MEDIA_QUOTA_MB", 0, low=0, high=1_000_000_000)  # for small disks; wins over the GB
_quota_gb = env.number("MEDIA_QUOTA_GB", 0, low=1, high=1_000_000)
MEDIA_QUOTA_BYTES = _quota_mb * 1_000_000 or _quota_gb * 1_000_000_000  # 0: what the disk can spare, at most 200 GB
MEDIA_FLOOR_BYTES = env.number("MEDIA_FLOOR_MB", 0, low=0, high=1_000_000_000) * 1_000_000  # 0: 5 %, at most 2 GB
FFMPEG = env.text("FFMPEG")  # empty: the bundled one
VIDEO_ENCODER = env.text("VIDEO_ENCODER", "auto").lower()
env.require(VIDEO_ENCODER in _ENCODERS, f"VIDEO_ENCODER={VIDEO_ENCODER!r} must be one of {', '.join(_ENCODERS)}.")

# --- voice ---------------------------------------------------------------------------------------------------
VOICE_STUN = env.items("VOICE_STUN")
VOICE_TURN_URL = env.items("VOICE_TURN_URL")
VOICE_TURN_SECRET = env.text("VOICE_TURN_SECRET")
env.require(
    all(url.startswith(("stun:", "stuns:")) for url in VOICE_STUN), "VOICE_STUN must start with stun: or stuns:"
)
env.require(
    all(url.startswith(("turn:", "turns:")) for url in VOICE_TURN_URL), "VOICE_TURN_URL must start with turn: or turns:"
)
env.require(bool(VOICE_TURN_URL) == bool(VOICE_TURN_SECRET), "VOICE_TURN_URL and VOICE_TURN_SECRET need each other.")

# --- the media store -----------------------------------------------------------------------------------------
MEDIA_STORE = env.text("MEDIA_STORE", "local")
env.require(MEDIA_STORE in {"local", "s3"}, "MEDIA_STORE must be local or s3.")
MEDIA_BUCKET = {  # options of django-storages
    "bucket_name": env.text("S3_BUCKET"),
    "endpoint_url": env.text("S3_ENDPOINT") or None,
    "region_name": env.text("S3_REGION", "us-east-1"),
    "access_key": env.text("S3_ACCESS_KEY") or None,
    "secret_key": env.text("S3_SECRET_KEY") or None,
    "location": env.text("S3_PREFIX").strip("/"),
    "addressing_style": env.text("S3_ADDRESSING", "path"),
}
MEDIA_BY_NGINX = env.flag("MEDIA_BY_NGINX", default=False) and MEDIA_STORE == "local"  # see docker/nginx.conf
env.require(MEDIA_STORE == "local" or MEDIA_BUCKET["bucket_name"], "MEDIA_STORE=s3 needs S3_BUCKET.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        name: {"level": "WARNING"}  # a line for each request, sweep and wake-up says nothing and fills disks
        for name in ("httpx", "daphne", "celery.app.trace", "celery.worker.strategy")
    },
}

env.finish()
