"""Renders migrations as SQL with Alembic's offline mode. Reads a JSON list of sources and writes one of SQL texts.

The result is null if an upgrade queries the database, fails or takes more than five seconds.
"""

import io
import json
import signal
import sys

from alembic.migration import MigrationContext
from alembic.operations import Operations


def stop(*_):
    raise TimeoutError


def rendered(source):
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer, "literal_binds": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    names = {"__name__": "migration"}
    signal.alarm(5)
    try:
        with Operations.context(context):
            exec(compile(source, "migration", "exec"), names)
            names["upgrade"]()
    except (Exception, SystemExit):
        return None
    finally:
        signal.alarm(0)
    return buffer.getvalue()


signal.signal(signal.SIGALRM, stop)
# Migrations may print.
answer, sys.stdout = sys.stdout, sys.stderr
json.dump([rendered(source) for source in json.load(sys.stdin)], answer)
