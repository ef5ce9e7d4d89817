"""Runs real Alembic for incidents. Reads one JSON request and writes one JSON answer per line.

A request contains a project folder and a database URL. `reset` empties the database, then `sql` and `stamp` run, then
`upgrade` for each target. The answer contains the steps, the rows, the heads and the catalog, and after an error, its
place in a migration, such as `a.py:7`.
"""

import json
import logging
import os
import sys
import traceback
import warnings

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import alembic
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, pool, text


class Steps(logging.Handler):
    def __init__(self):
        super().__init__()
        self.steps = []

    def emit(self, record):
        if record.msg.startswith("Running"):
            step = record.args[0] if not isinstance(record.args, dict) else record.args
            # A stamp's step has no revision.
            if hasattr(step, "revision"):
                self.steps.append(step.revision.revision)


def reset(engine):
    if engine.dialect.name == "sqlite":
        # Dropping tables would increment the schema counter, so delete the file.
        if os.path.exists(engine.url.database):
            os.remove(engine.url.database)
        return
    with engine.begin() as connection:
        for name in inspect(connection).get_schema_names():
            if name != "information_schema":
                connection.execute(text('DROP SCHEMA "%s" CASCADE' % name))
        connection.execute(text("CREATE SCHEMA public"))


def catalog(engine):
    seen = inspect(engine)
    lines = []
    for table in seen.get_table_names():
        if table == "alembic_version":
            continue
        lines.append("table " + table)
        for column in seen.get_columns(table):
            lines.append(
                "column %s.%s %s %s %s"
                % (table, column["name"], column["type"], column["nullable"], column.get("default"))
            )
        for index in seen.get_indexes(table):
            lines.append("index %s %s %s %s" % (table, index["name"], index["column_names"], index["unique"]))
        for unique in seen.get_unique_constraints(table):
            lines.append("unique %s %s %s" % (table, unique["name"], unique["column_names"]))
        for key in seen.get_foreign_keys(table):
            lines.append("foreign key %s %s %s" % (table, key["constrained_columns"], key["referred_table"]))
        lines.append("primary key %s %s" % (table, seen.get_pk_constraint(table)["constrained_columns"]))
    if engine.dialect.name == "postgresql":
        for enum in seen.get_enums():
            lines.append("enum %s %s" % (enum["name"], enum["labels"]))
    return sorted(lines)


def answer(request):
    engine = create_engine(request["url"], poolclass=pool.NullPool)
    config = Config()
    config.set_main_option("script_location", request["root"])
    config.attributes["engine"] = engine
    log = logging.getLogger("alembic.runtime.migration")
    steps = Steps()
    log.handlers = [steps]
    log.setLevel(logging.INFO)
    log.propagate = False
    error = None
    place = None
    try:
        if request.get("reset"):
            reset(engine)
        for statement in request.get("sql", []):
            with engine.begin() as connection:
                connection.execute(text(statement))
        if request.get("stamp"):
            command.stamp(config, request["stamp"])
        for target in request["upgrade"]:
            command.upgrade(config, target)
        heads = list(ScriptDirectory.from_config(config).get_heads())
    except Exception as raised:
        error = "%s: %s" % (type(raised).__name__, str(raised).split("\n")[0])
        frames = traceback.extract_tb(raised.__traceback__)
        root = os.path.join(request["root"], "versions", "")
        places = [frame for frame in frames if frame.filename.startswith(root)]
        place = "%s:%d" % (os.path.basename(places[-1].filename), places[-1].lineno) if places else None
        heads = []
    rows = []
    with engine.connect() as connection:
        if "alembic_version" in inspect(engine).get_table_names():
            rows = sorted(row[0] for row in connection.execute(text("SELECT version_num FROM alembic_version")))
    listing = catalog(engine)
    engine.dispose()
    return {"error": error, "place": place, "steps": steps.steps, "rows": rows, "heads": heads, "catalog": listing}


def main():
    print(json.dumps({"versions": "Alembic %s, SQLAlchemy %s" % (alembic.__version__, sqlalchemy.__version__)}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
