import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted } from '../core/text/display.ts'

/** Reports pending migrations on a read-only database. */
const rule: Rule = {
  code: 'AG211',
  name: 'read-only-database',
  severity: 'error',
  summary: 'Migrations are pending, but the database is read-only.',
  explanation:
    'The database is a follower or standby, or `default_transaction_read_only` is set for the role or database. Alembic would fail at its first write. If no migrations are pending, nothing is written, and the rule reports nothing.',
  cure: 'Point `DATABASE_URL` at the leader, or remove the read-only default from the role that runs migrations.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: [],
      database: { readOnly: 'it is a standby server' },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: ['a1'],
      database: { readOnly: 'it is a standby server' },
    },
  },
  explains: ['read-only'],
  inspect({ database }) {
    if (!database?.state.readOnly) return []
    const { prediction, state } = database
    const pending = prediction.steps.length
    const creates = !state.versionTable.exists
    if (pending === 0 && !creates) return []
    return [
      discovery({
        severity: 'error',
        message: `The database is read-only (${state.readOnly}), and ${pending > 0 ? `${counted(pending, 'migration')} ${pending === 1 ? 'is' : 'are'} pending` : 'the version table has to be created'}.`,
        why: 'Alembic would fail at its first statement.',
        remedies: [
          advice('Point DATABASE_URL at the leader, or remove the read-only default from this role.'),
        ],
      }),
    ]
  },
}

export default rule
