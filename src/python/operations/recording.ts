/** The operations that a run has recorded so far; what may not happen is recorded as opaque. */
import type { DialectName } from '../../core/dialect/dialect.ts'
import { dialectOf } from '../../core/dialect/index.ts'
import {
  type CatalogAfter,
  type ObjectName,
  type Opaque,
  type Operation,
  changesSchema,
} from '../../core/history/operation.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { LiveCatalog } from '../../core/history/live-catalog.ts'
import { withStoredNames } from '../../core/history/stored-names.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type Run, sourceOf, spanOf } from '../interpreter/run.ts'
import { withoutWrites } from './sql/statements.ts'
import { shortened } from '../source/excerpt.ts'

export interface Recording {
  /** The database that the operations are meant for; null: any. */
  readonly dialect: DialectName | null
  readonly steps: Operation[]
  /** The SQL that it executes on its own connection, in order. */
  readonly texts: SqlText[]
  readonly asked: Asked
}

/** SQL as a migration executes it; a part that isn't known is written as `hole`. */
export interface SqlText {
  readonly text: string
  readonly span: Span
  /** Number of operations recorded before it. */
  readonly at: number
  /** It stands in an `autocommit_block()`. */
  readonly autocommit: boolean
  /** It stands under no condition that isn't known. */
  readonly certain: boolean
}

/** What the run asked the database about its schema. */
export interface Asked {
  /** Null: nobody answers. */
  readonly catalogAfter: CatalogAfter | null
  /** The function runs, not the module around it. */
  running: boolean
  /** It asked something. */
  any: boolean
  readonly names: ObjectName[]
  lists: boolean
  /** Operations under conditions that aren't known. */
  readonly possible: Operation[]
  /** The number of operations before the newest batch, which does nothing before its block ends. */
  beforeBatch: number
  /** The table for lack of which SQLAlchemy has raised an exception. */
  missing: ObjectName | null
}

/** Nothing was asked yet. */
export function nothingAsked(catalogAfter: CatalogAfter | null): Asked {
  return {
    catalogAfter,
    running: false,
    any: false,
    names: [],
    lists: false,
    possible: [],
    beforeBatch: 0,
    missing: null,
  }
}

/** The schema as the run finds it now; null: it isn't known. */
export function catalogNow({ run, steps, asked }: RecordingContext): LiveCatalog | null {
  asked.any = true
  if (!asked.running || run.silent || asked.catalogAfter === null) return null
  const inBatch = run.managers.some(({ kind }) => kind === 'batch')
  const waiting = inBatch ? steps.slice(asked.beforeBatch) : []
  // What isn't part of the batch is done at once, and before it.
  if (waiting.some((step) => step.inBatch === undefined)) return null
  return asked.catalogAfter(steps.slice(0, steps.length - waiting.length))
}

/** A run, and what it records. */
export interface RecordingContext extends Recording {
  readonly run: Run
}

/** The steps with their names as the database stores them, where it is known which one it is. */
export function storedIn(
  { dialect }: RecordingContext,
  steps: readonly Operation[],
  writtenIn: 'Alembic' | 'SQL',
): readonly Operation[] {
  if (dialect === null) return steps
  return steps.map((step) => withStoredNames(step, dialectOf({ dialect }), writtenIn))
}

/** Keeps SQL as it is written, for whoever judges the statements themselves. */
export function keepText({ run, steps, texts }: RecordingContext, text: string, span: Span): void {
  if (run.silent) return
  const autocommit = run.managers.some((one) => one.kind === 'manager' && one.does === 'autocommit')
  texts.push({ text, span, at: steps.length, autocommit, certain: run.under === null })
}

/** Adds operations; under a condition those that change the schema become opaque. */
export function emit(context: RecordingContext, steps: readonly Operation[], node: SyntaxNode): void {
  const { run } = context
  if (run.silent) return
  const { under } = run
  const autocommit = run.managers.some((one) => one.kind === 'manager' && one.does === 'autocommit')
  const attempted = run.attempt === node && isInTransaction(context)
  for (const step of steps) {
    if (attempted && step.kind !== 'opaque') context.steps.push({ ...step, swallowed: true })
    else if (under !== null && step.kind === 'data') {
      const possible = { operation: step, branch: run.branch }
      context.steps.push({ ...withoutWrites(step), ...(step.columns && { possible }) })
    } else if (under !== null && step.kind === 'unrelated') context.steps.push(withoutWrites(step))
    else if (under === null || step.kind === 'opaque' || !changesSchema(step))
      context.steps.push(autocommit ? { ...step, autocommit: true } : step)
    else {
      context.asked.possible.push(step)
      const possible = { operation: step, branch: run.branch }
      emitOpaque(context, node, under, touchesOf(step), typesOf(step), { possible })
    }
  }
}

/** Is a statement certainly part of the migration's transaction, which an error then ends? */
function isInTransaction({ dialect, run }: RecordingContext): boolean {
  return dialect === 'postgresql' && run.managers.every(({ kind }) => kind === 'batch')
}

/** Adds the exception with which the function certainly ends. */
export function emitRaise(
  { steps, asked }: RecordingContext,
  { error, span }: NonNullable<Run['raised']>,
): void {
  // What `sys.exit` makes of a release depends on its status.
  if (error.type === 'SystemExit') {
    steps.push({ kind: 'opaque', reason: 'it ends the process', source: error.message, touches: [], span })
  } else steps.push({ kind: 'raise', error, table: asked.missing, span })
}

/** Adds an operation of which only the tables are known, if that; null: it may touch anything. */
export function emitOpaque(
  { run, steps }: RecordingContext,
  node: SyntaxNode,
  reason: string,
  touches: readonly ObjectName[] | null,
  types?: readonly ObjectName[],
  more: Pick<Opaque, 'distant' | 'possible'> = {},
): void {
  if (run.silent) return
  const source = shortened(sourceOf(run, node))
  const span = spanOf(run, node)
  steps.push({ kind: 'opaque', reason, source, touches, ...(types && { types }), ...more, span })
}

/** Types that a step makes or drops; undefined: that isn't known, or it makes a schema. */
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
      // A table is a type, too, and is doubted by its name.
      return []
  }
}

/** The tables that a step touches; null where it may be others as well. */
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
