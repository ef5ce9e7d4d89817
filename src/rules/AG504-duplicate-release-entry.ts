import { discovery, edit } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports `release` lines that are overridden by a later `release` line in the Procfile. */
const rule: Rule = {
  code: 'AG504',
  name: 'duplicate-release-entry',
  severity: 'warning',
  summary: 'The Procfile has several `release` lines; only the last one runs.',
  explanation:
    'If a Procfile defines a process type twice, the last line silently wins. Three `release:` lines look like three steps, but only the last one runs.',
  cure: 'Join the commands with `&&` in a single line.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: { Procfile: 'release: python seed.py\nrelease: alembic-guard run -- alembic upgrade head\n' },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: { Procfile: 'web: gunicorn app\nrelease: alembic-guard run -- alembic upgrade head\n' },
      },
    },
  },
  explains: [],
  inspect({ release }) {
    return (release?.replaced ?? []).map(({ span }) =>
      discovery({
        severity: 'warning',
        message: `Line ${span.line} of ${shown(span.path)} never runs: a later "release" line replaces it.`,
        why: 'If a Procfile has several lines with the same name, only the last one runs.',
        location: span,
        remedies: [edit('Join the commands with && on a single line, or delete this line.', 'likely')],
      }),
    )
  },
}

export default rule
