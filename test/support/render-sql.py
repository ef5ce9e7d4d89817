"""Renders the upgrades of migrations as SQL with real Alembic, offline: one JSON list of sources in, one of SQL texts out.

The result is null for a source whose upgrade can't be rendered because it queries the database.
"""

import io
import json
import sys

from alembic.migration import MigrationContext
from alembic.operations import Operations


def rendered(source):
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    names = {}
    try:
        with Operations.context(context):
            exec(compile(source, "migration", "exec"), names)
            names["upgrade"]()
    except Exception:
        return None
    return buffer.getvalue()


json.dump([rendered(source) for source in json.load(sys.stdin)], sys.stdout)
