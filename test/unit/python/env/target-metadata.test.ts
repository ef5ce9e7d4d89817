/** The cases of test/alembic/target-metadata.test.ts, without a database. */
import { expect, test } from 'vitest'
import { withConventionNames } from '../../../../src/core/names/naming-convention.ts'
import { withStoredNames } from '../../../../src/core/names/stored-names.ts'
import { postgresql } from '../../../../src/core/dialect/postgresql.ts'
import type { ModuleSource } from '../../../../src/python/interpreter/run.ts'
import { type CodeFile, readMetadataNaming } from '../../../../src/python/env/target-metadata.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'
import { type MetadataCase, flaskCases, metadataCases } from '../../../support/metadata-cases.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text.replaceAll('MODULE', 'models'))

const { upgrade } = readOperations(
  bytesOf(
    `import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a'\ndef upgrade():\n    op.create_table('seats', sa.Column('place', sa.Integer()), sa.UniqueConstraint('place'))\n`,
  ),
  'a.py',
  'postgresql',
)
const [create] = upgrade.kind === 'operations' ? upgrade.operations : []

/** Returns the constraint's name by the convention of env.py; null if the convention isn't known. */
function uniqueName({ module, others, env }: MetadataCase): string | null {
  const files = new Map([['models', module]])
  for (const [suffix, text] of Object.entries(others ?? {})) files.set(`models${suffix}`, text)
  const modules: ModuleSource = {
    find: (name) => {
      const text = files.get(name)
      return text === undefined ? null : { bytes: bytesOf(text), path: `${name}.py`, isPackage: false }
    },
    isElsewhere: (name) => !files.has(name),
  }
  const naming = readMetadataNaming(
    bytesOf(
      `from alembic import context\n${env}\ndef run(connection):\n    context.configure(connection=connection, target_metadata=target_metadata)\nrun(None)\n`,
    ),
    'env.py',
    {
      modules,
      assigning: () => mentioning(files, /naming_convention/),
      migrating: () => mentioning(files, /Migrate/),
    },
  )
  if (naming.kind === 'unknown' || create === undefined) return null
  const made = withStoredNames(withConventionNames(create, naming.convention), postgresql, 'Alembic')
  const [unique] = made.kind === 'createTable' ? made.constraints : []
  // PostgreSQL chooses the name of a constraint for which there is no convention.
  return unique?.unknownConvention ? null : (unique?.name ?? 'seats_place_key')
}

function mentioning(files: ReadonlyMap<string, string>, pattern: RegExp): readonly CodeFile[] {
  return [...files].flatMap(([name, text]) =>
    pattern.test(text) ? [{ path: `${name}.py`, bytes: bytesOf(text) }] : [],
  )
}

test.each([...metadataCases, ...flaskCases].map((one) => [one.name, one] as const))('%s', (_, one) => {
  expect(uniqueName(one)).toBe(one.unknown ? null : one.unique)
})
