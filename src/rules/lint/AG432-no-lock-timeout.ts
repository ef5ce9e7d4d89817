import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { exclusiveLocks } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

const add = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"
const drop = ["op.drop_column('users', 'plan')"]

/** A strong lock that may be waited for without end. */
const rule: MigrationRule = {
  code: 'AG432',
  name: 'no-lock-timeout',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 1739, read: 14, right: 14 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', alsoInGood: true },
  summary:
    'A migration takes an ACCESS EXCLUSIVE lock on a table that was there, and nothing sets a lock_timeout.',
  explanation: `A lock that can't be had at once is queued, and everybody who comes later queues behind it, readers as well.
One forgotten transaction or a long report is enough: the table stands still until it ends. With \`lock_timeout\` the
migration gives up, the release fails, and the application goes on.`,
  cure: `In env.py: \`connect_args={"options": "-c lock_timeout=5s"}\`, or \`SET lock_timeout = '5s'\` before the
migrations. In a single migration: \`op.execute("SET LOCAL lock_timeout = '5s'")\`.`,
  examples: {
    bad: { files: afterTables([add], drop), underlined: add },
    good: { files: afterTables(['op.execute("SET LOCAL lock_timeout = \'5s\'")', add], drop) },
  },
  inspect(facts) {
    const { project, migration } = facts
    const texts = [project.env?.text ?? '', project.ini ?? '', migration.source.text]
    const [first] = texts.some((text) => /\block_timeout\b/.test(text)) ? [] : exclusiveLocks(facts)
    const step = first === undefined ? undefined : upgradeSteps(facts)[first.at]
    if (first === undefined || step === undefined) return []
    const table = shown(first.locked.name)
    return [
      lintFinding(facts, step.span, {
        severity: 'note',
        message: `This waits for an ACCESS EXCLUSIVE lock on ${table}, and neither env.py nor the migration sets a lock_timeout.`,
        why: `While it waits behind a long transaction, every other request to ${table} waits behind it.`,
        evidence: sizeRows(first.locked),
        remedies: [edit('Set lock_timeout in env.py, so that the release gives up instead.', 'likely')],
      }),
    ]
  },
}

export default rule
