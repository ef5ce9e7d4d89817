import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { exclusiveLocks } from '../../core/lint/held-locks.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { shown } from '../../core/text/display.ts'

const add = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"
const drop = ["op.drop_column('users', 'plan')"]

/** Reports strong locks taken without a lock_timeout. */
const rule: MigrationRule = {
  code: 'AG432',
  name: 'no-lock-timeout',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 1781, read: 34, right: 34 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'AccessExclusiveLock', alsoInGood: true },
  summary: 'A migration takes an ACCESS EXCLUSIVE lock on an existing table without a lock_timeout.',
  explanation:
    "A lock request that can't be granted is queued, and all later requests queue behind it, including reads. One forgotten transaction or long-running query is enough to block the table until it ends. With `lock_timeout` set, the migration gives up, the release fails, and the application keeps running.",
  cure: `In env.py, set \`connect_args={"options": "-c lock_timeout=5s"}\`, or run \`SET lock_timeout = '5s'\`
before the migrations. In a single migration, run \`op.execute("SET LOCAL lock_timeout = '5s'")\`.`,
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
        message: `The migration waits for an ACCESS EXCLUSIVE lock on ${table}, but neither it nor env.py sets a lock_timeout.`,
        why: `While the migration waits for a long transaction, every other query on ${table} waits behind it.`,
        evidence: sizeRows(first.locked),
        remedies: [
          edit('Set lock_timeout in env.py so that the release gives up instead of waiting.', 'likely'),
        ],
      }),
    ]
  },
}

export default rule
