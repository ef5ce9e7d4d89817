import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import type { IndexSnapshot } from '../core/schema/schema-snapshot.ts'
import { shown } from '../core/text/display.ts'

const migration = `from alembic import op
revision = 'a1'
down_revision = None
def upgrade():
    with op.get_context().autocommit_block():
        op.execute('CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_guests_email ON guests (email)')
`

const guests = (index: IndexSnapshot) => ({
  schema: 'public',
  name: 'guests',
  visible: true,
  columns: [{ name: 'email', type: 'text', nullable: true, serverDefault: null }],
  indexes: [index],
  constraints: [],
})

const index = { name: 'ix_guests_email', unique: false, definition: null, columns: ['email'] } as const

/** An index that is there by name, and that no query uses. */
const rule: Rule = {
  code: 'AG307',
  name: 'invalid-index',
  severity: 'warning',
  summary: 'A pending migration skips creating an index, because an INVALID one of that name exists.',
  explanation: `\`CREATE INDEX CONCURRENTLY\` that breaks off (a deadlock, a duplicate value, a cancelled deployment) leaves its
index behind, marked INVALID: no query uses it, every write still pays for it, and a unique one guarantees nothing. A
second try with \`IF NOT EXISTS\` finds the name, prints a notice and does nothing. The upgrade succeeds, and the index
that it was written for is missing.

PostgreSQL also calls an index INVALID while another session is still building it.`,
  cure: `\`DROP INDEX CONCURRENTLY\` before the release, so that the migration makes it, or \`REINDEX INDEX CONCURRENTLY\`
(PostgreSQL 12 and later). For a unique index, remove the duplicate values first. If another session is building it
right now, wait until it has ended.`,
  examples: {
    bad: {
      files: { 'a1.py': migration },
      versions: [],
      schema: { tables: [guests({ ...index, invalid: true })] },
    },
    good: { files: { 'a1.py': migration }, versions: [], schema: { tables: [guests(index)] } },
  },
  explains: [],
  inspect({ database }) {
    const { pending } = database ?? {}
    if (pending?.kind !== 'tried') return []
    return pending.replay.keptInvalid.map(({ revision, span, index: name, table }) =>
      discovery({
        severity: 'warning',
        message: `Index ${shown(name)} is INVALID, and the pending migration wouldn't fix it.`,
        why: 'IF NOT EXISTS finds the name and does nothing: the upgrade succeeds, and no query uses the index.',
        evidence: [
          ['Migration', shown(revision)],
          ['Found', `an INVALID index of that name${table === null ? '' : ` on table ${shown(table)}`}`],
        ],
        revisions: [revision],
        location: span,
        remedies: [
          advice(
            `An earlier CREATE INDEX CONCURRENTLY failed: DROP INDEX CONCURRENTLY ${shown(name)}, then release.`,
          ),
          advice('If another session is building it right now: wait until it has ended.', 'unsure'),
        ],
      }),
    )
  },
}

export default rule
