/** Records operations while code is interpreted. A schema change that might not run becomes opaque. */
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import { dialectOf } from '../../core/dialect/index.ts'
import {
  type CatalogAfter,
  type DataStep,
  type ObjectName,
  type Opaque,
  type Operation,
  changesSchema,
} from '../../core/history/operation.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { LiveCatalog } from '../../core/history/live-catalog.ts'
import {
  type NamingConvention,
  dependsOnConvention,
  withConventionNames,
} from '../../core/names/naming-convention.ts'
import { withClippedNames, withStoredNames } from '../../core/names/stored-names.ts'
import type { AlembicVersion } from '../../core/history/alembic-version.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type Run, sourceOf, spanOf } from '../interpreter/run.ts'
import { withoutWrites } from './sql/statements.ts'
import { shortened } from '../source/excerpt.ts'
import type { ForeignKeyNames } from './compiled-keys.ts'
import type { IniOptions } from './ini-options.ts'

/** Facts about the project that affect how its migrations run. */
export interface ProjectFacts {
  /** Options in alembic.ini; undefined if unknown. */
  readonly iniOptions?: IniOptions
  /** Returns SQLAlchemy's major version; null if unknown. Undefined if calls removed in SQLAlchemy 2 don't matter. */
  readonly sqlalchemyMajor?: () => 1 | 2 | null
  /** Alembic's version; undefined if unknown. */
  readonly alembic?: AlembicVersion
  /** Returns the project's naming convention; null if unknown or irrelevant. Slow, so call it only when needed. */
  readonly convention?: () => NamingConvention | null
  /** Returns the files that Alembic runs: env.py and all migrations. Null if any can't be read. */
  readonly startFiles?: () => readonly Uint8Array[] | null
  /** How the file changes foreign key names; undefined if it doesn't. */
  readonly keyNames?: ForeignKeyNames
  /** Returns whether the environment variable is known to be unset. Undefined if this isn't known for any variable. */
  readonly isUnset?: (variable: string) => boolean
}

export interface Recording extends ProjectFacts {
  /** The kind of database; null if the operations apply to any kind. */
  readonly dialect: DialectName | null
  readonly steps: Operation[]
  /** SQL executed on the migration's own connection. */
  readonly texts: SqlText[]
  readonly asked: Asked
}

/** SQL executed by a migration, with a `hole` for each unknown part. */
export interface SqlText {
  readonly text: string
  readonly span: Span
  /** Number of operations recorded before the SQL. */
  readonly at: number
  /** True inside an `autocommit_block()`. */
  readonly autocommit: boolean
  /** False if the SQL depends on an unknown condition. */
  readonly certain: boolean
}

/** Tracks the migration's queries about the schema. */
export interface Asked {
  /** Returns the catalog after the given operations; null if queries can't be answered. */
  readonly catalogAfter: CatalogAfter | null
  /** False while module-level code is running. */
  running: boolean
  /** True after the function's first query. */
  any: boolean
  readonly names: ObjectName[]
  /** Number of queries that read rows. */
  rowQuestions: number
  lists: boolean
  /** Operations that might not run. */
  readonly possible: Operation[]
  /** Number of operations that run before the latest batch, which executes nothing until its block ends. */
  beforeBatch: number
  /** What `@compiles` changes the SQL of; null if nothing. */
  compiles: string | null
  /** The missing table that caused an exception; null if none did. */
  missing: ObjectName | null
}

/** Returns the state before the first query. */
export function nothingAsked(catalogAfter: CatalogAfter | null): Asked {
  return {
    catalogAfter,
    running: false,
    any: false,
    names: [],
    rowQuestions: 0,
    lists: false,
    possible: [],
    beforeBatch: 0,
    compiles: null,
    missing: null,
  }
}

/** Returns the schema at this point in the migration; null if unknown. */
export function catalogNow({ run, steps, asked }: RecordingContext): LiveCatalog | null {
  asked.any = true
  if (!asked.running || run.silent || asked.catalogAfter === null) return null
  const inBatch = run.managers.some(({ kind }) => kind === 'batch')
  const waiting = inBatch ? steps.slice(asked.beforeBatch) : []
  // Other operations in a batch's block run before the batch itself.
  if (waiting.some((step) => step.inBatch === undefined)) return null
  return asked.catalogAfter(steps.slice(0, steps.length - waiting.length))
}

/** A recording, along with the interpreter run that produces it. */
export interface RecordingContext extends Recording {
  readonly run: Run
}

/** Returns the steps with names as the database stores them, if the dialect is known. */
export function storedIn(
  { dialect }: RecordingContext,
  steps: readonly Operation[],
  writtenIn: 'Alembic' | 'SQL',
): readonly Operation[] {
  if (dialect === null) return steps
  return steps.map((step) => withStoredNames(step, dialectOf({ dialect }), writtenIn))
}

/** Returns a directive's steps, with names from the project's naming convention. */
export function namedByConvention(
  { convention }: RecordingContext,
  steps: readonly Operation[],
): readonly Operation[] {
  const found = steps.some(dependsOnConvention) ? (convention?.() ?? null) : null
  return found === null ? steps : steps.map((step) => withConventionNames(step, found))
}

/** Records SQL text unchanged, for rules that check the text itself. */
export function keepText({ run, steps, texts }: RecordingContext, text: string, span: Span): void {
  if (run.silent) return
  const autocommit = run.managers.some((one) => one.kind === 'manager' && one.does === 'autocommit')
  texts.push({ text, span, at: steps.length, autocommit, certain: run.under === null })
}

/** Records operations. Schema changes that might not run become opaque. */
export function emit(context: RecordingContext, steps: readonly Operation[], node: SyntaxNode): void {
  const { run } = context
  if (run.silent) return
  const { under } = run
  const autocommit = run.managers.some((one) => one.kind === 'manager' && one.does === 'autocommit')
  const attempt = run.attempt?.branch === run.branch && isInTransaction(context) ? run.attempt : null
  for (const written of steps) {
    const clipped =
      context.dialect === null ? written : withClippedNames(written, dialectOf({ dialect: context.dialect }))
    const step = under === null && !attempt ? clipped : withoutDrop(clipped)
    if (attempt && step.kind !== 'opaque')
      add(context, { ...step, swallowed: attempt.raises ? 'perhaps' : true })
    else if (under !== null && step.kind === 'data') {
      const possible = { operation: step, branch: run.branch }
      add(context, { ...uncertainData(step), ...((step.columns ?? step.tree) && { possible }) })
    } else if (under !== null && step.kind === 'unrelated')
      add(context, autocommit ? { ...withoutWrites(step), autocommit } : withoutWrites(step))
    else if (under === null || step.kind === 'opaque' || !changesSchema(step))
      add(context, autocommit ? { autocommit: true, ...step } : step)
    else {
      context.asked.possible.push(step)
      const possible = { operation: step, branch: run.branch }
      const alters = altersOf(step)
      const more = { possible, ...(alters && { alters }) }
      emitOpaque(context, node, under, touchesOf(step), typesOf(step), more)
    }
  }
}

/** Returns the step as one that may drop anything, because it's unclear whether it drops its function. */
function withoutDrop(step: Operation): Operation {
  if (step.kind !== 'opaque' || !step.dropsFunction) return step
  const { dropsFunction: _, ...rest } = step
  return rest
}

/** Adds a step. A batch runs its own steps when its block ends, after the other steps in the block. */
function add({ run, steps, asked }: RecordingContext, step: Operation): void {
  const batches = run.managers.filter(({ kind }) => kind === 'batch')
  const isFirst = batches.length > 0 && step.inBatch !== undefined && steps.length === asked.beforeBatch
  if (batches.length !== 1 || step.inBatch !== undefined)
    steps.push(isFirst ? { ...step, opensBatch: true } : step)
  else {
    steps.splice(asked.beforeBatch, 0, step)
    asked.beforeBatch += 1
  }
}

/**
 * Returns a data step for a statement that might not run, or might use another connection. Lists all tables and
 * functions that it may use.
 */
export function uncertainData({
  fills,
  writes,
  readOnly,
  drawsOn,
  changes = [],
  changesAny,
  mayCall,
  span,
}: DataStep): DataStep {
  return {
    kind: 'data',
    ...(readOnly && { readOnly }),
    ...(fills && { fills }),
    ...(writes && { changes: [...changes, writes.table] }),
    ...(drawsOn && { drawsOn }),
    ...(changesAny && { changesAny }),
    ...(mayCall && { mayCall }),
    span,
  }
}

/** Whether the statement runs in the migration's transaction, which any error would abort. */
function isInTransaction({ dialect, run }: RecordingContext): boolean {
  return dialect === 'postgresql' && run.managers.every(({ kind }) => kind === 'batch')
}

/** Records the exception that the function always raises. */
export function emitRaise(
  { steps, asked }: RecordingContext,
  { error, span }: NonNullable<Run['raised']>,
): void {
  // The exit status determines whether `sys.exit` fails the release.
  if (error.type === 'SystemExit') {
    steps.push({ kind: 'opaque', reason: 'it ends the process', source: error.message, touches: [], span })
  } else steps.push({ kind: 'raise', error, table: asked.missing, span })
}

/** Records an opaque operation. `touches` lists the tables that the operation may change; null means any. */
export function emitOpaque(
  { run, steps, dialect }: RecordingContext,
  node: SyntaxNode,
  reason: string,
  touches: readonly ObjectName[] | null,
  types?: readonly ObjectName[],
  more: Pick<Opaque, 'distant' | 'possible' | 'alters'> = {},
): void {
  if (run.silent) return
  // The rest of the body might not run.
  run.attempt = null
  const source = shortened(sourceOf(run, node))
  const span = spanOf(run, node)
  const step: Opaque = { kind: 'opaque', reason, source, touches, ...(types && { types }), ...more, span }
  steps.push(dialect === null ? step : withClippedNames(step, dialectOf({ dialect })))
}

/** Returns the types that a step changes. Undefined for opaque steps and for steps that create or drop schemas. */
function typesOf(step: Operation): readonly ObjectName[] | undefined {
  switch (step.kind) {
    case 'createEnum':
    case 'dropEnum':
    case 'addEnumValue':
      return [step.enum]
    case 'renameEnum':
      return [step.enum, { ...step.enum, name: step.to }]
    case 'createSchema':
    case 'dropSchema':
    case 'opaque':
      return undefined
    default:
      // A table's row type has the table's name, so the type is already covered.
      return []
  }
}

/** Returns which part of a table the step may change; null if the step may change more than that. */
function altersOf(step: Operation): Opaque['alters'] | null {
  switch (step.kind) {
    case 'createIndex':
    case 'addConstraint':
      return 'constraints'
    case 'dropConstraint':
      return step.cascade ? null : 'constraints'
    case 'alterColumn':
      return step.type === null && step.newName === null ? 'types' : null
    default:
      return null
  }
}

/** Returns all tables that a step may change; null if some are unknown. */
function touchesOf(step: Operation): readonly ObjectName[] | null {
  switch (step.kind) {
    case 'renameTable':
      return [step.table, step.to]
    case 'dropTable':
      return step.cascade ? null : [step.table]
    case 'dropIndex':
      return step.table === null ? [step.index] : [step.table]
    case 'renameIndex':
      return [step.index, { ...step.index, name: step.to }]
    case 'renameEnum':
      return []
    case 'createEnum':
    case 'addEnumValue':
    case 'createSchema':
      return []
    case 'createTable':
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'createIndex':
    case 'addConstraint':
    case 'dropConstraint':
      return [step.table]
    case 'opaque':
      return step.touches
    case 'dropEnum':
      return step.cascade ? null : []
    default:
      return null
  }
}
