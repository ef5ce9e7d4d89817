import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { isMadeHere, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { hasWords, includesWords, nameAt } from '../../core/lint/sql-statement.ts'
import { shown } from '../../core/text/display.ts'

/** Reports TRUNCATE … CASCADE, which may empty tables that the migration doesn't name. */
const rule: MigrationRule = {
  code: 'AG431',
  name: 'truncate-cascade',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  riskTag: 'irreversible',
  lock: { table: 'users', mode: 'AccessExclusiveLock' },
  summary: 'TRUNCATE … CASCADE also empties every table that references the listed table.',
  explanation:
    'CASCADE follows foreign keys from table to table and empties every table it reaches, including tables added after the migration was written. It takes an ACCESS EXCLUSIVE lock on each one. Only a backup can bring the rows back.',
  cure: 'Name every table: `TRUNCATE a, b` fails if another table references one of them, and the error names that table.',
  examples: {
    bad: {
      files: afterTables(["op.execute('TRUNCATE users CASCADE')"], ['pass']),
      underlined: "op.execute('TRUNCATE users CASCADE')",
    },
    good: { files: afterTables(['op.execute("DELETE FROM users WHERE name = \'test\'")'], ['pass']) },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    const steps = upgradeSteps(facts)
    return facts.migration.sql.upgrade.flatMap((statement) => {
      if (!hasWords(statement, 0, 'truncate') || !includesWords(statement, 'cascade')) return []
      const behind = hasWords(statement, 1, 'table') ? 2 : 1
      const table = nameAt(statement, hasWords(statement, behind, 'only') ? behind + 1 : behind)
      if (table !== null && isMadeHere(steps, table, statement.at)) return []
      const name = table === null ? 'a table' : shown(table.name)
      return [
        lintFinding(facts, statement.span, {
          severity: 'warning',
          message: `TRUNCATE ... CASCADE empties ${name} and every table that references it, directly or indirectly.`,
          why: "Tables that this migration doesn't list also lose their rows.",
          remedies: [edit('Instead of CASCADE, list every table that should be emptied.', 'likely')],
        }),
      ]
    })
  },
}

export default rule
