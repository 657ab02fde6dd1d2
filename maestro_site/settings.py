"""All settings. Those that begin with MAESTRO_ come from the environment: docs/configuration.md."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from core.sqlite import PRAGMAS

BASE_DIR = Path(__file__).resolve().parent.parent


def _list(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


MAESTRO_DATA_DIR = Path(os.environ.get("MAESTRO_DATA_DIR") or "~/.maestro/data").expanduser()
MAESTRO_HOST = os.environ.get("MAESTRO_HOST", "127.0.0.1")
MAESTRO_PORT = int(os.environ.get("MAESTRO_PORT", "8000"))
MAESTRO_AGENT = os.environ.get("MAESTRO_AGENT", "")
MAESTRO_MAX_AGENTS = int(os.environ.get("MAESTRO_MAX_AGENTS", "8"))
MAESTRO_MAX_DEPTH = int(os.environ.get("MAESTRO_MAX_DEPTH", "5"))
MAESTRO_MAX_CHILDREN = int(os.environ.get("MAESTRO_MAX_CHILDREN", "50"))
MAESTRO_ALLOWED_ORIGINS = _list("MAESTRO_ALLOWED_ORIGINS")
MAESTRO_ALLOWED_HOSTS = _list("MAESTRO_ALLOWED_HOSTS")
MAESTRO_STALE_AFTER_S = int(os.environ.get("MAESTRO_STALE_AFTER_S", "180"))
MAESTRO_REGISTER_WITHIN_S = int(os.environ.get("MAESTRO_REGISTER_WITHIN_S", "60"))
MAESTRO_LOG_DAYS = int(os.environ.get("MAESTRO_LOG_DAYS", "7"))
MAESTRO_LOG_ROWS = int(os.environ.get("MAESTRO_LOG_ROWS", "100000"))


def _secret_key() -> str:
    """From the environment, or the 0600 file beside the data directory, made when missing."""
    given = os.environ.get("MAESTRO_SECRET_KEY")
    if given:
        return given
    path = MAESTRO_DATA_DIR.with_name(MAESTRO_DATA_DIR.name + ".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("MAESTRO_DEBUG") == "1"
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = ["*"]  # access_app's middleware decides, with Maestro's own error
CSRF_TRUSTED_ORIGINS = [origin for origin in MAESTRO_ALLOWED_ORIGINS if urlsplit(origin).scheme]

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "maestro_site",
    "events_app.apps.EventsConfig",
    "storage_app.apps.StorageConfig",
    "access_app.apps.AccessConfig",
    "projects_app.apps.ProjectsConfig",
    "tasks_app.apps.TasksConfig",
    "sessions_app.apps.SessionsConfig",
    "queues_app.apps.QueuesConfig",
    "agents_app.apps.AgentsConfig",
    "dashboard_app.apps.DashboardConfig",
]

MIDDLEWARE = [
    # First what only adds headers, so that refusals have them too.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "access_app.middleware.ContentSecurityPolicyMiddleware",
    "access_app.middleware.SameOriginMiddleware",
    "access_app.middleware.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard_app.middleware.PageMiddleware",
]

ROOT_URLCONF = "maestro_site.urls"
ASGI_APPLICATION = "maestro_site.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard_app.context.page_shell",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": MAESTRO_DATA_DIR / "index.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": PRAGMAS,
        },
        "TEST": {"NAME": os.environ.get("MAESTRO_TEST_DATABASE")},
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Strict"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access_app.authentication.MaestroAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["access_app.wire.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["access_app.wire.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "maestro_site.errors.answer_error",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Maestro",
    "DESCRIPTION": "Run many coding agents from one place, and trust what it shows.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "tasks_app.schema.TASK_STATUSES",
        "Priority": "tasks_app.schema.PRIORITIES",
        "SessionStatusOfTask": "tasks_app.schema.STATUSES_OF_TASK",
        "SessionStatusWord": "sessions_app.rules.STATUS_WORDS",
        "Role": "sessions_app.schema.ROLES",
        "Strategy": "sessions_app.schema.STRATEGIES",
        "ItemStatus": "queues_app.schema.ITEM_STATUSES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # A refusal is an answer, not a problem of the server's: Django would log each as a warning.
    "loggers": {"maestro": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
