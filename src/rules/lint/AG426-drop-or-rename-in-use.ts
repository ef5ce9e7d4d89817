import { edit } from '../../core/finding.ts'
import { exampleMigration, firstTables } from '../../core/lint-example.ts'
import { type MigrationRule, found } from '../../core/lint-rule.ts'
import { lockedTable, upgradeSteps } from '../../core/lock-facts.ts'
import type { ObjectName, Operation } from '../../core/operation.ts'
import { brings } from '../../core/renamed.ts'
import { shown } from '../../core/text.ts'

/** Something goes away under the release that is still running. */
const rule: MigrationRule = {
  code: 'AG426',
  name: 'drop-or-rename-in-use',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  summary: 'A table or column is dropped or renamed while the release before still uses it.',
  explanation: `The migration runs while the previous release still answers requests. Its models name every column of a
table in every SELECT, so from the moment a column is dropped or renamed it fails with \`UndefinedColumn\`, until the new
release has taken over; a roll back of the code fails likewise. The statement itself is short, but needs an ACCESS
EXCLUSIVE lock: it waits behind every open transaction on the table, and everybody else waits behind it.`,
  cure: `Two releases: first one that no longer names it (for a column: take it out of the model, or mark it
\`deferred\`), then the migration that drops it. For a rename: add the new one, write to both, move the readers, then drop
the old one. For a table, a view under the old name keeps readers going. \`SET lock_timeout\` keeps the wait short.`,
  examples: {
    bad: {
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration(
          'b2',
          'a1',
          ["op.alter_column('users', 'name', new_column_name='full_name')"],
          ["op.alter_column('users', 'full_name', new_column_name='name')"],
        ),
      },
      underlined: "op.alter_column('users', 'name', new_column_name='full_name')",
    },
    good: {
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration(
          'b2',
          'a1',
          ["op.rename_table('users', 'people')", "op.execute('CREATE VIEW users AS SELECT * FROM people')"],
          ["op.execute('DROP VIEW users')", "op.rename_table('people', 'users')"],
        ),
      },
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      const lost = lostBy(step)
      if (lost === null) return []
      const back = steps.slice(at + 1).some((later) => brings(later, lost.table.name, lost.column))
      const locked = lockedTable(facts, lost.table, at)
      if (back || locked === null || !wasThere(steps.slice(0, at), lost)) return []
      const name =
        lost.column === null
          ? `table ${shown(locked.name)}`
          : `column ${shown(locked.name)}.${shown(lost.column)}`
      return [
        found(facts, step.span, {
          severity: 'warning',
          message: `The ${name} is ${lost.to === null ? 'dropped' : `renamed to ${shown(lost.to)}`} under an ACCESS EXCLUSIVE lock while the release before still names it.`,
          why: `Until the new release has taken over, and after a roll back, its queries fail with ${lost.column === null ? 'UndefinedTable' : 'UndefinedColumn'}`,
          evidence: locked.evidence,
          remedies: [
            edit(
              lost.to === null
                ? 'Release code that no longer names it first, and drop it in the release after.'
                : 'Add the new one beside it, write to both, and drop the old one in a later release.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

interface Lost {
  readonly table: ObjectName
  readonly column: string | null
  readonly to: string | null
}

function lostBy(step: Operation): Lost | null {
  switch (step.kind) {
    case 'dropTable':
      return { table: step.table, column: null, to: null }
    case 'dropColumn':
      return { table: step.table, column: step.column, to: null }
    case 'renameTable':
      return { table: step.table, column: null, to: step.to.name }
    case 'alterColumn':
      if (step.newName === null || step.newName === step.column) return null
      return { table: step.table, column: step.column, to: step.newName }
    default:
      return null
  }
}

/** Was it there before this migration? What one of its steps adds, or gives this name, is known to nobody else. */
function wasThere(before: readonly Operation[], { table, column }: Lost): boolean {
  return column === null || !before.some((step) => brings(step, table.name, column))
}

export default rule
