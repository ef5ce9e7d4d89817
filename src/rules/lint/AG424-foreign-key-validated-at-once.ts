import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { notValidFix } from '../../core/lint/not-valid-fix.ts'
import { isMadeHere, lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import type { Constraint, Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

/** Reports foreign keys that PostgreSQL validates on creation, while both tables are locked. */
const rule: MigrationRule = {
  code: 'AG424',
  name: 'foreign-key-validated-at-once',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 731, read: 30, right: 30 },
  riskTag: 'locks',
  lock: {
    table: 'users',
    mode: 'ShareRowExclusiveLock',
    said: 'DEBUG:  validating foreign key constraint "fk_users_org"',
  },
  summary: 'A new foreign key on an existing table immediately validates all rows.',
  explanation: `\`ADD FOREIGN KEY\` takes a SHARE ROW EXCLUSIVE lock on both tables and then checks every row. Reads
continue, but every INSERT, UPDATE and DELETE on either table waits until the migration's transaction ends. With
NOT VALID, existing rows aren't checked, so the lock is brief. \`VALIDATE CONSTRAINT\` checks them later under a
lock that doesn't block writes. Tables that the same migration creates aren't reported.`,
  cure: 'Add the key with `postgresql_not_valid=True`. In the next migration (a separate transaction), run `op.execute("ALTER TABLE … VALIDATE CONSTRAINT …")`.',
  examples: {
    bad: {
      files: afterTables(
        ["op.create_foreign_key('fk_users_org', 'users', 'orgs', ['org_id'], ['id'])"],
        ["op.drop_constraint('fk_users_org', 'users', type_='foreignkey')"],
      ),
      underlined: "op.create_foreign_key('fk_users_org', 'users', 'orgs', ['org_id'], ['id'])",
    },
    good: {
      files: afterTables(
        [
          'op.create_foreign_key(',
          "    'fk_users_org', 'users', 'orgs', ['org_id'], ['id'], postgresql_not_valid=True",
          ')',
        ],
        ["op.drop_constraint('fk_users_org', 'users', type_='foreignkey')"],
      ),
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      if (isInline(facts, step)) return []
      return keysOf(step).flatMap((key) => {
        const { table } = step as Extract<Operation, { kind: 'addConstraint' }>
        const locked = lockedTable(facts, table, at)
        if (locked === null) return []
        const isNew = isMadeHere(steps, key.target, at)
        const [own, target] = [shown(locked.name), shown(key.target.name)]
        const both = own === target || isNew ? own : `${own} and ${target}`
        return [
          lintFinding(facts, step.span, {
            severity: locked.severity,
            message: `Adding the foreign key from ${own} to ${target} checks every row under a SHARE ROW EXCLUSIVE lock on ${both}.`,
            why: `Reads continue, but every INSERT, UPDATE and DELETE on ${both} waits until the migration's transaction ends.`,
            evidence: sizeRows(locked),
            remedies: [
              edit(
                'Add the key with postgresql_not_valid=True, and run VALIDATE CONSTRAINT in the next migration.',
                'likely',
              ),
            ],
            ...(step.kind === 'addConstraint' && notValidFix(facts, step, at)),
          }),
        ]
      })
    })
  },
}

/**
 * Whether one statement adds the column and its foreign key. The column contains only NULLs, so no rows are checked.
 */
function isInline({ migration }: LintFacts, step: Operation): boolean {
  if (step.kind !== 'addColumn' || step.column.serverDefault.kind !== 'none') return false
  const { line, column } = step.span
  const directive = migration.source.calls.find(
    ({ range, written }) => range.line === line && range.column === column && written.endsWith('add_column'),
  )
  return directive === undefined || directive.args.some(({ keyword }) => keyword === 'inline_references')
}

type ForeignKey = Extract<Constraint, { kind: 'foreignKey' }>

/** The foreign keys that a step adds and validates. */
function keysOf(step: Operation): readonly ForeignKey[] {
  const added =
    step.kind === 'addConstraint' ? [step.constraint] : step.kind === 'addColumn' ? step.constraints : []
  return added.flatMap((each) => (each.kind === 'foreignKey' && each.notValid !== true ? [each] : []))
}

export default rule
