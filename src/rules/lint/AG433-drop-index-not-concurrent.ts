import { edit } from '../../core/findings/finding.ts'
import { exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { tableOfIndex } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import type { ObjectName, Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const indexed = exampleMigration(
  'b2',
  'a1',
  [
    'with op.get_context().autocommit_block():',
    "    op.create_index('ix_name', 'users', ['name'], postgresql_concurrently=True)",
  ],
  ["op.drop_index('ix_name', 'users')"],
)
const again = ["op.create_index('ix_name', 'users', ['name'])"]

/** Reports DROP INDEX statements that block the whole table. */
const rule: MigrationRule = {
  code: 'AG433',
  name: 'drop-index-not-concurrent',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 108, read: 20, right: 20 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock' },
  summary: 'An index is dropped without CONCURRENTLY.',
  explanation:
    "`DROP INDEX` takes an ACCESS EXCLUSIVE lock on the table. The drop itself is instant, but it waits for every open transaction that uses the table, every other query waits behind it, and the lock is held until the migration's transaction ends.",
  cure: 'Use `op.drop_index(…, postgresql_concurrently=True)` inside `with op.get_context().autocommit_block():`.',
  examples: {
    bad: {
      files: {
        'a1.py': firstTables,
        'b2.py': indexed,
        'c3.py': exampleMigration('c3', 'b2', ["op.drop_index('ix_name', 'users')"], again),
      },
      underlined: "op.drop_index('ix_name', 'users')",
    },
    good: {
      files: {
        'a1.py': firstTables,
        'b2.py': indexed,
        'c3.py': exampleMigration(
          'c3',
          'b2',
          [
            'with op.get_context().autocommit_block():',
            "    op.drop_index('ix_name', 'users', postgresql_concurrently=True)",
          ],
          again,
        ),
      },
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      if (step.kind !== 'dropIndex' || step.concurrently) return []
      const table = step.table ?? tableOfIndex(facts, step.index, at)
      const locked = table === null || isLockedAnyway(steps, table) ? null : lockedTable(facts, table, at)
      if (locked === null || steps.slice(0, at).some((one) => makes(one, step.index))) return []
      return [
        lintFinding(facts, step.span, {
          severity: 'note',
          message: `Index ${shown(step.index.name)} is dropped under an ACCESS EXCLUSIVE lock on ${shown(locked.name)}.`,
          why: `While the migration waits for a long transaction, every other query on ${shown(locked.name)} waits behind it.`,
          evidence: sizeRows(locked),
          remedies: [
            edit(
              'Drop the index with postgresql_concurrently=True inside "with op.get_context().autocommit_block():".',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

function makes(step: Operation, { name }: ObjectName): boolean {
  return step.kind === 'createIndex' && step.index.name === name
}

/** Whether another step takes the same lock on the table. */
function isLockedAnyway(steps: readonly Operation[], table: ObjectName): boolean {
  return steps.some(
    (step) =>
      step.kind !== 'dropIndex' &&
      step.kind !== 'createIndex' &&
      'table' in step &&
      step.table !== null &&
      sameTable(step.table, table),
  )
}

export default rule
