/** What env.py does to the database before the first migration runs, as far as its text says it. Data only. */
import type { DatabaseState, VersionTable } from './database-state.ts'
import type { DialectName } from '../dialect/dialect.ts'
import type { Span } from './migration-module.ts'
import type { ObjectName, Operation } from './operation.ts'

/** What env.py says, read without running it. A null means: not said as a literal, or not said at all. */
export interface EnvFacts {
  readonly path: string | null
  readonly versionTable: string | null
  readonly versionTableSchema: string | null
  /** `transaction_per_migration=True` given as a literal. */
  readonly transactionPerMigration: boolean
  /** Its statements may commit by themselves, or Alembic begins no transaction. Absent: neither. */
  readonly mayAutocommit?: true
  /** Keyword names of `context.run_migrations(engine_name=…)`: every upgrade() must take them. */
  readonly runMigrationsKeywords: readonly string[]
  /** What env.py does to a database of each kind before the migrations; absent: nothing. */
  readonly effects?: Readonly<Record<DialectName, EnvEffects>>
  /** Options of `context.configure` that are there but computed, with their source text. */
  readonly computed: readonly { readonly option: string; readonly expression: string; readonly span: Span }[]
}

/** The effects on one kind of database. */
export interface EnvEffects {
  /** The schemas that it puts on `search_path`; absent: it leaves the path alone, or `doubts` says that it may not. */
  readonly searchPath?: readonly string[]
  /** The role of its `SET ROLE`; absent: none. */
  readonly role?: string
  /** `each`: every migration runs in a transaction of its own; `unknown`: that, or none. Absent: one for all. */
  readonly transactions?: 'each' | 'unknown'
  /** A statement after which nothing that the migrations do is committed; absent: there is none, or it isn't certain. */
  readonly uncommitted?: UncommittedStatement
  /** Statements that change the schema or rows, in order. Migrations find what these leave. */
  readonly operations: readonly Operation[]
  /** What the guard can't follow, in order. */
  readonly doubts: readonly EnvDoubt[]
}

/**
 * env.py's own statement on the connection of the migrations, before `context.configure` and without a commit. `with`:
 * `always`, or only where SQLAlchemy 2 is installed, whose every connection begins a transaction by itself.
 */
export interface UncommittedStatement {
  readonly with: 'always' | 'sqlalchemy 2'
  readonly span: Span
}

/** One place that can't be followed, and what it may change. */
export interface EnvDoubt {
  /** Continues "env.py:41 …": `calls prepare(connection), which the guard can't follow`. */
  readonly what: string
  readonly span: Span
  readonly touches: EnvTouch
}

/**
 * What a place may change: `everything` of the database; where `names` without a schema lead; what the role may do
 * (`rights`); objects that are missing so far (`new objects`); how long a revision id may be (`version width`); or
 * the tables or the schema that it names.
 */
export type EnvTouch =
  | { readonly kind: 'everything' | 'names' | 'rights' | 'new objects' | 'version width' }
  | { readonly kind: 'tables'; readonly tables: readonly ObjectName[] }
  | { readonly kind: 'schema'; readonly schema: string }

/** An env.py that does nothing to the database but run migrations. */
export const noEffects: EnvEffects = { operations: [], doubts: [] }

/** The effects on a database of this kind. */
export function effectsOn(env: EnvFacts, dialect: DatabaseState['dialect']): EnvEffects {
  const { transactionPerMigration, mayAutocommit, computed } = env
  const effects = env.effects?.[dialect] ?? noEffects
  const unclear = mayAutocommit || computed.some(({ option }) => option === 'transaction_per_migration')
  if (!unclear && !transactionPerMigration) return effects
  return { ...effects, transactions: unclear ? 'unknown' : 'each' }
}

/** The first doubt that costs one of these; null: there is none. */
export function doubtAbout({ doubts }: EnvEffects, ...kinds: readonly EnvTouch['kind'][]): EnvDoubt | null {
  return doubts.find(({ touches }) => kinds.includes(touches.kind)) ?? null
}

/** `migrations/env.py:41 calls prepare(connection), which the guard can't follow`. */
export function doubtText({ what, span }: EnvDoubt): string {
  return `${span.path}:${span.line} ${what}`
}

/** Are the rights that were read those that the migrations will have? Not if env.py changes role or schemas unseen. */
export function rightsCertain(env: EnvFacts, dialect: DatabaseState['dialect']): boolean {
  const effects = effectsOn(env, dialect)
  const makes = effects.operations.some(({ kind }) => kind !== 'data')
  return !makes && doubtAbout(effects, 'everything', 'rights', 'names', 'schema') === null
}

/** Might env.py make this schema before Alembic looks for its table? */
export function mayMakeSchema(env: EnvFacts, dialect: DialectName, schema: string): boolean {
  const effects = effectsOn(env, dialect)
  const makes = effects.operations.some((step) =>
    step.kind === 'createSchema' ? step.schema === schema : step.kind === 'opaque',
  )
  const named = effects.doubts.some(({ touches }) => touches.kind === 'schema' && touches.schema === schema)
  return makes || named || doubtAbout(effects, 'everything', 'names', 'new objects') !== null
}

/**
 * The state that Alembic finds after env.py has prepared the database: schemas that it creates are on the search
 * path, and a version table that it makes or widens is there and wide.
 */
export function stateAfterEnv(state: DatabaseState, env: EnvFacts): DatabaseState {
  const effects = effectsOn(env, state.dialect)
  const { operations, searchPath: set } = effects
  const mayWiden = doubtAbout(effects, 'version width', 'everything') !== null
  if (operations.length === 0 && !mayWiden) return state
  const created = new Set(operations.flatMap((step) => (step.kind === 'createSchema' ? [step.schema] : [])))
  const path = set?.filter((schema) => created.has(schema) || state.searchPath.includes(schema))
  const searchPath = path && path.length >= state.searchPath.length ? path : state.searchPath
  const versionTable = tableAfterEnv(state.versionTable, operations)
  const schema = versionTable.schema ?? searchPath[0] ?? null
  return {
    ...state,
    searchPath,
    versionTable: { ...versionTable, schema, ...(mayWiden && { mayWiden }) },
  }
}

function tableAfterEnv(table: VersionTable, operations: readonly Operation[]): VersionTable {
  const width = widthAfter(operations, table)
  const made = operations.find((step) => step.kind === 'createTable' && step.table.name === table.name)
  if (table.exists || made?.kind !== 'createTable' || made.columns === null)
    return width === undefined || !table.exists ? table : { ...table, ...widened(table, width) }
  return {
    ...table,
    schema: made.table.schema ?? table.schema,
    exists: true,
    relation: 'table',
    columns: made.columns.map(({ name, type, nullable, serverDefault }) => ({
      name,
      type: type.postgres ?? type.source,
      nullable: nullable !== false,
      hasDefault: serverDefault.kind !== 'none',
    })),
    width: width ?? null,
    unique: made.constraints.some((one) => 'columns' in one && one.columns.join() === 'version_num'),
  }
}

/** The width of `version_num` after these operations, null for none that is known; undefined: they leave it alone. */
export function widthAfter(
  operations: readonly Operation[],
  { name }: Pick<VersionTable, 'name'>,
): number | null | undefined {
  let width: number | null | undefined
  for (const step of operations) {
    if (!('table' in step) || step.table?.name !== name) continue
    if (step.kind === 'alterColumn' && step.column === 'version_num' && step.type)
      width = widthOf(step.type.postgres)
    if (step.kind === 'createTable') {
      const column = step.columns?.find((one) => one.name === 'version_num')
      if (column) width = widthOf(column.type.postgres)
    }
  }
  return width
}

/** Characters that a type of PostgreSQL holds; null: no limit, or none that is known. */
function widthOf(type: string | null): number | null {
  const found = /^character varying\((\d+)\)$/.exec(type ?? '')
  return found ? Number(found[1]) : null
}

/** The version table with a column of this width. */
export function widened(
  { columns }: VersionTable,
  width: number | null,
): Pick<VersionTable, 'width' | 'columns'> {
  const type = width === null ? 'text' : `character varying(${width})`
  return {
    width,
    columns: columns.map((column) => (column.name === 'version_num' ? { ...column, type } : column)),
  }
}
