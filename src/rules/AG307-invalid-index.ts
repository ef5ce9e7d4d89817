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

/** Reports an INVALID index that makes a pending migration skip its CREATE INDEX. */
const rule: Rule = {
  code: 'AG307',
  name: 'invalid-index',
  severity: 'warning',
  summary: 'A pending migration skips creating an index because an INVALID index of that name exists.',
  explanation: `A failed \`CREATE INDEX CONCURRENTLY\` (after a deadlock, a duplicate value or a canceled
deployment) leaves its index behind, marked INVALID. No query uses it, every write still maintains it, and if it
is unique, it guarantees nothing. A retry with \`IF NOT EXISTS\` finds the name, prints a notice and does nothing. The
upgrade succeeds, but without a usable index.

PostgreSQL also marks an index INVALID while another session is building it.`,
  cure: 'Run `DROP INDEX CONCURRENTLY` before the release so that the migration creates the index, or run `REINDEX INDEX CONCURRENTLY` (PostgreSQL 12 and newer). For a unique index, remove the duplicate values first. If another session is building the index, wait until it finishes.',
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
        message: `Index ${shown(name)} is INVALID, and the pending migration won't fix it.`,
        why: 'IF NOT EXISTS skips the CREATE because the name is taken. The upgrade succeeds, but no query can use the index.',
        evidence: [
          ['Migration', shown(revision)],
          ['Found', `an INVALID index of that name${table === null ? '' : ` on table ${shown(table)}`}`],
        ],
        revisions: [revision],
        location: span,
        remedies: [
          advice(
            `An earlier CREATE INDEX CONCURRENTLY failed. Run DROP INDEX CONCURRENTLY ${shown(name)}, then release again.`,
          ),
          advice('If another session is building the index, wait until it finishes.', 'unsure'),
        ],
      }),
    )
  },
}

export default rule
