"""alembic-guard for people who have pip: the command of the npm package, started with a Node that came from pip."""

__version__ = "0.1.0"
