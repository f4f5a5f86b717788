"""Settings of the whole site, read from the environment (see environment.py).

Nothing set: SQLite and a filesystem queue under STATE_DIR (the embedded default). DATABASE_URL and REDIS_URL choose
the scaled way. SECRET_KEY and ENCRYPTION_KEYS are made once under STATE_DIR in the embedded default and required
in production (PRODUCTION=1, or a DATABASE_URL or REDIS_URL that is set).
"""

from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from connector.project.environment import (
    BASE_DIR,
    database_from_url,
    key_from_state,
    read_flag,
    read_list,
    read_number,
    read_text,
)
from connector.project.sign_in import oidc_from_environment, second_factor_for

STATE_DIR = Path(read_text("STATE_DIR", str(BASE_DIR / ".state"))).resolve()
STATE_DIR.mkdir(parents=True, exist_ok=True)
DATABASE_URL = read_text("DATABASE_URL")
REDIS_URL = read_text("REDIS_URL")
PRODUCTION = read_flag("PRODUCTION")
DEBUG = False

# Stand-ins on loopback are for the demo and for tests; a production set-up refuses to start with them.
ALLOW_STAND_INS = read_flag("ALLOW_STAND_INS")
if PRODUCTION and ALLOW_STAND_INS:
    raise ImproperlyConfigured(
        "ALLOW_STAND_INS is set together with PRODUCTION. Stand-in servers are for the demo only: unset it."
    )
# Private hosts that the operator allows, as host:port; addresses.py refuses every other private address.
ALLOWED_PRIVATE_HOSTS = read_list("ALLOWED_PRIVATE_HOSTS")


def _secret(name: str, file_name: str) -> str:
    if value := read_text(name):
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. Production needs DATABASE_URL, REDIS_URL, SECRET_KEY and ENCRYPTION_KEYS."
        )
    make = get_random_secret_key if name == "SECRET_KEY" else lambda: Fernet.generate_key().decode()
    return key_from_state(STATE_DIR / file_name, make)


SECRET_KEY = _secret("SECRET_KEY", "secret.key")
# Newest first: the first key encrypts, all of them decrypt (connector/secrets.py).
ENCRYPTION_KEYS = _secret("ENCRYPTION_KEYS", "encryption.key").replace(",", " ").split()

ALLOWED_HOSTS = read_list("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "setup_wizard",
    "sync",
    "connector",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "formtools",
    "heroicons",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sync.sessions.SessionRules",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "sync.sessions.SecondFactorRule",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "connector.project.urls"
WSGI_APPLICATION = "connector.project.wsgi.application"
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
                "sync.context.shell",
            ],
        },
    },
]

DATABASES = {"default": database_from_url(DATABASE_URL, STATE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Sign-in (docs/operations.md, "People and sign-in"): nobody signs up, and no mail server is needed.
ACCOUNT_ADAPTER = "sync.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
# Per address, and per address and account ("key", see the adapter): failing elsewhere locks nobody out. Never an account lock.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(read_flag("BEHIND_PROXY"))
# A link that an administrator hands over, to choose a password with: 3 days, once.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
MFA_ADAPTER = "sync.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "NAV Sales Connector"
# A clock that is 30 seconds off must not keep somebody out.
MFA_TOTP_TOLERANCE = 1
# E-mail addresses are not verified here: there may be no mail server.
MFA_ALLOW_UNVERIFIED_EMAIL = True
REQUIRE_SECOND_FACTOR = second_factor_for(
    read_text("REQUIRE_SECOND_FACTOR", "administrators" if PRODUCTION else "nobody")
)
OIDC = oidc_from_environment()
SOCIALACCOUNT_ADAPTER = "sync.accounts.OrganizationAdapter"
SOCIALACCOUNT_PROVIDERS = OIDC.providers()
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
# A session ends when nobody uses it, at latest after a day's work, and with the browser.
SESSION_IDLE_SECONDS = 60 * read_number("SESSION_IDLE_MINUTES", 120)
SESSION_COOKIE_AGE = 3600 * read_number("SESSION_HOURS", 12)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
ACCOUNT_SESSION_REMEMBER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "sync:home"
LOGOUT_REDIRECT_URL = "account_login"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = read_text("TIME_ZONE", "Europe/Amsterdam")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(read_text("STATIC_ROOT", str(STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# HTTPS in front of the site: cookies and redirects follow HTTPS=1.
HTTPS = read_flag("HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if read_flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # The button that leads to the organization's sign-in is a form, and its answer leads there.
        "form-action": ["'self'", *([OIDC.origin] if OIDC.issuer else [])],
        "frame-ancestors": ["'none'"],
    }
}

DJANGO_TABLES2_TEMPLATE = "tables/table.html"

# Celery: the database is the truth, messages are hints (docs/architecture.md).
QUEUES = ("interactive", "incremental", "full", "maintenance")
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    # A task lasts about a minute at most; a message that no worker confirmed is handed out again after ten.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": 600,
        "global_keyprefix": "nav-sales-connector:",
    }
else:
    QUEUE_DIR = STATE_DIR / "queue"
    for _folder in ("messages", "control", "taken"):
        (QUEUE_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT = "connector.project.file_queue:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "processed_folder": str(QUEUE_DIR / "taken"),
        "polling_interval": 0.2,
    }
    # Remote control would leave a reply queue in the folder for every process that ever ran; Flower needs Redis.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = (
    "django_celery_beat.schedulers:DatabaseScheduler" if REDIS_URL else "celery.beat:PersistentScheduler"
)
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat-schedule")
SWEEP_SECONDS = 15 if REDIS_URL else 5
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "sync.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "maintenance", "expires": SWEEP_SECONDS},
    },
}
CELERY_TIMEZONE = TIME_ZONE
# connector/flower_proxy.py passes /flower/ on to it; calls that control workers only with FLOWER_CONTROL=1.
FLOWER_URL = read_text("FLOWER_URL", "http://127.0.0.1:5555")
FLOWER_CONTROL = read_flag("FLOWER_CONTROL")

# The synchronization (docs/architecture.md, "Orchestration")
CHUNK_RECORDS = read_number("CHUNK_RECORDS", 1000)
LEASE_SECONDS = read_number("LEASE_SECONDS", 180)
# NAV's and Business Central's limit for one OData operation is 8 minutes: so long may a request go on whose answer was lost.
NAV_OPERATION_SECONDS = read_number("NAV_OPERATION_SECONDS", 480)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": read_text("LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        "connector": {"level": read_text("LOG_LEVEL", "INFO").upper()},
        "sync": {"level": read_text("LOG_LEVEL", "INFO").upper()},
    },
}
