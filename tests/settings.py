"""The suite's Django project. `DSN_TEST_DATABASE` is sqlite (default), postgres or mysql."""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

# One database per run, and per worker of it, so that no two ever meet. Processes that a test starts
# inherit the variable, and so find the database of the test that started them.
RUN = os.environ.setdefault("DSN_TEST_RUN", str(os.getpid()))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if not RUN.endswith(WORKER):
    RUN = os.environ["DSN_TEST_RUN"] = f"{RUN}_{WORKER}"
NAME = f"dsn_test_{RUN}"

SQLITE: dict[str, object] = {
    "ENGINE": "django.db.backends.sqlite3",
    # A file, not memory: threads and processes share it as they do in a real project.
    "NAME": str(Path(tempfile.gettempdir()) / f"{NAME}.sqlite3"),
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
POSTGRES: dict[str, object] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": NAME,
    "HOST": os.environ.get("PGHOST", "127.0.0.1"),
    "PORT": os.environ.get("PGPORT", "5432"),
    "USER": os.environ.get("PGUSER", "root"),
    "PASSWORD": os.environ.get("PGPASSWORD", ""),
}
MYSQL: dict[str, object] = {
    "ENGINE": "django.db.backends.mysql",
    "NAME": NAME,
    "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
    "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
    "USER": os.environ.get("MYSQL_USER", "root"),
    "PASSWORD": os.environ.get("MYSQL_PWD", ""),
}
CHOSEN: dict[str, object] = {"sqlite": SQLITE, "postgres": POSTGRES, "mysql": MYSQL}[
    os.environ.get("DSN_TEST_DATABASE", "sqlite")
]
# The test database bears the plain name, for the sake of those processes.
DATABASES = {"default": {**CHOSEN, "TEST": {"NAME": CHOSEN["NAME"]}}}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "dsn_core",
    "tests.host",
]
if find_spec("dsn_inbox"):
    INSTALLED_APPS.append("dsn_inbox")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dsn_core.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
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
ROOT_URLCONF = "tests.urls"
SECRET_KEY = "not a secret: it signs the sessions of a test run"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German")]
