"""What the documentation says is done, in the order in which it stands there.

Two comments, which no reader sees, mark what counts:

``<!-- file: PATH -->`` before a fenced block: the block is written to PATH in the project.

``<!-- run -->`` before a ```` ```console ```` block: each line that begins with ``$ `` is run by
bash in the project, one that ends with ``\\`` together with the next. It must end well (exit
code 0), and what it prints, errors too, must be the lines that follow it. ``...`` stands for any
text in a line; as a line of its own, for any number of lines. Spaces at the end of a line and
empty lines at both ends do not count. What is exported stays so until the document ends.

A document has a fresh, empty folder of its own, in which ``python`` is the Python of these tests.
A ``python`` block without a comment must at least be Python.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.environments import PATIENCE, clean_environment
from tests.repo.tree import ROOT, files, shown
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>run|file: (?P<path>\S+)) -->\n+)?"
    r"^(?P<fence>`{3,})(?P<language>[\w{}:-]*)[^\n]*\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
MARK = re.compile(r"^<!-- *(?:run|file)\b.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block. ``mark`` is "run", "file: …" or nothing."""

    mark: str
    path: str
    language: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """One line to run, and what it must print."""

    line: str
    output: str


def _blocks(document: Path) -> list[Block]:
    found = BLOCK.finditer(document.read_text(encoding="utf-8"))
    return [
        Block(
            mark=block["mark"] or "",
            path=block["path"] or "",
            language=block["language"],
            text=block["text"],
        )
        for block in found
    ]


def _commands(text: str) -> Iterator[Command]:
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        assert line.startswith("$ "), f"what comes before the first command: {line!r}"
        while line.endswith("\\"):
            line += "\n" + lines.pop(0)
        output: list[str] = []
        while lines and not lines[0].startswith("$ "):
            output.append(lines.pop(0))
        yield Command(line=line[2:], output="\n".join(output))


def _pattern(expected: str) -> str:
    """A regular expression for what must be printed."""
    lines = [
        r"(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in _normal(expected).splitlines()
    ]
    return "".join(lines)


def _normal(text: str) -> str:
    stripped = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
    return f"{stripped}\n" if stripped else ""


class Reader:
    """Somebody who does what a document says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self._kept = folder / "environment"
        path = f"{Path(sys.executable).parent}:{clean_environment().get('PATH', '')}"
        self._environment = clean_environment(PATH=path, PYTHONIOENCODING="utf-8", HOME=str(folder))

    def do(self, block: Block) -> None:
        if block.path:
            file = self.folder / block.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.mark == "run":
            for command in _commands(block.text):
                self._run(command)

    def _run(self, command: Command) -> None:
        script = f"{command.line}\nstatus=$?\nenv -0 > '{self._kept}'\nexit $status"
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, f"$ {command.line}\n{ran.stdout}"
        printed = _normal(ran.stdout)
        if not re.fullmatch(_pattern(command.output), printed):
            pytest.fail(
                f"$ {command.line}\n--- prints ---\n{printed}--- but the document says ---\n"
                f"{_normal(command.output)}",
                pytrace=False,
            )
        self._remember()

    def _remember(self) -> None:
        pairs = self._kept.read_text(encoding="utf-8").split("\0")
        self._environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)


DOCUMENTS = files("README.md", "docs/*.md")
RUN = [document for document in DOCUMENTS if any(block.mark for block in _blocks(document))]


def _follow(document: Path, folder: Path) -> None:
    reader = Reader(folder)
    for block in _blocks(document):
        reader.do(block)


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Future[None]]]:
    """All documents are read at once, two at a time."""
    with ThreadPoolExecutor(2) as readers:
        yield {
            document: readers.submit(_follow, document, tmp_path_factory.mktemp(document.stem))
            for document in RUN
        }


@pytest.mark.slow
@pytest.mark.parametrize("document", RUN, ids=shown)
def test_what_the_document_says_works(document, readings):
    take_time("goes through a whole page as its reader does")
    readings[document].result()


def test_the_readme_and_the_tutorial_are_among_those_that_are_run():
    assert ROOT / "README.md" in RUN
    assert any(document.is_relative_to(ROOT / "docs/tutorial") for document in RUN)


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_every_mark_stands_right_before_a_block_that_it_can_be_about(document):
    marked = [block for block in _blocks(document) if block.mark]
    assert len(MARK.findall(document.read_text(encoding="utf-8"))) == len(marked)
    for block in marked:
        assert (block.language == "console") == (block.mark == "run"), block.text


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_every_python_block_is_python(document):
    for block in _blocks(document):
        if block.language == "python":
            ast.parse(dedent(block.text))


# ── The reader itself ───────────────────────────────────────────────────────────────────


def _says(text: str) -> Block:
    return Block(mark="run", path="", language="console", text=text)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_command_that_prints_something_else_is_found(reader):
    with pytest.raises(pytest.fail.Exception, match="but the document says"):
        reader.do(_says("$ echo one\ntwo\n"))


def test_a_command_that_prints_more_is_found(reader):
    with pytest.raises(pytest.fail.Exception, match="but the document says"):
        reader.do(_says("$ echo one; echo two\none\n"))


def test_a_command_that_fails_is_found(reader):
    with pytest.raises(AssertionError, match="exit 3"):
        reader.do(_says("$ exit 3\n"))


def test_dots_stand_for_what_may_differ(reader):
    reader.do(_says("$ printf 'a 1 z\\nb\\nc\\nd\\n'\na ... z\n...\nd\n"))


def test_what_is_exported_is_kept(reader):
    reader.do(_says("$ export WORD='two lines\\n'\n$ echo \"$WORD\"\ntwo lines\\n\n"))
