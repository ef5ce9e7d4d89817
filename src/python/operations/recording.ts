/** The operations that a run has recorded so far; what may not happen is recorded as opaque. */
import { dialectOf } from '../../core/dialect/index.ts'
import { type ObjectName, type Operation, changesSchema } from '../../core/history/operation.ts'
import { withStoredNames } from '../../core/history/stored-names.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type Run, sourceOf, spanOf } from '../interpreter/run.ts'
import { withoutWrites } from './sql/statements.ts'
import { shortened } from '../source/excerpt.ts'

/** Databases by SQLAlchemy's name for them. */
export type Dialect = 'postgresql' | 'sqlite'

export interface Recording {
  /** The database that the operations are meant for; null: any. */
  readonly dialect: Dialect | null
  readonly steps: Operation[]
}

/** A run, and what it records. */
export interface Context extends Recording {
  readonly run: Run
}

/** The steps with their names as the database stores them, where it is known which one it is. */
export function storedIn(
  { dialect }: Context,
  steps: readonly Operation[],
  writtenIn: 'Alembic' | 'SQL',
): readonly Operation[] {
  if (dialect === null) return steps
  return steps.map((step) => withStoredNames(step, dialectOf({ dialect }), writtenIn))
}

/** Adds operations; under a condition those that change the schema become opaque. */
export function emit(context: Context, steps: readonly Operation[], node: SyntaxNode): void {
  const { run } = context
  if (run.silent) return
  const { under } = run
  const autocommit = run.managers.some((one) => one.kind === 'manager' && one.does === 'autocommit')
  for (const step of steps) {
    if (under !== null && step.kind === 'data') context.steps.push(withoutWrites(step))
    else if (under === null || step.kind === 'opaque' || !changesSchema(step))
      context.steps.push(autocommit ? { ...step, autocommit: true } : step)
    else emitOpaque(context, node, under, touchesOf(step))
  }
}

/** Adds an operation of which only the tables are known, if that; null: it may touch anything. */
export function emitOpaque(
  { run, steps }: Context,
  node: SyntaxNode,
  reason: string,
  touches: readonly ObjectName[] | null,
): void {
  if (run.silent) return
  const source = shortened(sourceOf(run, node))
  steps.push({ kind: 'opaque', reason, source, touches, span: spanOf(run, node) })
}

/** The tables that a step touches; null where it may be others as well. */
function touchesOf(step: Operation): readonly ObjectName[] | null {
  switch (step.kind) {
    case 'renameTable':
      return [step.table, step.to]
    case 'dropTable':
      return step.cascade ? null : [step.table]
    case 'dropIndex':
      return step.table === null ? null : [step.table]
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
