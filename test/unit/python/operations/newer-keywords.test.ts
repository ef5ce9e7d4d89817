/** Tests keywords of directives, which depend on Alembic's version. */
import { expect, test } from 'vitest'
import { parseAlembicVersion } from '../../../../src/core/history/alembic-version.ts'
import { noModules } from '../../../../src/python/interpreter/run.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

/** Returns the lenient flag of the call's operation, or the exception that it raises. */
function read(call: string, version: string): unknown {
  const source = `from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    ${call}\n`
  const alembic = parseAlembicVersion(version)
  if (!alembic) throw new TypeError(version)
  const bytes = new TextEncoder().encode(source)
  const found = readUpgrade(bytes, 'a.py', 'postgresql', null, noModules, { alembic })
  const [step] = found.kind === 'operations' ? found.operations : []
  if (step?.kind === 'raise') return `${step.error.type}: ${step.error.message}`
  return step && ('ifExists' in step ? step.ifExists : 'ifNotExists' in step ? step.ifNotExists : step.kind)
}

const refusal = (name: string, keyword: string): string =>
  `TypeError: ${name}() got an unexpected keyword argument '${keyword}'`

// `before` was compared with Alembic 1.8.1, `since` with 1.20.0.
test.each([
  ["op.create_index('ix', 'a', ['b'], if_not_exists=True)", '1.11.3', false, '1.12.0'],
  ["op.drop_index('ix', 'a', if_exists=True)", '1.11.3', false, '1.12.0'],
  ["op.create_table('a', if_not_exists=True)", '1.13.2', false, '1.13.3'],
  ["op.drop_table('a', if_exists=True)", '1.13.2', false, '1.13.3'],
  ["op.drop_column('a', 'b', if_exists=True)", '1.15.2', false, '1.16.0'],
  [
    "op.drop_constraint('c', 'a', if_exists=True)",
    '1.15.2',
    refusal('drop_constraint', 'if_exists'),
    '1.16.0',
  ],
  [
    "op.add_column('a', sa.Column('b', sa.Integer()), if_not_exists=True)",
    '1.15.2',
    refusal('add_column', 'if_not_exists'),
    '1.16.0',
  ],
])('%s', (call, old, before, since) => {
  expect(read(call, old)).toBe(before)
  expect(read(call, since)).toBe(true)
})

test('if_exists of drop_constraint in a batch is refused by every version', () => {
  const source = `from alembic import op\ndef upgrade():\n    with op.batch_alter_table('a') as batch:\n        batch.drop_constraint('c', if_exists=True)\n`
  const bytes = new TextEncoder().encode(source)
  const alembic = { major: 1, minor: 20, patch: 0 }
  const found = readUpgrade(bytes, 'a.py', 'postgresql', null, noModules, { alembic })
  const steps = found.kind === 'operations' ? found.operations : []
  const error = {
    type: 'TypeError',
    message: "drop_constraint() got an unexpected keyword argument 'if_exists'",
  }
  expect(steps).toMatchObject([{ kind: 'raise', error }])
})

test('a refused keyword under an unknown condition is listed', () => {
  const source =
    "from alembic import op\nimport os\ndef upgrade():\n    if os.getpid() > 5:\n        op.drop_constraint('c', 'a', if_exists=True)\n"
  const alembic = { major: 1, minor: 8, patch: 1 }
  const bytes = new TextEncoder().encode(source)
  const found = readUpgrade(bytes, 'a.py', 'postgresql', null, noModules, { alembic })
  const steps = found.kind === 'operations' ? found.operations : []
  expect(steps).toMatchObject([{ kind: 'opaque', reason: 'a call that raises TypeError' }])
})
