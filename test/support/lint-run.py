"""Runs migrations with real Alembic on PostgreSQL. Reads one JSON request and writes one JSON answer per line.

lint-run.ts describes both. A second session reads each step's locks from pg_locks at the end of its transaction. A
table was rewritten if its relfilenode is new.
"""

import json
import logging
import os
import shutil
import sys
import tempfile
import warnings

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import alembic
import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

ENV = """
from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"], transaction_per_migration=True, on_version_apply=given["on_step"]
)
with context.begin_transaction():
    context.run_migrations()
"""
LOCKS = """
SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = %s AND l.granted AND c.relkind IN ('r', 'p', 'm') AND n.nspname = 'public'
ORDER BY 1, 2"""
FILES = """
SELECT c.relname, pg_relation_filenode(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname = 'public'"""


class Notices(logging.Handler):
    """Collects the server's notices from SQLAlchemy's log."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage().strip())


notices = Notices()
log = logging.getLogger("sqlalchemy.dialects.postgresql")
log.handlers = [notices]
log.setLevel(logging.INFO)
log.propagate = False


def executed(engine, statements):
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        connection.commit()
    finally:
        connection.close()


def answer(request):
    engine = create_engine(request["url"], poolclass=pool.NullPool)
    executed(engine, ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"])
    root = tempfile.mkdtemp()
    steps = []
    watched = []
    try:
        os.mkdir(os.path.join(root, "versions"))
        sources = dict(("versions/" + name, text) for name, text in request["files"].items())
        sources["env.py"] = ENV
        for name, text in sources.items():
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)

        def run(function, target):
            with engine.connect() as connection:
                raw = connection.connection
                raw = getattr(raw, "dbapi_connection", None) or raw.connection

                def on_step(step, **_):
                    if not watched:
                        return
                    said, notices.lines = notices.lines, []
                    second = engine.raw_connection()
                    try:
                        beside = second.cursor()
                        beside.execute(LOCKS, (raw.get_backend_pid(),))
                        locks = [list(row) for row in beside.fetchall()]
                        beside.execute(FILES)
                        before = dict(beside.fetchall())
                    finally:
                        second.close()
                    with raw.cursor() as cursor:
                        cursor.execute(FILES)
                        now = dict(cursor.fetchall())
                    rewritten = sorted(name for name in now if before.get(name, now[name]) != now[name])
                    steps.append(
                        {"revision": step.up_revision_id, "locks": locks, "rewritten": rewritten, "said": said}
                    )

                config = Config()
                config.set_main_option("script_location", root)
                config.attributes["connection"] = connection
                config.attributes["on_step"] = on_step
                if watched:
                    with raw.cursor() as cursor:
                        cursor.execute("SET client_min_messages = debug1")
                    raw.commit()
                    notices.lines = []
                function(config, target)

        error = None
        try:
            if request.get("start"):
                run(command.upgrade, request["start"])
            executed(engine, request.get("rows", []))
            watched.append(True)
            if request.get("upgrade"):
                run(command.upgrade, request["upgrade"])
            if request.get("downgrade"):
                run(command.downgrade, request["downgrade"])
            if request.get("again"):
                run(command.upgrade, request["again"])
        except Exception as raised:
            first = str(raised).strip().splitlines()
            error = "%s: %s" % (type(raised).__name__, first[0] if first else "")
        return {"error": error, "steps": steps}
    finally:
        engine.dispose()
        shutil.rmtree(root)


answers, sys.stdout = sys.stdout, sys.stderr
versions = "Alembic %s, SQLAlchemy %s" % (alembic.__version__, sqlalchemy.__version__)
print(json.dumps(versions), file=answers, flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
