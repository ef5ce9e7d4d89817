"""Runs real Alembic. Reads one JSON state and writes one JSON outcome per line.

A state contains migration files, the statements that create the version table, and a target. Each state gets a new
in-memory SQLite database, or the one at JUDGE_DATABASE_URL, whose public schema is emptied first.
"""

import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import warnings

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import alembic
import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

ENV = """
from alembic import context
config = context.config
with config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, **config.attributes["configure"])
    with context.begin_transaction():
        context.run_migrations(**config.attributes["keywords"])
"""

SECONDS_UNTIL_ENDLESS = 3
VERSION = tuple(int(part) for part in alembic.__version__.split(".")[:3])


class Endless(BaseException):
    pass


class Steps(logging.Handler):
    def __init__(self):
        super().__init__()
        self.steps = []

    def emit(self, record):
        if record.msg.startswith("Running"):
            step = record.args[0] if not isinstance(record.args, dict) else record.args
            self.steps.append(
                {
                    "revision": step.revision.revision,
                    "from": list(step.from_revisions_no_deps),
                }
            )


def on_alarm(number, frame):
    raise Endless()


def literal(value):
    return value if value is None or isinstance(value, str) else repr(value)


def prepare(engine, statements, on_server):
    with engine.connect() as connection:
        if on_server:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%") if on_server else statement)
        if hasattr(connection, "commit"):
            connection.commit()


def stored(engine, table):
    with engine.connect() as connection:
        try:
            found = connection.exec_driver_sql("SELECT version_num FROM " + table)
            return [literal(row[0]) for row in found]
        except Exception:
            return []


def judge(state, root, url):
    versions = os.path.join(root, "versions")
    shutil.rmtree(versions, ignore_errors=True)
    os.makedirs(versions)
    for name, source in state["files"].items():
        with open(os.path.join(versions, name), "w", encoding="utf-8") as file:
            file.write(source)
    order = os.listdir(versions) if VERSION < (1, 10) else sorted(os.listdir(versions))
    engine = create_engine(url, poolclass=pool.StaticPool if url == "sqlite://" else pool.NullPool)
    prepare(engine, state["statements"], url != "sqlite://")
    config = Config()
    config.set_main_option("script_location", root)
    config.attributes["engine"] = engine
    config.attributes["configure"] = state["configure"]
    config.attributes["keywords"] = state["keywords"]
    steps = Steps()
    log = logging.getLogger("alembic.runtime.migration")
    log.handlers = [steps]
    log.setLevel(logging.INFO)
    log.propagate = False
    error = None
    signal.setitimer(signal.ITIMER_REAL, SECONDS_UNTIL_ENDLESS)
    try:
        command.upgrade(config, state["target"])
    except Endless:
        error = {"type": "Endless", "message": ""}
    except Exception as raised:
        message = str(raised)
        if isinstance(raised, sqlalchemy.exc.SQLAlchemyError):
            message = message.split("\n")[0]
        error = {"type": type(raised).__name__, "message": message}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    rows = stored(engine, "alembic_version")
    engine.dispose()
    return {"error": error, "steps": steps.steps, "rows": rows, "order": order}


def main():
    signal.signal(signal.SIGALRM, on_alarm)
    url = os.environ.get("JUDGE_DATABASE_URL", "sqlite://")
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="alembic-judge-", dir=base) as root:
        with open(os.path.join(root, "env.py"), "w", encoding="utf-8") as file:
            file.write(ENV)
        print(json.dumps({"alembic": alembic.__version__, "sqlalchemy": sqlalchemy.__version__}), flush=True)
        for line in sys.stdin:
            print(json.dumps(judge(json.loads(line), root, url)), flush=True)


if __name__ == "__main__":
    main()
