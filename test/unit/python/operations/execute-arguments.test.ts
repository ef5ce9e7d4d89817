/** Tests calls of `op.execute` with several arguments, which depend on Alembic's version. */
import { expect, test } from 'vitest'
import { noModules } from '../../../../src/python/interpreter/run.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

/** Returns the message of the exception that the call raises; null if it raises none. */
function raised(call: string, minor: number): string | null {
  const source = `from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    ${call}\n`
  const bytes = new TextEncoder().encode(source)
  const alembic = { major: 1, minor, patch: 0 }
  const read = readUpgrade(bytes, 'a.py', 'postgresql', null, noModules, { alembic })
  const step = read.kind === 'operations' ? read.operations.at(-1) : undefined
  return step?.kind === 'raise' ? `${step.error.type}: ${step.error.message}` : null
}

test('a call under an unknown condition is listed', () => {
  const source =
    "from alembic import op\nimport os\ndef upgrade():\n    if os.getpid() > 5:\n        op.execute('SELECT :a')\n"
  const read = readUpgrade(new TextEncoder().encode(source), 'a.py', 'postgresql')
  const steps = read.kind === 'operations' ? read.operations : []
  expect(steps).toMatchObject([{ kind: 'opaque', reason: 'a call that raises StatementError', touches: [] }])
})

test.each([
  // Compared with Alembic 1.20.0 and 1.8.1.
  [
    "op.execute('SELECT 1', {'a': 1})",
    'TypeError: execute() takes 2 positional arguments but 3 were given',
    null,
  ],
  [
    "op.execute(sa.text('SELECT :a'), {'a': 1})",
    'TypeError: execute() takes 2 positional arguments but 3 were given',
    "StatementError: (sqlalchemy.exc.InvalidRequestError) A value is required for bind parameter 'a'",
  ],
  ["op.execute('SELECT 1')", null, null],
  ["op.execute('SELECT 1', execution_options={})", null, null],
  ["op.execute(*['SELECT 1'])", null, null],
  ["op.get_bind().execute(sa.text('SELECT :a'), {'a': 1})", null, null],
])('%s', (call, since, before) => {
  expect(raised(call, 20)).toBe(since)
  expect(raised(call, 8)).toBe(before)
})
