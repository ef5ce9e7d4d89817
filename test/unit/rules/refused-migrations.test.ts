/** Tests what the rules propose if an extension would help, and how it queries existing values. */
import { expect, test } from 'vitest'
import { conditionSql } from '../../../src/core/schema/check-condition.ts'
import { rowQuestionKey } from '../../../src/core/dry-run/row-questions.ts'
import type { ExtensionSnapshot } from '../../../src/core/schema/schema-snapshot.ts'
import { diagnosisOf } from '../../support/example.ts'

const migration = (line: string): string => `import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
revision = 'a1'
down_revision = None
def upgrade():
    ${line}
`

const missing = { name: 'vector', installed: false, available: true, superuserOnly: true, trusted: false }

test.each<[name: string, extension: ExtensionSnapshot | null, found: RegExp, remedy: RegExp]>([
  ['nothing is known', null, /no such type; extension vector provides it/, /earlier migration or at the start/],
  ['it is not installed', { ...missing, trusted: true }, /isn't installed/, /CREATE EXTENSION IF NOT EXISTS vector/],
  ['it is elsewhere', { ...missing, installed: true }, /outside the search path/, /schema to the search path/],
  ['only a superuser may', missing, /only a superuser can install it/, /as a superuser: CREATE EXTENSION "vector";/],
  ['the server lacks it', { ...missing, available: false }, /isn't available on the server/, /Install this extension's package/],
])('an extension type is missing, and %s', async (_, extension, found, remedy) => {
  const { findings } = await diagnosisOf({
    files: { 'a1.py': migration(`op.create_table('docs', sa.Column('e', Vector(3)))`) },
    versions: [],
    schema: {
      tables: [],
      surroundings: { relations: [], types: [], access: [], createSchemas: true, superuser: false, pathSetting: ['public'] },
      ...(extension && { extensions: { found: [extension], plainRules: true } }),
    },
  })
  const finding = findings.find(({ code }) => code === 'AG302')
  expect(finding?.message).toBe("A pending migration needs type vector, which doesn't exist.")
  expect(finding?.evidence.flat().join(' ')).toMatch(found)
  expect(finding?.remedies.map(({ title }) => title).join(' ')).toMatch(remedy)
}) // prettier-ignore

test('a condition without trailing spaces', () => {
  const of = { kind: 'column', name: 'body' } as const
  const length = { kind: 'length', of, trimmed: true } as const
  const condition = {
    kind: 'compare',
    operator: '<=',
    left: length,
    right: { kind: 'constant', value: 3 },
  } as const
  expect(conditionSql(condition)).toBe('(length(rtrim("body")) <= 3)')
  expect(
    rowQuestionKey({ kind: 'violates', table: { schema: null, name: 't' }, columns: ['body'], condition }),
  ).toContain('trimmed')
})
