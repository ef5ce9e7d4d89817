import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { stepsOf } from '../../core/lint/lint-steps.ts'
import { isMadeHere, sameTable } from '../../core/lint/lock-facts.ts'
import type { Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const drop = "op.drop_column('users', 'name')"
const add = "op.add_column('users', sa.Column('name', sa.String(50), nullable=True))"

/** Reports a downgrade that recreates a dropped column or table without its data. */
const rule: MigrationRule = {
  code: 'AG439',
  name: 'downgrade-loses-data',
  severity: 'note',
  scope: 'migration',
  onByDefault: false,
  precision: { hits: 177, read: 14, right: 14 },
  riskTag: 'irreversible',
  summary: 'The upgrade drops a column or table, and the downgrade recreates it empty without saying so.',
  explanation:
    'In an emergency, a downgrade is expected to restore the previous state. If it recreates a column without its data, the previous release keeps running with empty values. That may be the best option, but then the file should say so.',
  cure: 'Keep the data for one release (rename the column instead of dropping it), copy it back in the downgrade, refuse to downgrade with `raise NotImplementedError("…")`, or state in a comment or the `downgrade` docstring that the data is lost.',
  examples: {
    bad: { files: afterTables([drop], [add]), underlined: add },
    good: { files: afterTables([drop], ['# The names themselves are lost.', add]) },
  },
  inspect(facts) {
    const { migration } = facts
    const [up, down] = [stepsOf(migration.upgrade), stepsOf(migration.downgrade)]
    if (says(facts) || [...up, ...down].some(({ kind }) => kind === 'data' || kind === 'opaque')) return []
    const back = down.find((step) =>
      up.some((gone, at) => isSame(gone, step) && !isMadeHere(up, tableOf(gone), at)),
    )
    if (back === undefined) return []
    const what =
      back.kind === 'addColumn'
        ? `column ${shown(back.table.name)}.${shown(back.column.name)}`
        : `table ${shown(tableOf(back).name)}`
    return [
      lintFinding(facts, back.span, {
        severity: 'note',
        message: `The downgrade recreates ${what} empty, without saying so.`,
        why: "After a downgrade, the previous release won't have this data.",
        remedies: [
          edit('State in the downgrade that the data is lost, or raise NotImplementedError.', 'likely'),
        ],
      }),
    ]
  },
}

type Gone = Extract<Operation, { kind: 'dropColumn' | 'dropTable' | 'addColumn' | 'createTable' }>

function tableOf(step: Operation): Gone['table'] {
  return 'table' in step && step.table !== null ? step.table : { schema: null, name: '' }
}

/** Whether the second step recreates what the first one drops. */
function isSame(gone: Operation, back: Operation): boolean {
  if (gone.kind === 'dropColumn' && back.kind === 'addColumn') {
    return sameTable(gone.table, back.table) && gone.column === back.column.name
  }
  return gone.kind === 'dropTable' && back.kind === 'createTable' && sameTable(gone.table, back.table)
}

/** Whether the message, a comment or a docstring mentions lost data. */
function says({ migration: { source, revision } }: LintFacts): boolean {
  const told = [
    revision.message,
    ...source.comments.map(({ text }) => text),
    ...source.functions.map(({ docstring }) => docstring ?? ''),
  ].join(' ')
  return /\b(?:data|lost|lose|loses|losing|irrevers|empty|restor|recover|backup|unused|never used)/i.test(
    told,
  )
}

export default rule
