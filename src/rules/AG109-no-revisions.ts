import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed } from '../core/text/display.ts'

/** A release without any migration file. */
const rule: Rule = {
  code: 'AG109',
  name: 'no-revisions',
  severity: 'error',
  summary: 'The release contains no migration files.',
  explanation: `On an empty database \`alembic upgrade head\` with no migration file prints nothing, creates an empty
version table and exits with 0: the release goes green without a schema. The usual reasons: the folder is in
\`.slugignore\` or \`.dockerignore\`, \`script_location\` points elsewhere, a multi-line \`version_locations\` without a
separator that splits lines.`,
  cure: 'Check the named folders: ship them, or correct `script_location` or `version_locations`.',
  examples: {
    bad: { files: {}, versions: null },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: null,
    },
  },
  explains: ['no-files'],
  inspect({ graph, repository, database }) {
    if (graph.files.length > 0 || repository.listingError) return []
    const rows = database?.state.versions.length ?? 0
    return [
      discovery({
        severity: 'error',
        message: `This release contains no migration files: ${listed(repository.versionLocations)} ${repository.versionLocations.length > 1 ? 'define' : 'defines'} none.`,
        why:
          rows > 0
            ? `The database is stamped with ${counted(rows, 'revision')}, so Alembic would not find it.`
            : 'Alembic would exit with 0 and the release would go green without a schema.',
        remedies: [
          advice('Was the folder shipped? Check .slugignore, .dockerignore and .gitignore.'),
          advice('Are script_location and version_locations what this project uses?'),
        ],
      }),
    ]
  },
}

export default rule
