import { discovery, edit } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Two `release` lines, of which one never runs. */
const rule: Rule = {
  code: 'AG504',
  name: 'duplicate-release-entry',
  severity: 'warning',
  summary: 'The Procfile has several `release` lines; only the last one runs.',
  explanation: `A Procfile may name a process type twice, and the last one wins without a word. People write three
\`release:\` lines and expect three steps.`,
  cure: 'Join the commands with `&&` in one line.',
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
        why: 'Of lines with the same name, a Procfile runs only the last.',
        location: span,
        remedies: [edit('Join the commands with && in one line, or delete this one.', 'likely')],
      }),
    )
  },
}

export default rule
