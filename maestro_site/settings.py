"""All settings. Those that begin with MAESTRO_ come from the environment: docs/configuration.md."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from core.ids import ID_PATTERN
from core.sqlite import PRAGMAS
from maestro_cli import __version__
from maestro_site import logs

_SITE = Path(__file__).resolve().parent
# Templates, static files and bin/maestro: beside this package in a checkout, in it when installed.
BASE_DIR = _SITE.parent if (_SITE.parent / "manage.py").exists() else _SITE


def _list(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def _one_of(name: str, words: tuple[str, ...]) -> str:
    """The first word is the default."""
    word = os.environ.get(name) or words[0]
    if word not in words:
        raise ImproperlyConfigured(f"{name} is {' or '.join(words)}, not {word}.")
    return word


MAESTRO_DATA_DIR = Path(os.environ.get("MAESTRO_DATA_DIR") or "~/.maestro/data").expanduser()
MAESTRO_HOST = os.environ.get("MAESTRO_HOST", "127.0.0.1")
MAESTRO_PORT = int(os.environ.get("MAESTRO_PORT", "8000"))
MAESTRO_AGENT = os.environ.get("MAESTRO_AGENT", "")
MAESTRO_MAX_AGENTS = int(os.environ.get("MAESTRO_MAX_AGENTS", "8"))
MAESTRO_MAX_DEPTH = int(os.environ.get("MAESTRO_MAX_DEPTH", "5"))
MAESTRO_MAX_CHILDREN = int(os.environ.get("MAESTRO_MAX_CHILDREN", "50"))
MAESTRO_ALLOWED_ORIGINS = _list("MAESTRO_ALLOWED_ORIGINS")
MAESTRO_ALLOWED_HOSTS = _list("MAESTRO_ALLOWED_HOSTS")
# The address that people use where a reverse proxy is in front, such as https://maestro.example
MAESTRO_PUBLIC_URL = os.environ.get("MAESTRO_PUBLIC_URL", "").rstrip("/")
MAESTRO_AUTH = _one_of("MAESTRO_AUTH", ("none", "required"))
MAESTRO_LOGIN_TRIES = int(os.environ.get("MAESTRO_LOGIN_TRIES", "5"))
MAESTRO_LOGIN_WINDOW_S = int(os.environ.get("MAESTRO_LOGIN_WINDOW_S", "300"))
MAESTRO_STALE_AFTER_S = int(os.environ.get("MAESTRO_STALE_AFTER_S", "180"))
MAESTRO_REGISTER_WITHIN_S = int(os.environ.get("MAESTRO_REGISTER_WITHIN_S", "60"))
MAESTRO_DECIDE_WITHIN_S = int(os.environ.get("MAESTRO_DECIDE_WITHIN_S", "600"))
MAESTRO_LOG_DAYS = int(os.environ.get("MAESTRO_LOG_DAYS", "7"))
MAESTRO_LOG_ROWS = int(os.environ.get("MAESTRO_LOG_ROWS", "100000"))
MAESTRO_LOG_FORMAT = _one_of("MAESTRO_LOG_FORMAT", logs.FORMATS)
MAESTRO_LOG_LEVEL = _one_of("MAESTRO_LOG_LEVEL", logs.LEVELS)


def _secret_key() -> str:
    """From the environment, or the 0600 file beside the data directory, made when missing."""
    given = os.environ.get("MAESTRO_SECRET_KEY")
    if given:
        return given
    path = MAESTRO_DATA_DIR.with_name(MAESTRO_DATA_DIR.name + ".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Whole at once: of two that start together, one must not read the other's empty file.
        made = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("MAESTRO_DEBUG") == "1"
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = ["*"]  # access_app's middleware decides, with Maestro's own error
CSRF_TRUSTED_ORIGINS = [
    origin for origin in [*MAESTRO_ALLOWED_ORIGINS, MAESTRO_PUBLIC_URL] if urlsplit(origin).scheme
]

INSTALLED_APPS = [
    "daphne",
    "access_app.apps.AdminConfig",
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
    "access_app.middleware.AccessMiddleware",
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
CSRF_FAILURE_VIEW = "maestro_site.errors.without_csrf_token"

# Lax, because a link in a message is to lead somebody who has logged in to the page, not the door.
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
# Cookies do not know of ports: other programs on this machine have a "sessionid" too.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "maestro_login", "maestro_csrf"
if MAESTRO_PUBLIC_URL.startswith("https:"):
    CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
# W008: the proxy redirects to HTTPS, agents on this machine speak HTTP. W005, W021: what else is
# under the proxy's domain is not Maestro's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
LOGIN_URL = "login"
AUTHENTICATION_BACKENDS = ["access_app.backends.LevelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]

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
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PATH_CONVERTER_OVERRIDES": {"str": {"type": "string", "pattern": ID_PATTERN}},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "maestro_site.openapi.say_that_bodies_are_sent",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "tasks_app.schema.TASK_STATUSES",
        "Priority": "tasks_app.schema.PRIORITIES",
        "SessionStatusOfTask": "tasks_app.schema.STATUSES_OF_TASK",
        "WireType": "sessions_app.rules.WIRE_TYPES",
        "SessionStatusWord": "sessions_app.rules.STATUS_WORDS",
        "Role": "sessions_app.schema.ROLES",
        "Strategy": "sessions_app.schema.STRATEGIES",
        "ItemStatus": "queues_app.schema.ITEM_STATUSES",
    },
}

LOGGING = logs.configuration(MAESTRO_LOG_FORMAT, MAESTRO_LOG_LEVEL)
