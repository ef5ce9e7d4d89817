/** Tests the cases from test/alembic/target-metadata.test.ts without a database. */
import { expect, test } from 'vitest'
import { defaultConvention, withConventionNames } from '../../../../../src/core/names/naming-convention.ts'
import { withStoredNames } from '../../../../../src/core/names/stored-names.ts'
import { postgresql } from '../../../../../src/core/dialect/postgresql.ts'
import type { ModuleSource } from '../../../../../src/python/interpreter/run.ts'
import { type CodeFile, readMetadataNaming } from '../../../../../src/python/env/metadata/target-metadata.ts'
import { readOperations } from '../../../../../src/python/operations/read-operations.ts'
import {
  type MetadataCase,
  configureOf,
  flaskCases,
  metadataCases,
} from '../../../../support/metadata-cases.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text.replaceAll('MODULE', 'models'))

const { upgrade } = readOperations(
  bytesOf(
    `import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a'\ndef upgrade():\n    op.create_table('seats', sa.Column('place', sa.Integer()), sa.UniqueConstraint('place'))\n`,
  ),
  'a.py',
  'postgresql',
)
const [create] = upgrade.kind === 'operations' ? upgrade.operations : []

/** Returns the constraint's name; null if the naming convention is unknown. */
function uniqueName(one: MetadataCase): string | null {
  const files = new Map([['models', one.module]])
  for (const [suffix, text] of Object.entries(one.others ?? {})) files.set(`models${suffix}`, text)
  const modules: ModuleSource = {
    find: (name) => {
      const text = files.get(name)
      return text === undefined ? null : { bytes: bytesOf(text), path: `${name}.py`, isPackage: false }
    },
    isElsewhere: (name) => !files.has(name),
  }
  const naming = readMetadataNaming(
    bytesOf(
      `from alembic import context\n${one.env}\ndef run(connection):\n    ${configureOf(one)}\nrun(None)\n`,
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
  // If the convention sets no name, PostgreSQL chooses one.
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

/** Returns whether an env.py with these lines definitely has no naming convention. */
function hasNoConvention(given: string, options: string): boolean {
  const source = `from alembic import context\n${given}\ndef run_migrations_online():\n    context.configure(connection=c, ${options})\n`
  const naming = readMetadataNaming(bytesOf(source), 'env.py', {
    modules: { find: () => null, isElsewhere: () => false },
    assigning: () => [],
    migrating: () => [],
  })
  return naming.kind === 'known' && naming.convention === defaultConvention
}

const passed = 'target_metadata=target_metadata'

test.each([
  ['without metadata', '', 'render_as_batch=True'],
  ['in the template', '# target_metadata = Base.metadata\ntarget_metadata = None', passed],
  ['with an annotation', 'target_metadata: MetaData | None = None', `${passed},`],
  ['with a literal', '', 'target_metadata=None'],
  ['with a docstring', '"""Pass target_metadata = Base.metadata."""', 'compare_type=True'],
  ['with a list', 'target_metadata = [Base.metadata]', passed],
])('no convention: %s', (_, given, options) => {
  expect(hasNoConvention(given, options)).toBe(true)
})

test.each([
  ['with metadata', 'target_metadata = Base.metadata', passed],
  ['with metadata as an argument', '', 'target_metadata=Base.metadata'],
  ['with None under a condition', 'target_metadata = None if x else Base.metadata', passed],
  ['with a second assignment', 'target_metadata = None\ntarget_metadata = get()', passed],
  ['with metadata from a call', '', 'target_metadata=target_metadata()'],
  ['with metadata from another file', 'from models import *', passed],
  ['with options that are unpacked', '', '**options'],
  ['with a loop variable', 'for target_metadata in all:\n    pass', passed],
  ['with code that binds any name', "target_metadata = None\nexec(open('env.cfg').read())", passed],
  ['with an assignment to globals', "target_metadata = None\nglobals()['target_metadata'] = get()", passed],
])('perhaps a convention: %s', (_, given, options) => {
  expect(hasNoConvention(given, options)).toBe(false)
})
