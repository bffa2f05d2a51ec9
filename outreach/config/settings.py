"""Django's settings, all taken from `environment()`."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from outreach.config.clock import install_clock
from outreach.config.database import django_database
from outreach.config.environment import Mode, environment
from outreach.config.logs import logging_settings
from outreach.config.tracing import install_tracing

env = environment()
install_clock(env)
install_tracing(env)

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = env.secret_key or "not-a-secret-only-for-tools-that-never-serve"
SECRET_KEY_FALLBACKS = env.secret_key_old
DEBUG = False
ALLOWED_HOSTS = env.allowed_hosts
USE_HTTPS = env.public_url.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "outreach.organisation",
    "outreach.inbox",
    "outreach.audience",
    "outreach.consent",
    "outreach.notices",
    "outreach.campaigns",
    "outreach.delivery",
    "outreach.replies",
    "outreach.operations",
    "outreach.outbound",
    "outreach.reports",
    "outreach.web",
]

MIDDLEWARE = [
    "outreach.web.tracing.TracingMiddleware",
    # Those that add headers stand before the one that answers for files, so that these have them.
    "django.middleware.security.SecurityMiddleware",
    "outreach.web.headers.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "outreach.web.language.LanguageMiddleware",
    "outreach.web.access.AccessMiddleware",
]

ROOT_URLCONF = "outreach.config.urls"
WSGI_APPLICATION = "outreach.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "outreach.web.frame.frame",
            ]
        },
    }
]

DATABASES = {"default": django_database(env)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.Staff"
PASSWORD_HASHERS = [
    "outreach.organisation.passwords.Argon2idHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",  # of earlier versions; renewed on use
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "outreach.organisation.passwords.HardToGuess"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

# When a session ends stands in organisation/sessions.py; the cookie goes with the browser.
SESSION_ENGINE = "outreach.organisation.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-sessionid" if USE_HTTPS else "sessionid"
SESSION_COOKIE_SECURE = USE_HTTPS
CSRF_COOKIE_SECURE = USE_HTTPS
CSRF_TRUSTED_ORIGINS = [env.public_url]
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; see docs
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if USE_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en"
# Of the staff's pages; those of parents have more, see outreach/web/public/languages.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
# Before the words of Django's own applications: the last of them would speak for us.
LOCALE_PATHS = [BASE_DIR / "outreach" / "web" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = USE_HTTPS
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# No STATIC_ROOT: files are served from where they lie, nothing is collected into a folder.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# No list of parents ever lies on a disk, not even for a moment.
FILE_UPLOAD_HANDLERS = ["outreach.web.school.receiving.InMemoryUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = logging_settings(env.log_level, env.log_format)
DEMO = env.mode is Mode.DEMO
PLAN_LEAD_MINUTES = env.plan_lead_minutes
