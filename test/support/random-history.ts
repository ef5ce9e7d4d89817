/** Random valid and invalid histories, version tables and targets. */
import {
  type Arbitrary,
  array,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  option,
  record,
} from 'fast-check'
import type { AlembicVersion } from '../../src/core/history/alembic-version.ts'
import { type DatabaseState, type VersionRow, emptyDatabase } from '../../src/core/history/database-state.ts'
import type { Binding, MigrationModule, PyValue } from '../../src/core/history/migration-module.ts'
import type { Repository } from '../../src/core/history/repository.ts'
import { pythonRepr } from '../../src/core/text/python-text.ts'
import type { JudgedState } from './judge.ts'

/** A file in a random history. */
export interface RandomFile {
  readonly name: string
  readonly revision: string
  readonly downRevision: PyValue
  readonly dependsOn: PyValue
  readonly branchLabels: PyValue
  readonly upgrade: 'takes nothing' | 'takes all' | 'missing'
}

/** Files, rows and a target. `rows` is null if there is no version table. */
export interface RandomState {
  readonly files: readonly RandomFile[]
  readonly rows: readonly VersionRow[] | null
  readonly target: string
  readonly keywords: readonly string[]
  readonly transactionPerMigration: boolean
}

const none: PyValue = { kind: 'none' }
const str = (value: string): PyValue => ({ kind: 'str', value })

/** Unusual or easily confused ids. */
const pool = [
  'aaaa11',
  'bbbb22',
  'aaaa12',
  'cccc33',
  'b',
  'aaaa1',
  '0001',
  'dddd',
  'abc',
  'é_44',
  'eeee55',
  'f.6 x',
]
const oddIds = ['head', 'base', 'heads', '', "it's01", 'a-1', 'x@y', 'a:b', 'BBBB22', 'zz  ']
const labels = ['left', 'right', 'lef', 'l']

/** Refers to an earlier revision, a random one, a label, or a missing revision. */
type Ref =
  | { readonly kind: 'back'; readonly by: number }
  | { readonly kind: 'any'; readonly at: number }
  | { readonly kind: 'text'; readonly text: string }

const ref: Arbitrary<Ref> = oneof(
  { weight: 120, arbitrary: nat(4).map((by): Ref => ({ kind: 'back', by })) },
  { weight: 1, arbitrary: nat(11).map((at): Ref => ({ kind: 'any', at })) },
  {
    weight: 1,
    arbitrary: constantFrom('gone00', 'left', 'aaaa', 'head').map((text): Ref => ({ kind: 'text', text })),
  },
)

interface FileSpec {
  readonly id: number
  readonly odd: string | null
  readonly parents: readonly Ref[]
  readonly dependencies: readonly Ref[]
  readonly labels: readonly string[]
  readonly container: 'tuple' | 'list' | 'set'
  readonly strange: PyValue | null
  readonly upgrade: RandomFile['upgrade']
}

const fileSpec: Arbitrary<FileSpec> = record({
  id: oneof({ weight: 80, arbitrary: constant(0) }, { weight: 1, arbitrary: nat(11) }),
  odd: oneof({ weight: 200, arbitrary: constant(null) }, { weight: 1, arbitrary: constantFrom(...oddIds) }),
  parents: oneof(
    { weight: 2, arbitrary: constant([]) },
    { weight: 10, arbitrary: array(ref, { minLength: 1, maxLength: 1 }) },
    { weight: 4, arbitrary: array(ref, { minLength: 2, maxLength: 3 }) },
  ),
  dependencies: oneof(
    { weight: 10, arbitrary: constant([]) },
    { weight: 3, arbitrary: array(ref, { minLength: 1, maxLength: 3 }) },
  ),
  labels: oneof(
    { weight: 30, arbitrary: constant([]) },
    { weight: 1, arbitrary: array(constantFrom(...labels, 'bbbb22'), { minLength: 1, maxLength: 2 }) },
  ),
  container: oneof(
    { weight: 20, arbitrary: constant('tuple' as const) },
    { weight: 1, arbitrary: constantFrom('list' as const, 'set' as const) },
  ),
  strange: oneof(
    { weight: 200, arbitrary: constant(null) },
    {
      weight: 1,
      arbitrary: constantFrom<PyValue>(
        str(''),
        { kind: 'bool', value: false },
        { kind: 'bool', value: true },
        { kind: 'int', value: '5' },
        { kind: 'tuple', items: [none] },
        { kind: 'tuple', items: [str('aaaa11'), none] },
        { kind: 'tuple', items: [] },
      ),
    },
  ),
  upgrade: oneof(
    { weight: 50, arbitrary: constant('takes all' as const) },
    { weight: 1, arbitrary: constantFrom('missing' as const, 'takes nothing' as const) },
  ),
})

interface RowSpec {
  readonly kind: 'id' | 'part' | 'text' | 'null' | 'int'
  readonly at: number
  readonly text: string
}

const rowSpec: Arbitrary<RowSpec> = record({
  kind: oneof(
    { weight: 16, arbitrary: constant('id' as const) },
    { weight: 2, arbitrary: constantFrom('part' as const, 'text' as const) },
    { weight: 1, arbitrary: constantFrom('null' as const, 'int' as const) },
  ),
  at: nat(11),
  text: constantFrom(
    'gone00',
    'left',
    'head',
    'heads',
    'base',
    '',
    '-1',
    '-2',
    'left@aaaa11',
    '+1',
    'BBBB22',
    'bbbb22 ',
  ),
})

interface TargetSpec {
  readonly form: string
  readonly at: number
  readonly other: number
  readonly label: string
}

const targetSpec: Arbitrary<TargetSpec> = record({
  form: oneof(
    { weight: 9, arbitrary: constantFrom('head', 'heads', 'heads') },
    {
      weight: 3,
      arbitrary: constantFrom('id', 'part', 'label', 'label@head', 'label@heads', '+1', '+2', '+3'),
    },
    {
      weight: 2,
      arbitrary: constantFrom(
        '-1',
        '+0',
        'label@+1',
        'label@+2',
        'id+1',
        'id+2',
        'id-1',
        'id-2',
        'base',
        '',
        'gone00',
        'id@head',
        'label@id',
        'id:id',
        'head-1',
        'heads-1',
        'label@id+1',
        'label@-1',
        'id@+1',
        'base+1',
        'label@base',
        '@head',
        'head@head',
        'part@heads',
        'left@',
      ),
    },
  ),
  at: nat(11),
  other: nat(11),
  label: constantFrom(...labels, 'left', 'left'),
})

/** Generates arbitrary states. Alembic accepts most of their histories. */
export const randomState: Arbitrary<RandomState> = record({
  files: array(fileSpec, { maxLength: 10, size: 'max' }),
  rows: option(array(rowSpec, { maxLength: 3 }), { freq: 5 }),
  target: targetSpec,
  keywords: oneof(
    { weight: 9, arbitrary: constant([]) },
    { weight: 1, arbitrary: constant(['engine_name']) },
  ),
  transactionPerMigration: boolean(),
}).map(({ files, rows, target, keywords, transactionPerMigration }) => {
  const ids = files.map((file, place) => file.odd ?? pool[(place + file.id) % pool.length] ?? '')
  const idAt = (at: number): string => ids[at % Math.max(ids.length, 1)] ?? 'gone00'
  return {
    files: files.map((file, place) => fileOf(file, place, ids)),
    rows: rows && rows.map((row) => rowOf(row, idAt(row.at))),
    target: targetOf(target, idAt(target.at), idAt(target.other)),
    keywords,
    transactionPerMigration,
  }
})

function fileOf(spec: FileSpec, place: number, ids: readonly string[]): RandomFile {
  const nameOf = (one: Ref): string | null => {
    if (one.kind === 'text') return one.text
    if (one.kind === 'any') return ids[one.at % ids.length] ?? null
    return ids[place - 1 - one.by] ?? ids[place - 1] ?? null
  }
  const namesOf = (refs: readonly Ref[]): readonly string[] => refs.flatMap((one) => nameOf(one) ?? [])
  return {
    name: `${String(place).padStart(2, '0')}_m.py`,
    revision: ids[place] ?? '',
    downRevision: spec.strange ?? valueOf(namesOf(spec.parents), spec.container),
    dependsOn: valueOf(namesOf(spec.dependencies), spec.container),
    branchLabels: valueOf(spec.labels, 'tuple'),
    upgrade: spec.upgrade,
  }
}

function valueOf(names: readonly string[], container: FileSpec['container']): PyValue {
  const [only] = names
  if (only === undefined) return none
  if (names.length === 1 && container === 'tuple') return str(only)
  const items = container === 'set' ? [...new Set(names)] : names
  return { kind: container, items: items.map(str) }
}

function rowOf(spec: RowSpec, id: string): VersionRow {
  if (spec.kind === 'null') return { kind: 'null' }
  if (spec.kind === 'int') return { kind: 'not-text', repr: '1001' }
  if (spec.kind === 'text') return { kind: 'text', value: spec.text }
  return { kind: 'text', value: spec.kind === 'id' ? id : id.slice(0, 3) }
}

function targetOf({ form, label }: TargetSpec, id: string, other: string): string {
  if (form === 'id:id') return `${id}:${other}`
  return form
    .replace('part', id.slice(0, 4))
    .replace('label', label)
    .replace(/\bid\b/, form.startsWith('label') ? other : id)
}

/** Returns the state as input for Alembic. */
export function judgedState(
  state: RandomState,
  table = sqliteTable,
  afterwards: readonly string[] = [],
): JudgedState {
  return {
    files: Object.fromEntries(state.files.map((file) => [file.name, sourceOf(file)])),
    statements:
      state.rows === null
        ? []
        : [
            table,
            ...state.rows.map((row) => `INSERT INTO alembic_version VALUES (${sqlOf(row)})`),
            ...afterwards,
          ],
    target: state.target,
    configure: state.transactionPerMigration ? { transaction_per_migration: true } : {},
    keywords: Object.fromEntries(state.keywords.map((name) => [name, 'x'])),
  }
}

/**
 * In a column without a type, SQLite keeps numbers as numbers. In a table without a primary key, rows can be
 * duplicates.
 */
const sqliteTable = 'CREATE TABLE alembic_version (version_num)'

function sqlOf(row: VersionRow): string {
  if (row.kind === 'null') return 'NULL'
  return row.kind === 'text' ? `'${row.value.replaceAll("'", "''")}'` : row.repr
}

function sourceOf(file: RandomFile): string {
  const lines = [
    `revision = ${pythonRepr(file.revision)}`,
    `down_revision = ${literalOf(file.downRevision)}`,
    `depends_on = ${literalOf(file.dependsOn)}`,
    `branch_labels = ${literalOf(file.branchLabels)}`,
  ]
  if (file.upgrade === 'takes all') lines.push('def upgrade(**keywords): pass')
  if (file.upgrade === 'takes nothing') lines.push('def upgrade(): pass')
  return `${lines.join('\n')}\n`
}

function literalOf(value: PyValue): string {
  if (value.kind === 'str') return pythonRepr(value.value)
  if (value.kind === 'bool') return value.value ? 'True' : 'False'
  if (value.kind === 'int') return value.value
  if (!('items' in value)) return 'None'
  const items = value.items.map(literalOf).join(', ')
  if (value.kind === 'list') return `[${items}]`
  if (value.kind === 'tuple') return value.items.length === 1 ? `(${items},)` : `(${items})`
  return `{${items}}`
}

/** Converts the state to the core's input. `order` lists the files in load order. */
export function repositoryOf(
  state: RandomState,
  alembic: AlembicVersion,
  order: readonly string[] = state.files.map(({ name }) => name),
): Repository {
  const byName = new Map(state.files.map((file) => [file.name, moduleOf(file)]))
  return {
    ...emptyRepository(alembic),
    modules: order.flatMap((name) => byName.get(name) ?? []),
    env: {
      ...emptyRepository(alembic).env,
      runMigrationsKeywords: state.keywords,
      transactionPerMigration: state.transactionPerMigration,
    },
  }
}

/** Returns a project without migrations. */
export function emptyRepository(alembic: AlembicVersion): Repository {
  return {
    config: 'alembic.ini',
    section: 'alembic',
    scriptLocation: 'migrations',
    versionLocations: ['migrations/versions'],
    recursive: false,
    alembic: { version: alembic, source: null },
    env: {
      path: 'migrations/env.py',
      versionTable: null,
      versionTableSchema: null,
      transactionPerMigration: false,
      runMigrationsKeywords: [],
      computed: [],
    },
    fileTemplate: '',
    outputEncoding: 'utf-8',
    modules: [],
    listingError: null,
    remarks: [],
  }
}

/** Returns the module that the migration reader would produce. */
export function moduleOf(file: RandomFile): MigrationModule {
  const path = `migrations/versions/${file.name}`
  const span = { path, line: 1, column: 1 }
  const binding = (value: PyValue): Binding => ({ kind: 'value', value, span })
  return {
    path,
    revision: binding(str(file.revision)),
    downRevision: binding(file.downRevision),
    dependsOn: binding(file.dependsOn),
    branchLabels: binding(file.branchLabels),
    doc: null,
    upgrade:
      file.upgrade === 'missing'
        ? { kind: 'unbound' }
        : { kind: 'function', required: [], keywords: file.upgrade === 'takes all' ? null : [], span },
    downgrade: { kind: 'unbound' },
    raises: null,
    unreadable: null,
  }
}

/** Returns a database whose version table has no constraints. */
export function databaseStateOf(
  dialect: DatabaseState['dialect'],
  rows: readonly VersionRow[] | null,
): DatabaseState {
  const empty = emptyDatabase(dialect)
  if (rows === null) return empty
  const columns = [{ name: 'version_num', type: '', nullable: true, hasDefault: false }]
  return {
    ...empty,
    versionTable: { ...empty.versionTable, exists: true, relation: 'table', columns },
    versions: rows,
  }
}

/** Describes a state, Alembic's result and the prediction. */
export function storyOf(state: RandomState, real: unknown, predicted: unknown): string {
  const files = state.files.map((file) => `# ${file.name}\n${sourceOf(file)}`).join('')
  const { rows, target, keywords, transactionPerMigration } = state
  const rest = JSON.stringify({ rows, target, keywords, transactionPerMigration })
  return `${files}${rest}\nAlembic: ${JSON.stringify(real)}\npredicted: ${JSON.stringify(predicted)}`
}
