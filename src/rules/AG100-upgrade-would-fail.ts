import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { printable } from '../core/text/display.ts'

/** Speaks only when Alembic would fail and no other rule gave the reason. */
const rule: Rule = {
  code: 'AG100',
  name: 'upgrade-would-fail',
  severity: 'error',
  summary: 'Alembic would fail, and no other rule says why.',
  explanation: `The guard walks through what \`alembic upgrade\` would do, step by step, and reached a step at
which Alembic stops. No rule of the guard knows a better explanation, so you get Alembic's own words.`,
  cure: `Read Alembic's sentence; it is the one the release would have died with. If it tells you nothing, please
report the case with the output of \`alembic-guard graph --format json\`: a failure that no rule explains is a
gap in the guard.`,
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: [],
      target: 'nosuchrevision',
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: [],
      target: 'a1',
    },
  },
  explains: [],
  inspect({ database, target }) {
    if (database?.prediction.outcome !== 'fails') return []
    const { error, steps } = database.prediction
    const ran = steps.length === 0 ? 'before any migration runs' : `in or after ${steps.at(-1)?.revision}`
    return [
      discovery({
        severity: 'error',
        message: `"alembic upgrade ${printable(target)}" would fail ${printable(ran)}.`,
        why: 'The release would end with this error instead of this text.',
        evidence: [['Alembic would say', printable(`${error.type}: ${error.message}`)]],
        remedies: [
          advice(
            'If this sentence does not tell you what to do, report the case: the guard should know the reason.',
            'unsure',
          ),
        ],
      }),
    ]
  },
}

export default rule
