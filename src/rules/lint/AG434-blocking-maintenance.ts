import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { isMadeHere, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { type SqlStatement, hasWords, includesWords, nameAt } from '../../core/lint/sql-statement.ts'
import type { ObjectName } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const cluster = "op.execute('CLUSTER users USING users_pkey')"

/** Reports blocking maintenance statements that have a less disruptive alternative. */
const rule: MigrationRule = {
  code: 'AG434',
  name: 'blocking-maintenance',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 4, read: 4, right: 4 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', rewrites: true },
  summary:
    'REINDEX, VACUUM FULL, CLUSTER, REFRESH MATERIALIZED VIEW or DETACH PARTITION blocks other sessions.',
  explanation:
    '`VACUUM FULL` and `CLUSTER` rewrite the table under an ACCESS EXCLUSIVE lock. `REINDEX` blocks writers and queries that would use the index. `REFRESH MATERIALIZED VIEW` blocks readers of the view, and `DETACH PARTITION` blocks all access to the partitioned table. All but the first two have a CONCURRENTLY option. A rehearsal uses this code to report locks that exceed `--max-lock`.',
  cure: "Use `REINDEX … CONCURRENTLY` (PostgreSQL 12), `REFRESH MATERIALIZED VIEW CONCURRENTLY` (requires a unique index) or `DETACH PARTITION … CONCURRENTLY` (PostgreSQL 14). Use an `autocommit_block()` for statements that can't run in a transaction. Instead of VACUUM FULL and CLUSTER, use `pg_repack` outside migrations.",
  examples: {
    bad: { files: afterTables([cluster], ['pass']), underlined: cluster },
    good: { files: afterTables(["op.execute('ANALYZE users')"], ['pass']) },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    return facts.migration.sql.upgrade.flatMap((statement) => {
      const found = blocking(statement)
      if (found === null || (found.object !== null && isNew(facts, found.object, statement.at))) return []
      const name = found.object === null ? 'its target' : shown(found.object.name)
      return [
        lintFinding(facts, statement.span, {
          severity: 'warning',
          message: `${found.what} ${found.does.replace(/\bit\b/, () => name)}.`,
          why: `${found.waits} until the statement has finished and the migration's transaction ends.`,
          remedies: [edit(found.instead, 'likely')],
        }),
      ]
    })
  },
}

interface Maintenance {
  readonly what: string
  readonly does: string
  readonly waits: string
  readonly instead: string
  /** Null if the table is unknown, or if the whole database is affected. */
  readonly object: ObjectName | null
}

function blocking(statement: SqlStatement): Maintenance | null {
  const { tokens } = statement
  if (hasWords(statement, 0, 'cluster')) {
    const at = hasWords(statement, 1, 'verbose') ? 2 : 1
    return { ...rewriting, what: 'CLUSTER', object: nameAt(statement, at) }
  }
  if (hasWords(statement, 0, 'vacuum')) {
    const full = tokens.slice(0, 8).findIndex(({ word }) => word === 'full')
    if (full === -1) return null
    let at = full + 1
    while ([')', ',', 'analyze', 'verbose', 'freeze'].includes(tokens[at]?.word ?? '')) at++
    return { ...rewriting, what: 'VACUUM FULL', object: nameAt(statement, at) }
  }
  if (hasWords(statement, 0, 'refresh', 'materialized', 'view') && !hasWords(statement, 3, 'concurrently')) {
    return {
      what: 'REFRESH MATERIALIZED VIEW',
      does: 'recomputes it under an ACCESS EXCLUSIVE lock',
      waits: 'Every query on the view waits',
      instead: 'Use REFRESH MATERIALIZED VIEW CONCURRENTLY; it requires a unique index on the view.',
      object: nameAt(statement, 3),
    }
  }
  if (hasWords(statement, 0, 'reindex') && !tokens.slice(0, 8).some(({ word }) => word === 'concurrently')) {
    const at = tokens.findIndex(({ word }) => /^(?:table|index|schema|database|system)$/.test(word))
    const isTable = tokens[at]?.word === 'table'
    return {
      what: 'REINDEX',
      does: isTable
        ? 'rebuilds all indexes on it under a SHARE lock'
        : 'rebuilds it under a lock that blocks writes',
      waits: 'All writes, and queries that would use the index, wait',
      instead: 'Use REINDEX ... CONCURRENTLY inside "with op.get_context().autocommit_block():".',
      object: at === -1 ? null : nameAt(statement, at + 1),
    }
  }
  if (hasWords(statement, 0, 'alter', 'table') && includesWords(statement, 'detach', 'partition')) {
    if (tokens.at(-1)?.word === 'concurrently' || tokens.at(-1)?.word === 'finalize') return null
    return {
      what: 'DETACH PARTITION',
      does: 'takes an ACCESS EXCLUSIVE lock on it',
      waits: 'Every read and write on the whole partitioned table waits',
      instead: 'Use DETACH PARTITION ... CONCURRENTLY inside "with op.get_context().autocommit_block():".',
      object: nameAt(statement, hasWords(statement, 2, 'only') ? 3 : 2),
    }
  }
  return null
}

const rewriting = {
  does: 'rewrites it under an ACCESS EXCLUSIVE lock',
  waits: 'Every read and write waits',
  instead: 'Use pg_repack outside migrations, or run this statement in a maintenance window.',
}

/** Whether this migration creates the table or view. */
function isNew(facts: LintFacts, object: ObjectName, at: number): boolean {
  const steps = upgradeSteps(facts)
  return (
    isMadeHere(steps, object, at) ||
    steps
      .slice(0, at)
      .some(
        (step) =>
          step.kind === 'unrelated' && step.changes?.names.some(({ name }) => name === object.name) === true,
      )
  )
}

export default rule
