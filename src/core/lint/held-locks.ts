/** Finds ACCESS EXCLUSIVE locks on existing tables, and determines how long they are held. */
import type { ObjectName, Operation } from '../history/operation.ts'
import type { LintFacts } from './lint-rule.ts'
import { type LintLockedTable, lockedTable, upgradeSteps } from './lock-facts.ts'
import { type SqlStatement, hasWords, includesWords, indexOfWords, nameAt } from './sql-statement.ts'

/** An ACCESS EXCLUSIVE lock on a table that existed before the migration. */
export interface HeldLock {
  readonly locked: LintLockedTable
  readonly table: ObjectName
  /** Index of the step that takes the lock. */
  readonly at: number
}

/** Tables on which the step takes an ACCESS EXCLUSIVE lock. */
function exclusiveOn(facts: LintFacts, step: Operation, at: number): readonly ObjectName[] {
  switch (step.kind) {
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'dropTable':
    case 'renameTable':
    case 'dropConstraint':
    case 'renameConstraint':
      return [step.table]
    case 'addConstraint':
      return step.constraint.kind === 'foreignKey' ? [] : [step.table]
    case 'dropIndex': {
      const table = step.concurrently ? null : (step.table ?? tableOfIndex(facts, step.index, at))
      return table === null ? [] : [table]
    }
    default:
      return []
  }
}

/** The table that an index belongs to; null if unknown. */
export function tableOfIndex(facts: LintFacts, index: ObjectName, at: number): ObjectName | null {
  const { history, migration } = facts
  const isMade = (step: Operation) => step.kind === 'createIndex' && step.index.name === index.name
  const here = upgradeSteps(facts).slice(0, at).findLast(isMade)
  if (here?.kind === 'createIndex') return here.table
  for (const { step } of history.steps.before(migration.revision.id, [`name ${index.name}`])) {
    if (step.kind === 'createIndex' && isMade(step)) return step.table
  }
  return null
}

/** ALTER TABLE actions that take an ACCESS EXCLUSIVE lock but have no operation kind of their own. */
const alterations = [
  ['row', 'level', 'security'],
  ['owner', 'to'],
  ['set', 'schema'],
  ['set', 'logged'],
  ['set', 'unlogged'],
  ['set', 'tablespace'],
  ['replica', 'identity'],
]

/**
 * For statements without an operation kind of their own, returns the tables on which raw SQL takes an ACCESS
 * EXCLUSIVE lock.
 */
function exclusiveOnSql(statement: SqlStatement): readonly ObjectName[] {
  const skip = (at: number, ...words: readonly string[]): number =>
    hasWords(statement, at, ...words) ? at + words.length : at
  if (hasWords(statement, 0, 'alter', 'table')) {
    // ATTACH PARTITION takes only SHARE UPDATE EXCLUSIVE on the partitioned table (PostgreSQL 12 and later).
    const attached = indexOfWords(statement, 'attach', 'partition')
    const table = nameAt(statement, attached === -1 ? skip(skip(2, 'if', 'exists'), 'only') : attached + 2)
    if (attached !== -1) return table === null ? [] : [table]
    return table !== null && alterations.some((words) => includesWords(statement, ...words)) ? [table] : []
  }
  if (hasWords(statement, 0, 'drop', 'trigger')) {
    const table = nameAt(statement, indexOfWords(statement, 'on') + 1)
    return table === null ? [] : [table]
  }
  const isWeaker = includesWords(statement, 'in') && !includesWords(statement, 'in', 'access', 'exclusive')
  const isLock = hasWords(statement, 0, 'lock') && !isWeaker
  if (!isLock && !hasWords(statement, 0, 'truncate')) return []
  const tables: ObjectName[] = []
  for (let at = skip(1, 'table'); ; at++) {
    at = skip(at, 'only')
    const table = nameAt(statement, at)
    if (table === null) return tables
    tables.push(table)
    at = skip(at + (table.schema === null ? 1 : 3), '*')
    if (!hasWords(statement, at, ',')) return tables
  }
}
/** Locks in the order in which they are taken. Excludes locks taken in an `autocommit_block()`. */
export function exclusiveLocks(facts: LintFacts): readonly HeldLock[] {
  const steps = upgradeSteps(facts)
  const taken = steps.map((step, at) => ({ ...step, at, tables: exclusiveOn(facts, step, at) }))
  const inSql = facts.migration.sql.upgrade.flatMap((statement) => {
    const { span, at, autocommit, certain } = statement
    const isStep = certain && steps[at]?.span.line === span.line && steps[at].span.path === span.path
    return isStep ? [{ at, autocommit, tables: exclusiveOnSql(statement) }] : []
  })
  return [...taken, ...inSql]
    .toSorted((left, right) => left.at - right.at)
    .flatMap(({ tables, at, autocommit }) =>
      (autocommit === true ? [] : tables).flatMap((table) => {
        const locked = lockedTable(facts, table, at)
        return locked === null ? [] : [{ locked, table, at }]
      }),
    )
}

/** Whether the transaction ends between two steps. An `autocommit_block()` commits all earlier steps. */
export function commitsBetween(steps: readonly Operation[], from: number, to: number): boolean {
  return steps
    .slice(from, to)
    .some((step) => step.autocommit === true || (step.kind === 'unrelated' && step.what === 'transaction'))
}
