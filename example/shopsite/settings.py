"""Settings of the example shop. They are for one machine: the pages let you be anybody."""

from __future__ import annotations

import json
import os
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
DATABASE = Path(os.environ.get("SHOP_DATABASE", HOME / "var" / "shop.sqlite3"))
DATABASE.parent.mkdir(exist_ok=True)  # git keeps no empty folder
SMTP_PORT = int(os.environ.get("SHOP_SMTP_PORT", "8025"))
# Accounts of the local servers that play Telegram, Twilio and X. A real project writes them out,
# with the secrets from the environment: "telegram": {"default": {"token": os.environ["…"]}}.
SERVICES = json.loads(os.environ.get("SHOP_SERVICES", "{}"))

# ── What DSN needs ──────────────────────────────────────────────────────────────────────

DSN = {
    "MESSENGERS": {
        # dsn-email is installed, and so stands in the admin; here is where its mail goes.
        "email": {
            "default": {
                "options": {"host": "127.0.0.1", "port": SMTP_PORT},
                "from_email": "The shop <shop@example.org>",
            },
        },
        **{key: {"default": account} for key, account in SERVICES.items()},
    },
    # Where a user is reached, by messenger. Her e-mail address needs no entry.
    "ADDRESSES": {"sms": "customer.phone"},
    # Links and reports of the services lead here.
    "BASE_URL": os.environ.get("SHOP_BASE_URL", "http://localhost:8000"),
    # An attribute path on the user. Staff are no customers, and read LANGUAGE_CODE.
    "USER_LANGUAGE": "customer.language",
    # A save and its event in one transaction, also outside atomic().
    "ATOMIC_SAVES": True,
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "dsn_core",
    "dsn_inbox",  # the one plugin that has tables and pages, and so is an app
    "shop",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dsn_core.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# ── What any Django project has ─────────────────────────────────────────────────────────

DEBUG = True
SECRET_KEY = "not a secret: this shop is open to one machine only"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shopsite.urls"
WSGI_APPLICATION = "shopsite.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        # Requests, the inline engine and a worker write at the same time: readers do not wait
        # for a writer (WAL), and a writer waits for its turn from the start (IMMEDIATE).
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
