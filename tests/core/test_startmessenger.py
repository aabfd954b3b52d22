"""``startmessenger`` writes a distribution, or says what is in the way and writes nothing."""

from __future__ import annotations

import ast
import tomllib

import pytest
from django.core.management import CommandError, call_command

from dsn_core.management.commands.startmessenger import TAKEN


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_distribution_with_an_entry_point(folder, capsys):
    call_command("startmessenger", "snail_mail")
    home = folder / "dsn-snail-mail"
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    assert project["name"] == "dsn-snail-mail"
    assert project["entry-points"] == {"dsn": {"dsn_snail_mail": "dsn_snail_mail.plugin"}}
    sources = {file.name: file.read_text() for file in home.rglob("*.py")}
    assert {"messenger.py", "plugin.py", "testing.py", "test_dsn_snail_mail.py"} <= set(sources)
    for source in sources.values():
        ast.parse(source)
    assert 'key = "snail_mail"' in sources["messenger.py"]
    assert 'label = "Snail mail"' in sources["messenger.py"]
    assert "class SnailMail(Messenger[Account, Options]):" in sources["messenger.py"]
    assert (home / "src/dsn_snail_mail/py.typed").is_file()
    said = capsys.readouterr().out
    assert "pip install --editable './dsn-snail-mail[test]'" in said
    assert "{{" not in "".join([*sources.values(), (home / "README.md").read_text()])


@pytest.mark.parametrize(
    "name", ["Acme", "2fast", "two words", "../acme", "", "acme-mail", "acme_", "a__b"]
)
def test_what_is_no_key_is_refused(folder, name):
    with pytest.raises(CommandError, match="cannot be a messenger's key; it must look like: acme"):
        call_command("startmessenger", name)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["refused", "account", "answer", "messenger_contract", "none"])
def test_a_name_that_would_hide_what_the_messenger_needs_is_refused(folder, name):
    with pytest.raises(CommandError, match=f"such as: startmessenger my_{name}"):
        call_command("startmessenger", name)
    assert list(folder.iterdir()) == []


def test_all_that_the_messenger_needs_is_kept_free(folder):
    call_command("startmessenger", "acme")
    needed = set()
    for name in ("src/dsn_acme/messenger.py", "src/dsn_acme/plugin.py", "tests/test_dsn_acme.py"):
        body = ast.parse((folder / "dsn-acme" / name).read_text()).body
        imported = [node for node in body if isinstance(node, ast.ImportFrom)]
        needed |= {alias.name for node in imported for alias in node.names}
        needed |= {node.name for node in body if isinstance(node, ast.ClassDef)}
    others = {name for name in needed if name[0].isupper() and "Acme" not in name}
    assert others <= TAKEN


def test_a_prefix_too_many_is_told(folder):
    with pytest.raises(CommandError, match="Leave out the dsn_: startmessenger acme"):
        call_command("startmessenger", "dsn_acme")
    assert list(folder.iterdir()) == []


def test_what_is_there_already_is_never_overwritten(folder):
    (folder / "dsn-acme").mkdir()
    (folder / "dsn-acme" / "README.md").write_text("mine")
    with pytest.raises(CommandError, match="dsn-acme is there already; nothing was written"):
        call_command("startmessenger", "acme")
    assert [file.name for file in (folder / "dsn-acme").iterdir()] == ["README.md"]


def test_the_name_of_what_is_installed_is_refused(folder):
    with pytest.raises(CommandError, match="dsn_core is installed already; choose another key"):
        call_command("startmessenger", "core")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["console", "log"])
def test_the_key_of_an_installed_messenger_is_refused(folder, name):
    with pytest.raises(CommandError, match=f"A messenger '{name}' is installed already"):
        call_command("startmessenger", name)
    assert list(folder.iterdir()) == []


def test_without_a_name_it_says_what_it_needs(folder):
    with pytest.raises(CommandError, match="such as: startmessenger acme"):
        call_command("startmessenger")


def test_where_nothing_can_be_written_it_says_so(folder):
    with pytest.raises(CommandError, match="cannot be written here: File name too long"):
        call_command("startmessenger", "a" * 300)
