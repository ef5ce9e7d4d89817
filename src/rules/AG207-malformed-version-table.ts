import type { DatabaseState } from '../core/history/database-state.ts'
import { type Discovery, advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'

/** Reports a version table that was altered, or that Alembic didn't create. */
const rule: Rule = {
  code: 'AG207',
  name: 'malformed-version-table',
  severity: 'error',
  summary:
    "The version table isn't actually a table, has no `version_num` column, or contains duplicate rows, a NULL, an empty string or a non-text value.",
  explanation: `Alembic doesn't validate its version table. Without \`version_num\`, the first SELECT fails. A number
or bytes value is rejected as "not a string", and an empty string raises an AssertionError. With two identical rows, the
next UPDATE matches both rows, and Alembic rejects that after the migration has run. A NULL is ignored and remains
in the table.

If the defect does no harm in this release (a NULL, or duplicate rows while no migrations are pending), the finding is a
warning.`,
  cure: 'Repair the table so that it contains one text row per head, without duplicates. Then restore the primary key: `ALTER TABLE alembic_version ADD PRIMARY KEY (version_num)`.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
      versions: ['a1', 'a1'],
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
      versions: ['a1'],
    },
  },
  explains: ['version-table', 'empty-row', 'row-not-text', 'duplicate-rows'],
  inspect({ database }) {
    if (!database?.state.versionTable.exists) return []
    const fails = database.prediction.outcome === 'fails' ? database.prediction.cause.kind : null
    return defectsOf(database.state).map(({ message, kind, evidence }) => {
      const fatal = kind !== null && fails === kind
      return discovery({
        severity: fatal ? 'error' : 'warning',
        message,
        why: fatal
          ? 'The upgrade would fail because of this defect.'
          : 'This release works, but a later one will fail.',
        evidence,
        remedies: [
          advice('Check every row of the table, then repair the table manually, in one transaction.'),
        ],
      })
    })
  },
}

type Defect = Pick<Discovery, 'message' | 'evidence'> & { readonly kind: string | null }

function defectsOf({ versionTable, versions }: DatabaseState): Defect[] {
  const table = `The version table ${shown(versionTable.name)}`
  const defects: Defect[] = []
  if (versionTable.relation !== 'table') {
    defects.push({
      kind: 'version-table',
      message: `${table} ${versionTable.relation === 'view' ? 'is a view, not a table' : "isn't a table"}.`,
      evidence: [],
    })
  }
  if (!versionTable.columns.some(({ name }) => name === 'version_num')) {
    const columns = versionTable.columns.map(({ name }) => name)
    defects.push({
      kind: 'version-table',
      message: `${table} has no column version_num.`,
      evidence: [['Columns', columns.length === 0 ? 'none' : listed(columns, 8)]],
    })
  }
  const demanding = versionTable.columns.filter(
    (column) => column.name !== 'version_num' && !column.nullable && !column.hasDefault,
  )
  if (demanding.length > 0) {
    defects.push({
      kind: 'version-table',
      message: `${table} has another NOT NULL column without a default, so Alembic can't insert a row.`,
      evidence: [['Column', listed(demanding.map(({ name }) => name))]],
    })
  }
  const counts = new Map<string, number>()
  for (const row of versions) if (row.kind === 'text') counts.set(row.value, (counts.get(row.value) ?? 0) + 1)
  for (const [value, count] of counts) {
    if (count > 1) {
      defects.push({
        kind: 'duplicate-rows',
        message: `${table} contains ${counted(count, 'row')} for ${shown(value)}.`,
        evidence: [],
      })
    }
  }
  if (counts.has('')) {
    defects.push({ kind: 'empty-row', message: `${table} contains an empty string.`, evidence: [] })
  }
  if (versions.some(({ kind }) => kind === 'null')) {
    defects.push({ kind: null, message: `${table} contains a NULL value.`, evidence: [] })
  }
  for (const row of versions) {
    if (row.kind === 'not-text') {
      defects.push({
        kind: 'row-not-text',
        message: `${table} contains a non-text value.`,
        evidence: [['Row', shown(row.repr)]],
      })
    }
  }
  return defects
}

export default rule
