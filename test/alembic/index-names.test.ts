/** A naming convention can change even a literal name, as in `op.drop_index('foo')`. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { findPython } from '../support/judge.ts'

const python = findPython()

const script = `
import io, sys, sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.operations import Operations
naming = {'ix': sys.argv[1]} if len(sys.argv) > 1 else {}
out = io.StringIO()
options = {'as_sql': True, 'output_buffer': out, 'target_metadata': sa.MetaData(naming_convention=naming)}
Operations(MigrationContext.configure(dialect_name='postgresql', opts=options)).drop_index('foo')
print(out.getvalue().strip())
`

test.skipIf(python === null).each<[convention: readonly string[], statement: string]>([
  [[], 'DROP INDEX foo;'],
  [['ix_%(column_0_label)s'], 'DROP INDEX foo;'],
  [['%(constraint_name)s_idx'], 'DROP INDEX foo_idx;'],
  [['ix_%(table_name)s_%(constraint_name)s'], 'DROP INDEX ix_no_table_foo;'],
])("with the convention %j, op.drop_index('foo') is %s", (convention, statement) => {
  const { stdout } = spawnSync(python ?? '', ['-c', script, ...convention], { encoding: 'utf8' })
  expect(stdout.trim()).toBe(statement)
})
