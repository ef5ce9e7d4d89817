import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'

/** More than one table of the name, or the only one where Alembic does not look. */
const rule: Rule = {
  code: 'AG209',
  name: 'several-version-tables',
  severity: 'warning',
  summary:
    "There is more than one version table, or the stamped one is in a schema that Alembic doesn't search.",
  explanation: `Without \`version_table_schema\` Alembic takes the first \`alembic_version\` on the search path. One in a
schema that is not on the path is invisible to it: it believes the database empty, creates a second table and runs every
migration again. That is an error; several visible tables, of which Alembic uses the first, are a warning.`,
  cure: 'Say in env.py which table is meant: `context.configure(version_table_schema=…)`, and set the search path of the role accordingly. Drop unused tables.',
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
          ? 'Alembic would take the database for empty and run every migration again.'
          : 'Alembic uses one and ignores the others; the wrong search path picks the wrong one.',
        evidence: [
          ['Alembic would use', where],
          ...others
            .slice(0, 6)
            .map(({ schema, name, versions }): [string, string] => [
              'There is also',
              `${shown(schema)}.${shown(name)}${versions.length > 0 ? `, stamped ${listed(versions)}` : ''}`,
            ]),
          ['Search path', state.searchPath.length > 0 ? listed(state.searchPath, 6) : '(empty)'],
        ],
        revisions: ours.flatMap(({ versions }) => versions),
        remedies: [
          advice(
            overlooked
              ? 'Set version_table_schema in env.py, or the search path of the role, to that schema.'
              : 'Drop the unused table, or name the right one with version_table_schema in env.py.',
          ),
        ],
      }),
    ]
  },
}

export default rule
