"""`pytest --alembic-guard`: adds two tests for the repository's migrations.

`check` checks the history without a database; `lint` lints the migrations that are new on the branch.
"""

import os
import sys
from typing import List, Optional, Sequence, Tuple, Union

import pytest

# Test name and command arguments. The URL is empty, because a test must not depend on a developer's own database.
TESTS: Sequence[Tuple[str, Sequence[str]]] = (
    ("alembic-guard check", ("check", "--database-url=", "--allow-missing-url")),
    ("alembic-guard lint", ("lint",)),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the command-line options and the equivalent settings for pytest's configuration file."""
    group = parser.getgroup("alembic-guard")
    group.addoption("--alembic-guard", action="store_true", help="check the Alembic history and lint new migrations")
    group.addoption("--alembic-guard-directory", metavar="DIR", help="folder of the Alembic project (default: rootdir)")
    parser.addini("alembic_guard", "same as --alembic-guard", type="bool", default=False)
    parser.addini("alembic_guard_directory", "same as --alembic-guard-directory", default="")


class GuardFailure(Exception):
    """Output of a command that exited with a status other than 0."""


class GuardTest(pytest.Item):
    """Runs the command once as a test."""

    words: Sequence[str] = ()

    def runtest(self) -> None:
        """Runs the command in the project's folder. Raises GuardFailure with its report."""
        import subprocess

        directory = self.config.getoption("--alembic-guard-directory") or self.config.getini("alembic_guard_directory")
        folder = os.path.join(str(self.config.rootpath), str(directory or ""))
        if not os.path.isdir(folder):
            raise GuardFailure(f"no Alembic project found: the folder {folder} doesn't exist")
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
        """Returns the report unchanged; a traceback would only point to this file."""
        if isinstance(excinfo.value, GuardFailure):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> Tuple[Union[str, "os.PathLike[str]"], Optional[int], str]:
        """Returns the test's location for pytest's report: the project, because the test has no file."""
        return str(self.config.rootpath), None, self.name


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: List[pytest.Item]
) -> None:
    """Adds the tests after all others."""
    if not (config.getoption("--alembic-guard") or config.getini("alembic_guard")):
        return
    for name, words in TESTS:
        test = GuardTest.from_parent(session, name=name)
        test.words = words
        items.append(test)
