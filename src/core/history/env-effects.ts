/** How env.py affects the database before the first migration. */
import type { DatabaseState, VersionTable } from './database-state.ts'
import type { DialectName } from '../dialect/dialect-name.ts'
import type { Span } from './migration-module.ts'
import type { ObjectName, Operation } from './operation.ts'

/**
 * Facts from the source of env.py, which is never executed. Null means that an option is missing or isn't a literal.
 */
export interface EnvFacts {
  readonly path: string | null
  readonly versionTable: string | null
  readonly versionTableSchema: string | null
  /** Whether env.py contains a literal `transaction_per_migration=True`. */
  readonly transactionPerMigration: boolean
  /** Whether env.py may enable autocommit or prevent Alembic from beginning a transaction. */
  readonly mayAutocommit?: true
  /** Whether env.py may change options from alembic.ini before the migrations run. */
  readonly mayChangeOptions?: true
  /** Whether env.py creates the engine itself, without options that may enable autocommit. */
  readonly ownEngine?: true
  /** Whether env.py mentions SQLite's `foreign_keys` setting. */
  readonly mayEnforceKeys?: true
  /**
   * Keyword arguments that env.py passes to `context.run_migrations`, such as `engine_name`. Every `upgrade()` must
   * accept them.
   */
  readonly runMigrationsKeywords: readonly string[]
  /** Effects that env.py has before the migrations run, by dialect. */
  readonly effects?: Readonly<Record<DialectName, EnvEffects>>
  /** Options that env.py sets to a computed value, and the source text of each value. */
  readonly computed: readonly { readonly option: string; readonly expression: string; readonly span: Span }[]
}

/** Effects of env.py when it runs with a given dialect. */
export interface EnvEffects {
  /**
   * Schemas in the `search_path` that env.py sets. Undefined if code listed in `doubts` may change the `search_path`.
   */
  readonly searchPath?: readonly string[]
  /** Role that env.py sets with `SET ROLE`. */
  readonly role?: string
  /**
   * How the migrations are split into transactions. `each`: every migration has its own. `unknown`: env.py may enable
   * autocommit, for example. Undefined if all migrations share one.
   */
  readonly transactions?: 'each' | 'unknown'
  /** Same as {@link EnvFacts.ownEngine}. */
  readonly ownEngine?: true
  /**
   * True if the operations already use the database's final names, because env.py has no naming convention or the
   * convention was already applied.
   */
  readonly namesFinal?: true
  /** Why the metadata's naming convention is unknown; undefined if it's known, or if no name depends on it. */
  readonly unknownNaming?: UnknownNaming
  /** Same as {@link EnvFacts.mayEnforceKeys}. */
  readonly mayEnforceKeys?: true
  /** Statement in env.py that keeps the migrations from being committed. */
  readonly uncommitted?: UncommittedStatement
  /** Statements in env.py, in order, that change the schema or rows before the migrations run. */
  readonly operations: readonly Operation[]
  /** Code in env.py that the guard can't follow, in order. */
  readonly doubts: readonly EnvDoubt[]
}

/**
 * A statement that env.py runs before `context.configure` without committing. It leaves a transaction open in all
 * SQLAlchemy versions (`always`), or only in SQLAlchemy 2, where connections begin transactions automatically.
 */
export interface UncommittedStatement {
  readonly with: 'always' | 'sqlalchemy 2'
  readonly span: Span
}

/** Why the naming convention is unknown. `what` is the text to show after the location in env.py. */
export type UnknownNaming = Pick<EnvDoubt, 'what' | 'span'>

/** Code that the guard can't follow, and what it may change. */
export interface EnvDoubt {
  /**
   * Text to show after a location such as `env.py:41`, for example `calls prepare(connection), which the guard can't
   * follow`.
   */
  readonly what: string
  readonly span: Span
  readonly touches: EnvTouch
}

/**
 * What the code may change. `everything`: anything in the database. `names`: the meaning of unqualified names.
 * `rights`: the role's privileges. `new objects`: nothing that exists, but it may create missing objects.
 * `version width`: the maximum length of revision ids. `tables` or `schema`: only those tables or that schema.
 */
export type EnvTouch =
  | { readonly kind: 'everything' | 'names' | 'rights' | 'new objects' | 'version width' }
  | { readonly kind: 'tables'; readonly tables: readonly ObjectName[] }
  | { readonly kind: 'schema'; readonly schema: string }

/** Effects of an env.py that only runs the migrations. */
export const noEffects: EnvEffects = { operations: [], doubts: [] }

/** Returns the effects of env.py for this dialect. */
export function effectsOn(env: EnvFacts, dialect: DatabaseState['dialect']): EnvEffects {
  const { transactionPerMigration, mayAutocommit, ownEngine, mayEnforceKeys, computed } = env
  const found = env.effects?.[dialect] ?? noEffects
  const effects = {
    ...found,
    ...(ownEngine && { ownEngine }),
    ...(mayEnforceKeys && { mayEnforceKeys }),
  }
  const unclear = mayAutocommit || computed.some(({ option }) => option === 'transaction_per_migration')
  if (!unclear && !transactionPerMigration) return effects
  return { ...effects, transactions: unclear ? 'unknown' : 'each' }
}

/** Returns the first reason to doubt any of these kinds of effects; null if there is none. */
export function doubtAbout({ doubts }: EnvEffects, ...kinds: readonly EnvTouch['kind'][]): EnvDoubt | null {
  return doubts.find(({ touches }) => kinds.includes(touches.kind)) ?? null
}

/** Formats a doubt, such as `migrations/env.py:41 calls prepare(connection), which the guard can't follow`. */
export function doubtText({ what, span }: Pick<EnvDoubt, 'what' | 'span'>): string {
  return `${span.path}:${span.line} ${what}`
}

/**
 * Whether the migrations will run with the privileges that the guard read. False if env.py may change the role or the
 * schemas.
 */
export function rightsCertain(env: EnvFacts, dialect: DatabaseState['dialect']): boolean {
  const effects = effectsOn(env, dialect)
  const makes = effects.operations.some(
    (step) => step.kind !== 'data' && !(step.kind === 'unrelated' && step.extension),
  )
  return !makes && doubtAbout(effects, 'everything', 'rights', 'names', 'schema') === null
}

/** Whether env.py may create this schema before Alembic looks for its version table. */
export function mayMakeSchema(env: EnvFacts, dialect: DialectName, schema: string): boolean {
  const effects = effectsOn(env, dialect)
  const makes = effects.operations.some((step) =>
    step.kind === 'createSchema' ? step.schema === schema : step.kind === 'opaque',
  )
  const named = effects.doubts.some(({ touches }) => touches.kind === 'schema' && touches.schema === schema)
  return makes || named || doubtAbout(effects, 'everything', 'names', 'new objects') !== null
}

/**
 * Returns the state of the database after env.py's own statements, which may create schemas or change the version
 * table.
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

/**
 * Returns the maximum length of `version_num` after these operations; null if unlimited or unknown, undefined if
 * unchanged.
 */
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

/** Returns the maximum length of a PostgreSQL type, in characters; null if unlimited or unknown. */
function widthOf(type: string | null): number | null {
  const found = /^character varying\((\d+)\)$/.exec(type ?? '')
  return found ? Number(found[1]) : null
}

/** Returns the version table's `width` and `columns` for a new maximum length of `version_num`. */
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
