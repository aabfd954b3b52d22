"""The pytest plugin, in projects of their own: it is found by itself, and loads nothing early."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from tests.services import take_time

MODULE = "dsn_core.testing.pytest_plugin"
FOUND = any(point.value == MODULE for point in entry_points(group="pytest11"))
"""Does this Python's dsn-core say so already? What is loaded twice is refused."""
NAMED = () if FOUND else ("-p", MODULE)
HOST = {
    "settings.py": """
        INSTALLED_APPS = [
            "django.contrib.auth", "django.contrib.contenttypes", "dsn_core", "shop",
        ]
        ENGINE = "django.db.backends.sqlite3"
        DATABASES = {
            "default": {"ENGINE": ENGINE, "NAME": "real.sqlite3", "TEST": {"NAME": None}},
            "stock": {"ENGINE": ENGINE, "NAME": ":memory:"},
        }
        AUTH_USER_MODEL = "shop.Member"
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        SECRET_KEY = "not a secret"
        USE_TZ = True
        DSN = {"ADDRESSES": {"log": "handle"}}
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.contrib.auth.base_user import AbstractBaseUser
        from django.db import models


        class Member(AbstractBaseUser):
            handle = models.CharField(max_length=40, unique=True)
            USERNAME_FIELD = "handle"


        class Order(models.Model):
            number = models.CharField(max_length=40)
            member = models.ForeignKey(Member, models.CASCADE, null=True)
    """,
    "conftest.py": """
        import pytest
        from dsn_core.models import Backend, Subscription, Trigger
        from shop.models import Member, Order


        @pytest.fixture
        def member(dsn_outbox):
            return Member.objects.create(handle="@ada")


        @pytest.fixture
        def notices(member):
            placed = Trigger.objects.watch("post_save", Order)
            log = Backend.objects.create(name="Log", messenger="log", account="quiet")
            Subscription.objects.subscribe(placed, log, paths=["member"], addresses=["ops"])
    """,
}


@pytest.fixture
def run(tmp_path: Path):
    """Runs pytest over these tests of a host project; gives how it ended, and what it printed."""

    def run(tests: str, *options: str, **files: str) -> tuple[int, str]:
        changed = {name.replace("__", "/") + ".py": text for name, text in files.items()}
        for name, text in {**HOST, **changed, "test_shop.py": tests}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *NAMED, *options],
            cwd=tmp_path,
            env={**kept, "DJANGO_SETTINGS_MODULE": "settings"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not (tmp_path / "real.sqlite3").exists(), "The project's own database was opened."
        return ran.returncode, ran.stdout + ran.stderr

    return run


TESTS = """
    import pytest
    from django.test import TestCase
    from dsn_core.testing import dsn_capture as imported
    from shop.models import Order


    def test_no_database_is_asked_for_by_hand(notices, member, dsn_outbox):
        Order.objects.create(number="1", member=member)
        dsn_outbox.assert_sent(to=member)


    def test_nothing_is_left_of_it(notices, member, dsn_outbox):
        dsn_outbox.assert_empty()
        Order.objects.create(number="1", member=member)
        dsn_outbox.assert_sent(to=member)


    @pytest.mark.django_db(transaction=True)
    def test_it_may_be_one_that_commits(notices, member, dsn_outbox):
        Order.objects.create(number="1", member=member)
        dsn_outbox.assert_sent(to=member)


    def test_which_another_fixture_may_say(dsn_outbox, transactional_db, notices, member):
        from django.db import connection
        assert not connection.in_atomic_block
        Order.objects.create(number="1", member=member)
        dsn_outbox.assert_sent(to=member)


    @pytest.mark.django_db(databases=["default", "stock"])
    def test_there_may_be_two(notices, dsn_outbox, dsn_capture):
        Order.objects.using("stock").create(number="1")
        dsn_outbox.assert_empty()
        with dsn_capture() as outbox:
            Order.objects.using("stock").create(number="2")
            outbox.assert_empty()
        outbox.assert_sent(to="ops")


    def test_the_clock_is_that_of_the_outbox(notices, dsn_clock, dsn_outbox):
        assert dsn_clock is dsn_outbox.clock


    def test_what_can_be_imported_needs_a_database_too(notices, member, db):
        with imported() as outbox:
            Order.objects.create(number="1", member=member)
        outbox.assert_sent(to=member)


    class OfDjango(TestCase):
        @pytest.fixture(autouse=True)
        def _take(self, notices, member, dsn_outbox):
            self.member, self.outbox = member, dsn_outbox

        def test_it_may_be_taken_into_a_test_case(self):
            Order.objects.create(number="1", member=self.member)
            self.outbox.assert_sent(to=self.member)


    def test_who_has_no_name_is_shown(notices, member, dsn_outbox):
        Order.objects.create(number="1", member=member)
        with pytest.raises(AssertionError, match="<Member: @ada>, @ada, en-us"):
            dsn_outbox.assert_not_sent(to=member)
"""


def test_a_host_has_its_fixtures_with_each_kind_of_database(run):
    code, printed = run(TESTS)
    assert code == 0, printed
    assert "9 passed" in printed


@pytest.mark.slow
def test_workers_side_by_side_do_not_meet(run):
    take_time("starts pytest, which starts two workers")
    code, printed = run(TESTS, "-n", "2")
    assert code == 0, printed
    assert "9 passed" in printed


def test_a_failure_shows_the_outbox_and_not_the_kit(run):
    code, printed = run("""
        def test_wrong(notices, dsn_outbox):
            dsn_outbox.assert_sent(subject="Paid")

        def test_late(request):
            request.getfixturevalue("dsn_outbox")
    """)
    assert (code, "2 failed" in printed) == (1, True), printed
    assert "Expected 1 message with subject='Paid'; there is none." in printed
    assert "asserting.py" not in printed
    assert "dsn_outbox was asked for by a test that is running already" in printed


GUIDE = Path(__file__).parents[3] / "docs/how-to/test-your-project.md"
FILE_OF_THE_GUIDE = re.compile(
    r"^<!-- file: (\S+)[.]py -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
SETTINGS_OF_THE_GUIDE = """
AUTH_USER_MODEL = "shop.User"
STATIC_URL = "static/"
DSN = {"USER_LANGUAGE": "language", "ADDRESSES": {"log": "email"}}
"""


def test_the_guide_shows_what_works(run):
    files = dict(FILE_OF_THE_GUIDE.findall(GUIDE.read_text(encoding="utf-8")))
    if not find_spec("dsn_email"):
        del files["test_smtp"]
        files = {name: text.replace('"email"', '"log"') for name, text in files.items()}
    count = sum(text.count("def test_") for text in files.values())
    code, printed = run(
        files.pop("shop/tests"),
        settings=dedent(HOST["settings.py"]) + SETTINGS_OF_THE_GUIDE,
        **{name.replace("/", "__"): text for name, text in files.items()},
    )
    assert code == 0, printed
    assert f" {count} passed" in printed


def test_the_first_test_of_the_guide_is_short():
    told = GUIDE.read_text(encoding="utf-8")
    first = re.search(r"^```python\n(def test_.*?)^```$", told, re.MULTILINE | re.DOTALL)
    assert first
    assert len(first[1].splitlines()) <= 8
    assert "assert_sent" in first[1]
    assert "assert_not_sent(to=clerk)" in first[1]


def test_without_pytest_django_it_says_what_is_missing(run):
    code, printed = run(
        """
        def test_one(dsn_outbox):
            pass

        def test_two(dsn_capture):
            pass
        """,
        "-p",
        "no:django",
        "--noconftest",
    )
    assert code == 1
    assert "dsn_outbox needs a test database: install pytest-django" in printed
    assert "dsn_capture needs a test database" in printed


def test_the_projects_own_database_is_never_taken_instead(run):
    code, printed = run("""
        def test_alone(dsn_outbox):
            dsn_outbox.assert_empty()
    """)
    assert (code, "1 passed" in printed) == (0, True), printed


def test_to_load_it_loads_no_django():
    code = f"import sys, {MODULE}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(ran.stdout.split())
    assert "dsn_core" in loaded
    assert loaded.isdisjoint({"django", "pytest_django"})


def test_its_distribution_names_it():
    import dsn_core

    project = Path(dsn_core.__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        assert f'[project.entry-points.pytest11]\ndsn = "{MODULE}"' in project.read_text()
    else:
        assert FOUND
