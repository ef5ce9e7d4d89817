import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed } from '../core/text/display.ts'

/** Reports a release without migration files. */
const rule: Rule = {
  code: 'AG109',
  name: 'no-revisions',
  severity: 'error',
  summary: 'The release contains no migration files.',
  explanation:
    'On an empty database, `alembic upgrade head` without migration files prints nothing, creates an empty version table and exits with 0. The release succeeds without a schema. Usual causes: the folder is listed in `.slugignore` or `.dockerignore`, `script_location` points elsewhere, or a multi-line `version_locations` has no separator configured.',
  cure: 'Check the folders listed in the finding: include them in the release, or correct `script_location` or `version_locations`.',
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
        message: `This release contains no migration files: none were found in ${listed(repository.versionLocations)}.`,
        why:
          rows > 0
            ? `The database is stamped with ${counted(rows, 'revision')} that Alembic wouldn't find in this release.`
            : 'Alembic would exit with 0, and the release would succeed without a schema.',
        remedies: [
          advice('Check whether .slugignore, .dockerignore or .gitignore excludes the folder.'),
          advice('Check that script_location and version_locations are correct.'),
        ],
      }),
    ]
  },
}

export default rule
