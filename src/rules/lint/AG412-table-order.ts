import { neverHas } from '../../core/lint/dialect-guards.ts'
import { edit } from '../../core/findings/finding.ts'
import { descendantsOf } from '../../core/history/revision-graph.ts'
import { exampleMigration } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { StepTopic } from '../../core/lint/step-index.ts'
import { sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import type { Constraint, ObjectName, Operation } from '../../core/history/operation.ts'
import {
  type MigratedSchema,
  type MigratedTable,
  keyOfName,
  schemaAfter,
  tableOf,
  tablesWith,
} from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'

const orgs = "op.create_table('orgs', sa.Column('id', sa.Integer(), primary_key=True))"
const users = [
  'op.create_table(',
  "    'users',",
  "    sa.Column('id', sa.Integer(), primary_key=True),",
  "    sa.Column('org_id', sa.Integer(), sa.ForeignKey('orgs.id'), nullable=True),",
  ')',
]
const drops = ["op.drop_table('users')", "op.drop_table('orgs')"]

/** Reports tables created or dropped in an order that violates their foreign keys. */
const rule: MigrationRule = {
  code: 'AG412',
  name: 'table-order',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 7, read: 7, right: 7 },
  summary:
    'A foreign key references a table that is created later or dropped earlier, or a table is dropped while still referenced.',
  explanation: `PostgreSQL and MySQL require the referenced table to exist before the foreign key is created, and the
foreign key to be dropped before the table. Otherwise, the upgrade fails with \`relation "orgs" does not exist\`, and the
downgrade with \`cannot drop table orgs because other objects depend on it\`. SQLite doesn't check, so tests on SQLite
pass. The guard checks the order across the whole history and reports nothing after a step that it can't read.`,
  cure: 'Create the referenced table first and drop it last. If two tables reference each other, create both without one of the keys and add it afterwards with `op.create_foreign_key`; in `downgrade`, drop it first.',
  examples: {
    bad: {
      files: { 'a1.py': exampleMigration('a1', null, [...users, orgs], drops) },
      underlined: 'op.create_table(',
    },
    good: { files: { 'a1.py': exampleMigration('a1', null, [orgs, ...users], drops) } },
  },
  inspect(facts) {
    if (neverHas(facts.project, ({ verifiesConstraints }) => verifiesConstraints)) return []
    const { id } = facts.migration.revision
    const before = facts.history.schemaBefore(id)
    const steps = upgradeSteps(facts)
    const after = facts.history.schemaAfter(id)
    const { downgrade } = facts.migration
    const back = downgrade.kind === 'operations' ? downgrade.operations : []
    return [
      ...steps.flatMap((_, at) => early(facts, before, steps, at)),
      ...dropped(facts, before, steps, 'upgrade'),
      ...dropped(facts, after, back, 'downgrade'),
    ]
  },
}

/** Returns the latest earlier step that has one of the topics and passes `test`. */
function earlierStep(
  { history, migration }: LintFacts,
  topics: readonly StepTopic[],
  test: (step: Operation) => boolean,
): Operation | undefined {
  for (const { step } of history.steps.before(migration.revision.id, topics)) if (test(step)) return step
  return undefined
}

type ForeignKey = Extract<Constraint, { kind: 'foreignKey' }>

/** The foreign keys added by a step, each with its referencing table. */
function keysOf(step: Operation): readonly { readonly table: ObjectName; readonly key: ForeignKey }[] {
  const added =
    step.kind === 'addConstraint'
      ? [step.constraint]
      : step.kind === 'addColumn' || step.kind === 'createTable'
        ? step.constraints
        : []
  return added.flatMap((key) =>
    key.kind === 'foreignKey' && 'table' in step && step.table !== null ? [{ table: step.table, key }] : [],
  )
}

/** Reports foreign keys to tables that don't exist yet, or no longer exist. */
function early(facts: LintFacts, before: MigratedSchema, steps: readonly Operation[], at: number) {
  const step = steps[at]
  if (step === undefined) return []
  const { id } = facts.migration.revision
  return keysOf(step).flatMap(({ table, key }) => {
    const { target } = key
    if (sameTable(table, target)) return []
    const now = schemaAfter(before, { kind: 'operations', operations: steps.slice(0, at) }, id)
    if (tableOf(now, target) !== null) return []
    const place =
      madeLater(facts, steps.slice(at + 1), target) ?? goneBefore(facts, steps.slice(0, at), target)
    if (place === null) return []
    const [own, other] = [shown(table.name), shown(target.name)]
    const round = steps.slice(at).some((later) => isCreation(later, target) && refersTo(later, table))
    return [
      lintFinding(facts, step.span, {
        severity: 'error',
        message: `The foreign key from ${own} references ${other}, which ${place}.`,
        why: `The upgrade fails with UndefinedTable: relation "${other}" does not exist`,
        remedies: [
          edit(
            round
              ? `The two tables reference each other: create both without this key, then add it with op.create_foreign_key.`
              : `Create ${other} first.`,
            'likely',
          ),
        ],
      }),
    ]
  })
}

function isCreation(step: Operation, table: ObjectName): boolean {
  return step.kind === 'createTable' && !step.ifNotExists && sameTable(step.table, table)
}

function refersTo(step: Operation, table: ObjectName): boolean {
  return keysOf(step).some(({ key }) => sameTable(key.target, table))
}

/** Whether the step drops or renames the table, or is opaque and may change it. */
function mayTouch(step: Operation, table: ObjectName): boolean {
  if (step.kind === 'opaque')
    return step.touches === null || step.touches.some((one) => sameTable(one, table))
  return (step.kind === 'dropTable' || step.kind === 'renameTable') && sameTable(step.table, table)
}

/** A clause about the later step that creates the table, if known. */
function madeLater(facts: LintFacts, rest: readonly Operation[], table: ObjectName): string | null {
  const here = rest.findIndex((step) => isCreation(step, table))
  if (here !== -1) {
    return rest.slice(0, here).some((step) => mayTouch(step, table)) ? null : 'this migration creates later'
  }
  const { graph, history, migration } = facts
  const { id } = migration.revision
  if (rest.some((step) => mayTouch(step, table)) || history.steps.isUnreadAfter(id)) return null
  const creators = new Set<string>()
  for (const { id: later, step } of history.steps.after(id, [`name ${table.name}`, 'unknown'])) {
    if (mayTouch(step, table)) return null
    if (isCreation(step, table)) creators.add(later)
  }
  // Migrations on different branches may create the same table.
  const creator =
    creators.size < 2 ? [...creators][0] : [...descendantsOf(graph, [id])].find((one) => creators.has(one))
  return creator === undefined ? null : `${shown(creator)} creates later`
}

/** Describes the step that last dropped or renamed the table, unless the table was recreated afterward. */
function goneBefore(facts: LintFacts, own: readonly Operation[], table: ObjectName): string | null {
  const test = (step: Operation): boolean =>
    mayTouch(step, table) || (step.kind === 'createTable' && sameTable(step.table, table))
  const last = own.findLast(test) ?? earlierStep(facts, [`name ${table.name}`, 'unknown'], test)
  if (last?.kind === 'dropTable')
    return `was dropped earlier (${shown(last.span.path)}, line ${last.span.line})`
  return last?.kind === 'renameTable'
    ? `was renamed to ${shown(last.to.name)} earlier (${shown(last.span.path)}, line ${last.span.line})`
    : null
}

/** Reports dropped tables that another table still references. */
function dropped(
  facts: LintFacts,
  before: MigratedSchema,
  steps: readonly Operation[],
  direction: 'upgrade' | 'downgrade',
) {
  const { id } = facts.migration.revision
  return steps.flatMap((step, at) => {
    if (step.kind !== 'dropTable' || step.cascade) return []
    const now = schemaAfter(before, { kind: 'operations', operations: steps.slice(0, at) }, id)
    const past = [...(direction === 'downgrade' ? upgradeSteps(facts) : []), ...steps.slice(0, at)]
    const holder = tablesWith(now, `references ${keyOfName(step.table)}`).find((table) =>
      holds(facts, table, step.table, past),
    )
    if (holder === undefined) return []
    const [own, other] = [shown(step.table.name), shown(holder.name.name)]
    return [
      lintFinding(facts, step.span, {
        severity: 'error',
        message: `${direction}() drops ${own} while a foreign key on ${other} still references it.`,
        why: `The ${direction} fails with DependentObjectsStillExist: cannot drop table ${own} because other objects depend on it`,
        remedies: [edit(`Drop ${other}, or its foreign key, first.`, 'likely')],
      }),
    ]
  })
}

/** Whether the table is certain to have a foreign key to `target`. */
function holds(
  facts: LintFacts,
  table: MigratedTable,
  target: ObjectName,
  past: readonly Operation[],
): boolean {
  if (!table.complete || sameTable(table.name, target)) return false
  const keys = table.constraints.filter(
    (each) =>
      each.kind === 'foreignKey' &&
      sameTable(each.target, target) &&
      each.columns.every((column) => table.columns.has(column)),
  )
  const test = (step: Operation): boolean => mayLoseKey(step, table.name)
  const topics: readonly StepTopic[] = [`name ${table.name.name}`, 'unknown', 'cascade']
  return keys.length > 0 && !past.some(test) && earlierStep(facts, topics, test) === undefined
}

function mayLoseKey(step: Operation, table: ObjectName): boolean {
  if (step.kind === 'opaque')
    return step.touches === null || step.touches.some((one) => sameTable(one, table))
  if (step.kind === 'dropTable') return step.cascade
  if (step.kind === 'renameTable') return sameTable(step.to, table)
  const dropsKey = step.kind === 'dropConstraint' && (step.type === null || step.type === 'foreignKey')
  return dropsKey && sameTable(step.table, table)
}

export default rule
