"""Runs one upgrade of the database in DATABASE_URL, as `alembic upgrade` does.

Usage: `run-once.py CHECKOUT START SCRIPT_FOLDER VERSION_FOLDER... -- upgrade TARGET`.
"""

import importlib.util
import os
import sys

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run-history.py")
spec = importlib.util.spec_from_file_location("run_history", path)
history = importlib.util.module_from_spec(spec)
spec.loader.exec_module(history)

words = sys.argv[1:]
checkout, start, location, *folders = words[: words.index("--")]
target = words[-1]
history.importable(checkout, start, folders)
history.log.steps = []
config = history.Config()
config.set_main_option("script_location", location)
config.set_main_option("path_separator", "os")
config.set_main_option("version_path_separator", "os")
config.set_main_option("version_locations", os.pathsep.join(folders))
script = history.ScriptDirectory.from_config(config)
url = os.environ["DATABASE_URL"].split(":", 1)[1]
engine = history.create_engine("postgresql+psycopg2:" + url, poolclass=history.pool.NullPool)


def steps(rev, context):
    return script._upgrade_revs(target, rev)


with history.EnvironmentContext(config, script, fn=steps, destination_rev=target) as env:
    with engine.connect() as connection:
        env.configure(connection=connection)
        with env.begin_transaction():
            env.run_migrations()
