import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'

/** Reports several version tables, or a stamped version table outside the search path. */
const rule: Rule = {
  code: 'AG209',
  name: 'several-version-tables',
  severity: 'warning',
  summary: "There are several version tables, or the stamped one is in a schema that Alembic doesn't search.",
  explanation:
    "Without `version_table_schema`, Alembic uses the first `alembic_version` in the search path. It doesn't see a version table in a schema outside the path, so it assumes that the database is empty, creates a second version table and runs every migration again. In that case, the finding is an error. If several tables are visible, Alembic uses the first, and the finding is a warning.",
  cure: "Specify the version table's schema in env.py (`context.configure(version_table_schema=…)`), and set the role's search path to match. Drop unused version tables.",
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: null,
      database: {
        otherVersionTables: [{ schema: 'app', name: 'alembic_version', visible: false, versions: ['a1'] }],
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: ['a1'],
    },
  },
  explains: [],
  inspect({ database, graph }) {
    const others = database?.state.otherVersionTables ?? []
    if (!database || others.length === 0) return []
    const { state } = database
    const used = state.versionTable
    const nothingSeen = !used.exists || state.versions.length === 0
    const ours = others.filter(({ versions }) => versions.some((id) => graph.get(id) !== undefined))
    const overlooked = nothingSeen && ours.length > 0
    const where = used.exists ? `${shown(used.schema ?? '')}.${shown(used.name)}` : 'none'
    return [
      discovery({
        severity: overlooked ? 'error' : 'warning',
        message: overlooked
          ? `The stamped version table is in schema ${listed(ours.map(({ schema }) => schema))}, which Alembic doesn't search.`
          : `There ${others.length === 1 ? 'is another table' : `are ${counted(others.length, 'other table')}`} named ${shown(used.name)}.`,
        why: overlooked
          ? 'Alembic would assume that the database is empty and run every migration again.'
          : 'Alembic uses the first in the search path and ignores the others, so a wrong search path selects the wrong table.',
        evidence: [
          ['Alembic would use', where],
          ...others
            .slice(0, 6)
            .map(({ schema, name, versions }): [string, string] => [
              'Also found',
              `${shown(schema)}.${shown(name)}${versions.length > 0 ? `, stamped ${listed(versions)}` : ''}`,
            ]),
          ['Search path', state.searchPath.length > 0 ? listed(state.searchPath, 6) : '(empty)'],
        ],
        revisions: ours.flatMap(({ versions }) => versions),
        remedies: [
          advice(
            overlooked
              ? "Set version_table_schema in env.py, or the role's search path, to that schema."
              : 'Drop the unused table, or select the right one with version_table_schema in env.py.',
          ),
        ],
      }),
    ]
  },
}

export default rule
