"""Runs migrations with real Alembic on DATABASE_URL. Reads one file's source and writes the catalog per line, as JSON.

"reset" empties the database first.
"""

import json
import os
import sys
import warnings

warnings.simplefilter("ignore")

import alembic
import sqlalchemy
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

COLUMNS = """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, a.atthasdef
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, 2, a.attnum"""
CONSTRAINTS = """
SELECT c.relname, k.contype::text, k.conname,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY o)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c') AND n.nspname !~ '^(pg_|information_schema)'"""
INDEXES = """
SELECT t.relname, i.relname, x.indisunique,
  ARRAY(SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY u(n, o)
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.n
    WHERE o <= x.indnkeyatts ORDER BY o)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname !~ '^(pg_|information_schema)'
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'))"""
ENUMS = """
SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY 1"""


def rows(connection, sql):
    return [list(row) for row in connection.exec_driver_sql(sql)]


def held_by_sqlite(connection):
    columns = []
    names = rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (table,) in names:
        for row in rows(connection, 'PRAGMA table_info("%s")' % table):
            columns.append(["main", table, row[1], row[2], not row[3], row[4] is not None])
    return {"columns": columns, "constraints": [], "indexes": [], "enums": []}


def held(connection):
    if connection.dialect.name == "sqlite":
        return held_by_sqlite(connection)
    return {
        "columns": rows(connection, COLUMNS),
        "constraints": rows(connection, CONSTRAINTS),
        "indexes": rows(connection, INDEXES),
        "enums": rows(connection, ENUMS),
    }


def commit(connection):
    # SQLAlchemy 1.4 commits automatically.
    if hasattr(connection, "commit"):
        connection.commit()


def run(connection, source):
    context = MigrationContext.configure(connection)
    namespace = {"__name__": "migration"}
    with context.begin_transaction(), Operations.context(context):
        exec(compile(source, "migration.py", "exec"), namespace)
        namespace["upgrade"]()


engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:"))
versions = "Alembic %s, SQLAlchemy %s" % (alembic.__version__, sqlalchemy.__version__)
# Migrations may print, so redirect their output.
answers, sys.stdout = sys.stdout, sys.stderr
print(json.dumps(versions), file=answers, flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    with engine.connect() as connection:
        if asked["reset"] and connection.dialect.name != "sqlite":
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
            commit(connection)
        try:
            run(connection, asked["source"])
            commit(connection)
            answer = {"error": None, "held": held(connection)}
        except Exception as error:
            answer = {"error": "%s: %s" % (type(error).__name__, error), "held": None}
    print(json.dumps(answer), file=answers, flush=True)
