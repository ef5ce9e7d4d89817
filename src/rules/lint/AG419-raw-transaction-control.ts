import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { isNotForPostgres, mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { hasWords, includesWords } from '../../core/lint/sql-statement.ts'

/** Keywords that end Alembic's transaction, with their effects. */
const endings: ReadonlyMap<string, 'commit' | 'rollback'> = new Map([
  ['commit', 'commit'],
  ['end', 'commit'],
  ['rollback', 'rollback'],
  ['abort', 'rollback'],
])

/** Reports migrations that end Alembic's transaction themselves. */
const rule: MigrationRule = {
  code: 'AG419',
  name: 'raw-transaction-control',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 58, read: 58, right: 58 },
  summary: 'A migration runs COMMIT or ROLLBACK itself.',
  explanation: `Alembic and the driver assume that their transaction is still open. After \`COMMIT\`, the effects of earlier
statements remain even if the migration fails later, and the version row isn't written with them: the next upgrade
starts over on a partially changed schema. With psycopg2, every later statement commits separately. \`ROLLBACK\`
undoes what the upgrade did so far, but Alembic still records the revision as applied. For statements that can't run
in a transaction, use \`autocommit_block()\`, whose commits Alembic keeps track of. A \`BEGIN\` in an
open transaction only causes a warning.`,
  cure: 'Put the statement inside `with op.get_context().autocommit_block():`, preferably in a separate migration, and set `transaction_per_migration=True` in env.py.',
  examples: {
    bad: {
      files: afterTables(
        ['op.execute("COMMIT")', 'op.execute("CREATE INDEX CONCURRENTLY ix_name ON users (name)")'],
        ['op.execute("DROP INDEX ix_name")'],
      ),
      underlined: 'op.execute("COMMIT")',
    },
    good: {
      files: afterTables(
        [
          'with op.get_context().autocommit_block():',
          '    op.execute("CREATE INDEX CONCURRENTLY ix_name ON users (name)")',
        ],
        ['op.execute("DROP INDEX ix_name")'],
      ),
    },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    const { sql, source } = facts.migration
    const found = [...sql.upgrade, ...sql.downgrade].find((statement) => {
      if (statement.autocommit) return false
      if (![...endings.keys()].some((word) => hasWords(statement, 0, word))) return false
      // Savepoints and prepared transactions don't end Alembic's transaction.
      if (includesWords(statement, 'to') || includesWords(statement, 'prepared')) return false
      const call = source.calls.find(
        ({ range }) => range.line === statement.span.line && range.column === statement.span.column,
      )
      return call === undefined || !isNotForPostgres(call)
    })
    if (found === undefined) return []
    const [first] = found.tokens
    const commits = endings.get(first?.word ?? '') === 'commit'
    const word = (first?.word ?? '').toUpperCase()
    return [
      lintFinding(facts, found.span, {
        severity: 'warning',
        message: `This migration runs ${word} itself, but Alembic assumes that its transaction is still open.`,
        why: commits
          ? "If a later statement fails, the schema is left partially changed, and the version row isn't written."
          : 'ROLLBACK reverts everything that the upgrade has done so far, but Alembic still records the revision as applied.',
        remedies: [
          edit(
            'Use "with op.get_context().autocommit_block():" for statements that can\'t run in a transaction.',
            'likely',
          ),
        ],
      }),
    ]
  },
}

export default rule
