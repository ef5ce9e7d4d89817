/** What following a migration gathers on its way: the steps so far, and whether what comes next is sure to happen. */
import type { ObjectName, Operation } from '../../core/schema/operation.ts'
import { changesSchema } from '../../core/schema/operation.ts'
import type { Span } from '../../core/history/migration-module.ts'
import { shortened } from '../header/module-facts.ts'
import type { SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import type { Scope, Term } from './abstract-values.ts'

/** Databases by SQLAlchemy's name for them. */
export type Dialect = 'postgresql' | 'sqlite'

export interface Run {
  readonly tree: SyntaxTree
  readonly path: string
  /** The database that the steps are meant for; null: any. */
  readonly dialect: Dialect | null
  readonly module: Scope
  readonly steps: Operation[]
  /** Why what is followed now may not happen; null when it is sure to. */
  under: string | null
  /** What is followed now stands in an `autocommit_block()`. */
  autocommit: boolean
  /** Statements and calls that may still be followed, so that loops end. */
  budget: number
  /** Functions that are being followed, one in the other. */
  depth: number
  /** Set in the arguments of a column, where people compute nothing but types. */
  inColumn: boolean
}

/** Thrown when a file asks for too much; caught where the reading begins. */
export class TooMuch extends Error {}

export function spend(run: Run): void {
  run.budget--
  if (run.budget < 0) throw new TooMuch()
}

export function spanOf(run: Run, node: SyntaxNode): Span {
  return { path: run.path, ...run.tree.positionOf(node) }
}

/** Adds steps; under a condition those that change the schema become opaque. */
export function emit(run: Run, steps: readonly Operation[], node: SyntaxNode): void {
  const { under } = run
  for (const step of steps) {
    if (under === null || step.kind === 'opaque' || !changesSchema(step))
      run.steps.push(run.autocommit ? { ...step, autocommit: true } : step)
    else emitOpaque(run, node, under, touchesOf(step))
  }
}

/** Adds a step of which only the tables are known, if that; null: it may touch anything. */
export function emitOpaque(
  run: Run,
  node: SyntaxNode,
  reason: string,
  touches: readonly ObjectName[] | null,
): void {
  const source = shortened(run.tree.sourceOf(node))
  run.steps.push({ kind: 'opaque', reason, source, touches, span: spanOf(run, node) })
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

/** Could whoever gets this change the schema with it? */
export function isCapable(term: Term): boolean {
  switch (term.kind) {
    case 'bind':
    case 'batch':
    case 'context':
    case 'function':
    case 'globals':
      return true
    case 'imported':
      return term.path.startsWith('alembic.')
    case 'member':
      return isCapable(term.owner)
    case 'items':
      return term.items.some(isCapable)
    default:
      return false
  }
}
