"""`pytest --alembic-guard`: two more tests, which look at the migrations of the repository.

`check` looks at the history alone, without any database; `lint` at the migrations that are new since the branch began.
"""

import os
import sys
from typing import List, Optional, Sequence, Tuple, Union

import pytest

# Name of the test and the words of the command. An empty URL, because a developer's own database has no say in a test.
TESTS: Sequence[Tuple[str, Sequence[str]]] = (
    ("alembic-guard check", ("check", "--database-url=", "--allow-missing-url")),
    ("alembic-guard lint", ("lint",)),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options, and the same as settings of pytest's configuration file."""
    group = parser.getgroup("alembic-guard")
    group.addoption("--alembic-guard", action="store_true", help="check the Alembic history and lint new migrations")
    group.addoption("--alembic-guard-directory", metavar="DIR", help="folder of the Alembic project (default: rootdir)")
    parser.addini("alembic_guard", "as --alembic-guard", type="bool", default=False)
    parser.addini("alembic_guard_directory", "as --alembic-guard-directory", default="")


class GuardFailure(Exception):
    """What the command printed; it ended with another status than 0."""


class GuardTest(pytest.Item):
    """One call of the command."""

    words: Sequence[str] = ()

    def runtest(self) -> None:
        """Runs the command in the project's folder. Raises GuardFailure with its report."""
        import subprocess

        directory = self.config.getoption("--alembic-guard-directory") or self.config.getini("alembic_guard_directory")
        folder = os.path.join(str(self.config.rootpath), str(directory or ""))
        if not os.path.isdir(folder):
            raise GuardFailure(f"there is no folder {folder}; no Alembic project here")
        ended = subprocess.run(
            [sys.executable, "-m", "alembic_guard", *self.words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if ended.returncode != 0:
            raise GuardFailure(ended.stdout.decode("utf-8", "replace").rstrip())

    def repr_failure(self, excinfo: "pytest.ExceptionInfo[BaseException]", style: Optional[str] = None) -> str:
        """The report as it is; a traceback would only lead here."""
        if isinstance(excinfo.value, GuardFailure):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> Tuple[Union[str, "os.PathLike[str]"], Optional[int], str]:
        """Where the test is, for pytest's report: in no file."""
        return str(self.config.rootpath), None, self.name


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: List[pytest.Item]
) -> None:
    """Adds the tests behind all others."""
    if not (config.getoption("--alembic-guard") or config.getini("alembic_guard")):
        return
    for name, words in TESTS:
        test = GuardTest.from_parent(session, name=name)
        test.words = words
        items.append(test)
