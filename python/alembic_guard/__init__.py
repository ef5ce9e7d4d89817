"""alembic-guard for pip: the npm package's command, run with Node from a Python package."""

__version__ = "0.1.0"
