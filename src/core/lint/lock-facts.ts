/** Facts about PostgreSQL locks: whether a table is new, and how big it is. */
import { postgresql } from '../dialect/postgresql.ts'
import { mayRunOn } from './dialect-guards.ts'
import type { LintFacts } from './lint-rule.ts'
import type { Severity } from '../findings/finding.ts'
import type { ObjectName, Operation } from '../history/operation.ts'
import { keyOfName } from '../schema/migrated-schema.ts'

/** A table whose lock can block other sessions. */
export interface LintLockedTable {
  readonly name: string
  /** An error if the live table is known to be large; otherwise, a warning. */
  readonly severity: Severity
  /** Size of the live table; null if unknown. */
  readonly size: { readonly rows: number | null; readonly bytes: number } | null
}

/** Tables of at least this size in bytes take a long time to rewrite or scan. */
const largeBytes = 100 * 1024 * 1024

/** The steps of `upgrade`; empty if unreadable. */
export function upgradeSteps({ migration }: LintFacts): readonly Operation[] {
  return migration.upgrade.kind === 'operations' ? migration.upgrade.operations : []
}

/** Whether two names refer to the same table. */
export function sameTable(a: ObjectName, b: ObjectName): boolean {
  return keyOfName(a) === keyOfName(b)
}

/** Whether an earlier step creates the table, in which case nobody else can use it yet. */
export function isMadeHere(steps: readonly Operation[], table: ObjectName, at: number): boolean {
  let name = keyOfName(table)
  for (const step of steps.slice(0, at).toReversed()) {
    if (step.kind === 'renameTable' && keyOfName(step.to) === name) name = keyOfName(step.table)
    if (step.kind === 'createTable' && keyOfName(step.table) === name) return true
    if (step.kind === 'opaque' && mayCreate(step, name)) return true
  }
  return false
}

/** Whether unanalyzed code, such as a loop, may create the table. */
function mayCreate({ source, touches }: Extract<Operation, { kind: 'opaque' }>, name: string): boolean {
  const named = touches === null || touches.some((table) => keyOfName(table) === name)
  return named && /create[_\s]+table/i.test(source)
}

/**
 * Whether unparsed SQL earlier in the file creates the table (`DO $$ … CREATE TABLE users`), or any materialized
 * view.
 */
function isWrittenOut(facts: LintFacts, { name }: ObjectName, at: number): boolean {
  const steps = upgradeSteps(facts)
  const unsure = steps.slice(0, at).some(({ kind }) => kind === 'opaque')
  const text = facts.migration.source.lines.slice(0, steps[at]?.span.line ?? 1).join('\n')
  const what = unsure ? '(?:table|materialized\\s+view)' : 'materialized\\s+view'
  const named = `(?<!\\w)${name.replace(/[^\w]/g, '\\$&')}(?!\\w)`
  return new RegExp(`create\\s+${what}\\s[^(;]*${named}`, 'i').test(text)
}

/** Returns the locked table; null if it is new, missing or small, or if the database isn't PostgreSQL. */
export function lockedTable(facts: LintFacts, table: ObjectName, at: number): LintLockedTable | null {
  const steps = upgradeSteps(facts)
  if (!mayRunOn(facts.project, postgresql) || isMadeHere(steps, table, at) || isWrittenOut(facts, table, at))
    return null
  const name = table.schema === null ? table.name : `${table.schema}.${table.name}`
  if (facts.live === null) return { name, severity: 'warning', size: null }
  const live = facts.live.sizeOf(originOf(steps, table, at))
  if (live === null) return null
  const rows = live.rows < 0 ? null : live.rows
  if ((rows ?? 0) < facts.project.options.largeTableRows && live.bytes < largeBytes) return null
  return { name, severity: 'error', size: { rows, bytes: live.bytes } }
}

/** The table's name in the live database, before this migration renames it. */
function originOf(steps: readonly Operation[], table: ObjectName, at: number): ObjectName {
  let origin = table
  for (const step of steps.slice(0, at).toReversed()) {
    if (step.kind === 'renameTable' && sameTable(step.to, origin)) origin = step.table
  }
  return origin
}
