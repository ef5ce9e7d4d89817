import { discovery, edit } from '../core/findings/finding.ts'
import { exactRelease, lowestRelease } from '../core/release/requirements.ts'
import { compareReleases } from '../core/release/version-specifier.ts'
import type { ReleaseFacts } from '../core/release/release-facts.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** First SQLAlchemy version without the `postgres` dialect. */
const withoutPostgres = [1, 4]

/** Reports a `postgres://` URL that the installed SQLAlchemy rejects. */
const rule: Rule = {
  code: 'AG505',
  name: 'url-scheme-refused',
  severity: 'warning',
  summary: 'A `postgres://` URL reaches SQLAlchemy 1.4 or newer, which only accepts `postgresql://`.',
  explanation:
    "Heroku and other platforms provide URLs that begin with `postgres://`. SQLAlchemy 1.4 and newer reject that scheme with `NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres`. This is reported as an error only if the guard knows the pinned SQLAlchemy version and the URL scheme, and that env.py passes the variable on unchanged.",
  cure: 'Rewrite the scheme in env.py before the engine is created: `url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)`.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        scheme: 'postgres',
        files: {
          'requirements.txt': 'alembic==1.13.3\nSQLAlchemy==2.0.36\npsycopg2-binary==2.9.10\n',
          'migrations/env.py':
            'import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\nurl = os.environ["DATABASE_URL"]\nengine = create_engine(url)\n',
        },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        scheme: 'postgres',
        files: {
          'requirements.txt': 'alembic==1.13.3\nSQLAlchemy==2.0.36\npsycopg2-binary==2.9.10\n',
          'migrations/env.py':
            'import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\nurl = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)\nengine = create_engine(url)\n',
        },
      },
    },
  },
  explains: [],
  inspect({ release }) {
    if (release?.url?.scheme !== 'postgres' || release.envUrl.kind !== 'variable') return []
    const { name, conditional, span } = release.envUrl
    // If env.py and the guard read different variables, env.py's URL scheme is unknown.
    if (release.url.variable !== name) return []
    if (!asksForNewer(release)) return []
    const certain = !conditional
    return [
      discovery({
        severity: certain ? 'error' : 'warning',
        message: `${shown(span.path)} passes ${shown(name)} on unchanged, but the URL begins with postgres://, and SQLAlchemy 1.4 and newer only accept postgresql://.`,
        why: "Alembic fails with NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
        location: span,
        remedies: [
          edit(
            'Rewrite the scheme in env.py: append .replace("postgres://", "postgresql://", 1) to the variable.',
            certain ? 'proven' : 'likely',
          ),
        ],
      }),
    ]
  },
}

/** Whether the requirements allow only SQLAlchemy versions without the `postgres` dialect. */
function asksForNewer({ requirements }: ReleaseFacts): boolean {
  const asked = requirements?.list.filter(({ name }) => name === 'sqlalchemy') ?? []
  const lowest = asked.map(({ specifier }) => exactRelease(specifier) ?? lowestRelease(specifier))
  return (
    asked.length > 0 &&
    lowest.every((bound) => bound !== null && compareReleases(bound, withoutPostgres) >= 0)
  )
}

export default rule
