"""Runs a history's migrations with real Alembic. Reads JSON requests and writes JSON answers.

Usage: `run-history.py CHECKOUT START SCRIPT_FOLDER VERSION_FOLDER...`. The first answer lists the revisions. A request
contains a database URL and a target. This executes untrusted code, so run it without network access or privileges.
"""

import importlib.abc
import importlib.machinery
import json
import logging
import os
import re
import sys
import traceback
import types
import warnings

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")

import alembic
import sqlalchemy
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, pool
from sqlalchemy.dialects import postgresql

channel = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


class Steps(logging.Handler):
    """Records the revisions that Alembic runs. After an error, the last one failed."""

    def emit(self, record):
        if record.msg.startswith("Running"):
            step = record.args[0] if not isinstance(record.args, dict) else record.args
            self.steps.append(step.revision.revision)


log = Steps()
logging.getLogger("alembic.runtime.migration").handlers = [log]
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)
logging.getLogger("alembic.runtime.migration").propagate = False


# Names of stubs used as column types.
guessed = []

# SQLSTATEs of errors that a guessed column type may cause.
of_types = ("42704", "42804", "42846", "42883")


class Missing(type(sqlalchemy.types.TypeDecorator)):
    """Stub for a missing import. Every attribute is another stub."""

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return stub(name)

    def __iter__(cls):
        return iter(())


class Used(Exception):
    """Raised if a migration needs a missing package."""


class Stub(sqlalchemy.types.TypeDecorator, metaclass=Missing):
    impl = sqlalchemy.Text
    cache_ok = True

    def __init__(self, *args, **kwargs):
        super().__init__()
        guessed.append(type(self).__name__)

    def __call__(self, *args, **kwargs):
        # Used as a decorator.
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]
        if not args and not kwargs:
            return self
        raise Used(type(self).__name__)


def stub(name):
    """Creates a stub. Its name determines its column type."""
    near = [
        ("uuid|guid", postgresql.UUID),
        ("jsonb", postgresql.JSONB),
        ("json", sqlalchemy.JSON),
        ("date|time", sqlalchemy.DateTime),
        ("int", sqlalchemy.Integer),
        ("bool", sqlalchemy.Boolean),
    ]
    kind = next((kind for words, kind in near if re.search(words, name.lower())), sqlalchemy.Text)
    return Missing(name, (Stub,), {"impl": kind})


class StubModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stub(name)


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Handles every import that no other finder can."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StubModule(spec.name)

    def exec_module(self, module):
        pass


class Lenient(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the project's own modules. A failing module becomes a stub."""

    def __init__(self, folder):
        self.folder = folder
        self.loaders = {}

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if not spec or not spec.origin or not spec.origin.startswith(self.folder) or spec.loader is None:
            return None
        self.loaders[name] = spec.loader
        spec.loader = self
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        loader = self.loaders[module.__name__]
        try:
            loader.exec_module(module)
        except (Exception, SystemExit):
            kept = {name: value for name, value in vars(module).items() if name.startswith("__")}
            vars(module).clear()
            vars(module).update(kept)
            module.__class__ = StubModule


def importable(checkout, start, folders):
    """Makes the project's own modules importable, as far as possible."""
    sys.path[1:1] = [start]
    for folder in folders:
        root = folder
        while os.path.exists(os.path.join(root, "__init__.py")):
            root = os.path.dirname(root)
        if root != folder and root not in sys.path:
            sys.path.append(root)
    sys.meta_path.insert(0, Lenient(checkout))
    sys.meta_path.append(StubFinder())


def facts(script):
    return [
        {
            "id": revision.revision,
            "path": revision.path,
            "down": sorted(revision._versioned_down_revisions),
            "depends": sorted(revision._resolved_dependencies),
            "labels": sorted(revision._orig_branch_labels),
        }
        for revision in script.walk_revisions()
    ]


def order(script):
    return [step.revision.revision for step in script._upgrade_revs("heads", ())]


def lines(raised, checkout):
    """Returns the error's traceback, limited to the project's own files."""
    frames = traceback.extract_tb(raised.__traceback__)
    return [[frame.filename, frame.lineno] for frame in frames if frame.filename.startswith(checkout + os.sep)]


def upgrade(config, script, url, target, checkout):
    """Runs an upgrade. Returns the error and the revisions that ran."""
    engine = create_engine(url, poolclass=pool.NullPool)
    log.steps = []

    @event.listens_for(engine, "connect")
    def limit(connection, record):
        cursor = connection.cursor()
        cursor.execute("SET statement_timeout = '20s'; SET lock_timeout = '5s'")
        cursor.close()
        connection.commit()

    def steps(rev, context):
        return script._upgrade_revs(target, rev)

    error = None
    try:
        with EnvironmentContext(config, script, fn=steps, destination_rev=target) as env:
            with engine.connect() as connection:
                env.configure(connection=connection)
                with env.begin_transaction():
                    env.run_migrations()
    except sqlalchemy.exc.SQLAlchemyError as raised:
        original = getattr(raised, "orig", None)
        code = getattr(original, "pgcode", None)
        error = {
            "type": type(original or raised).__name__,
            "code": None if guessed and code in of_types else code,
            "message": str(original or raised).split("\n")[0],
            "lines": lines(raised, checkout),
        }
    except (Exception, SystemExit) as raised:
        error = {"type": type(raised).__name__, "code": None, "message": str(raised).split("\n")[0][:300]}
    engine.dispose()
    return {"error": error, "ran": log.steps}


def answer(value):
    channel.write(json.dumps(value) + "\n")
    channel.flush()


def main():
    checkout, start, location, *folders = sys.argv[1:]
    importable(checkout, start, folders)
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(folders))
    about = {"alembic": alembic.__version__, "sqlalchemy": sqlalchemy.__version__}
    try:
        script = ScriptDirectory.from_config(config)
        answer({**about, "revisions": facts(script), "order": order(script), "error": None})
    except (Exception, SystemExit) as raised:
        message = str(raised).split("\n")[0][:300]
        answer({**about, "revisions": None, "order": None, "error": {"type": type(raised).__name__, "message": message}})
        return
    for line in sys.stdin:
        request = json.loads(line)
        answer(upgrade(config, script, request["url"], request["target"], checkout))


if __name__ == "__main__":
    main()
