/** Simulates row-level security policies, and tracks the columns used by new policies and triggers. */
import { columnReferences } from '../../expressions/expression.ts'
import { parseExpression } from '../../expressions/parse-expression.ts'
import type { ObjectName, Operation, Unrelated } from '../../history/operation.ts'
import type { StatementOutcome } from '../database-error.ts'
import { type SimulatedSchema, type SimulatedTable, findRelation, folded } from '../simulated-schema.ts'
import { checkRowStatement } from '../rows/statements.ts'
import { acceptsCheck } from './expression-spots.ts'

/** Whether the statement definitely creates its policy. Policies are fully known only for a new table. */
export function createsPolicy(world: SimulatedSchema, { newPolicy }: Unrelated): boolean {
  const table = newPolicy && tableOf(world, newPolicy.table)
  if (!newPolicy || !table || table.origin !== null || !table.columnsSure) return false
  const known = world.newPolicies.get(table) ?? (world.newPolicies.has(table) ? null : [])
  if (!known || known.includes(folded(world, newPolicy.name))) return false
  const columns = { name: newPolicy.table.name, columns: table.columns, columnsSure: true }
  const fits = newPolicy.conditions.every(
    ({ text, query }) =>
      acceptsCheck(world, columns, text) || (query && checkRowStatement(world, query) === null),
  )
  return fits && world.writesSure && world.rightsKept
}

/** Returns the failure of a new policy whose condition uses a missing object; null if none is predicted. */
export function tryPolicy(world: SimulatedSchema, { newPolicy }: Unrelated): StatementOutcome {
  for (const { query } of newPolicy?.conditions ?? []) {
    const judged = query && checkRowStatement(world, query)
    if (judged !== null && judged !== 'unsure') return judged
  }
  return null
}

/** Records the created or dropped policy, and the columns used by a new policy or trigger. */
export function notePolicies(world: SimulatedSchema, step: Operation): void {
  if (step.kind === 'alterColumn' && step.newName !== null) return noteRenamed(world, step.table, step)
  if (step.kind !== 'unrelated') return
  const { what, newPolicy, drops, trigger, perhapsOn, needs = [] } = step
  if (!/^(?:trigger|policy)$/.test(what)) return
  const names = drops ? [drops.table] : perhapsOn ? [perhapsOn] : needs
  const tables = names.length > 0 ? names.map((name) => tableOf(world, name)) : allTables(world)
  const isSure = createsPolicy(world, step)
  const columns = newPolicy
    ? newPolicy.conditions.flatMap(({ text }) => columnsOf(text))
    : trigger
      ? [...trigger.columns, ...columnsOf(trigger.condition)]
      : [null]
  for (const table of tables) {
    if (!table) continue
    if (what === 'policy') world.newPolicies.set(table, policiesAfter(world, table, step, isSure))
    if (!drops) use(world, table, columns)
  }
}

function allTables({ relations }: SimulatedSchema): readonly (SimulatedTable | null)[] {
  return [...relations.values()].map(({ kind, table }) => (kind === 'table' ? table : null))
}

function policiesAfter(
  world: SimulatedSchema,
  table: SimulatedTable,
  { newPolicy, drops }: Unrelated,
  isSure: boolean,
): readonly string[] | null {
  const known = world.newPolicies.has(table) ? (world.newPolicies.get(table) ?? null) : []
  if (known === null || drops?.name === null) return null
  if (drops) return known.filter((one) => one !== drops.name)
  return newPolicy && isSure ? [...known, folded(world, newPolicy.name)] : null
}

/** Columns in a condition. An entry is null if the condition isn't understood. */
function columnsOf(condition: string | null): readonly (string | null)[] {
  if (condition === null) return []
  const parsed = parseExpression(condition)
  return parsed ? columnReferences(parsed).map(({ name }) => name) : [null]
}

function use(world: SimulatedSchema, table: SimulatedTable, columns: readonly (string | null)[]): void {
  const used = world.usedColumns.get(table)
  const names = columns.filter((name) => name !== null)
  const isKnown = used !== null && names.length === columns.length
  world.usedColumns.set(
    table,
    isKnown ? new Set([...(used ?? []), ...names.map((name) => folded(world, name))]) : null,
  )
}

function noteRenamed(
  world: SimulatedSchema,
  name: ObjectName,
  { column, newName }: { readonly column: string; readonly newName: string | null },
): void {
  const table = tableOf(world, name)
  if (table && newName !== null && world.usedColumns.get(table)?.has(folded(world, column)))
    use(world, table, [newName])
}

/** Whether a trigger or policy in a pending migration may use the column. */
export function isUsedByParts(world: SimulatedSchema, name: ObjectName, column: string): boolean {
  const table = tableOf(world, name)
  const used = table && world.usedColumns.get(table)
  return used === null ? table !== null : used?.has(folded(world, column)) === true
}

function tableOf(world: SimulatedSchema, name: ObjectName): SimulatedTable | null {
  const { presence, value } = findRelation(world, name)
  return presence === 'present' && value?.kind === 'table' ? value.table : null
}
