import { discovery, edit } from '../core/findings/finding.ts'
import { exactRelease, lowestRelease } from '../core/release/requirements.ts'
import { compareReleases } from '../core/release/version-specifier.ts'
import type { ReleaseFacts } from '../core/release/release-facts.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** The first SQLAlchemy that has no dialect of the name `postgres`. */
const withoutPostgres = [1, 4]

/** Heroku's `postgres://` in front of a SQLAlchemy that does not know it. */
const rule: Rule = {
  code: 'AG505',
  name: 'url-scheme-refused',
  severity: 'warning',
  summary: 'A `postgres://` URL reaches SQLAlchemy 1.4 or newer, which only knows `postgresql://`.',
  explanation: `Heroku and others hand out URLs that begin with \`postgres://\`. SQLAlchemy dropped that name in 1.4 and fails
with \`NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres\`. It is an error here only when all of it was
seen: the pinned SQLAlchemy, the URL's scheme, and an env.py that passes the variable on unchanged.`,
  cure: 'Rewrite the scheme in env.py before the engine is made: `url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)`.',
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
    // The guard was given another variable than the one that env.py reads: that one's scheme was not seen.
    if (release.url.variable !== name) return []
    if (!asksForNewer(release)) return []
    const certain = !conditional
    return [
      discovery({
        severity: certain ? 'error' : 'warning',
        message: `${shown(span.path)} passes ${shown(name)} on unchanged, its URL begins with postgres://, and SQLAlchemy 1.4 and newer only know postgresql://.`,
        why: "Alembic stops with NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
        location: span,
        remedies: [
          edit(
            'Rewrite it in env.py: .replace("postgres://", "postgresql://", 1) behind the variable.',
            certain ? 'proven' : 'likely',
          ),
        ],
      }),
    ]
  },
}

/** Has every SQLAlchemy that the requirements let in lost the name `postgres`? */
function asksForNewer({ requirements }: ReleaseFacts): boolean {
  const asked = requirements?.list.filter(({ name }) => name === 'sqlalchemy') ?? []
  const lowest = asked.map(({ specifier }) => exactRelease(specifier) ?? lowestRelease(specifier))
  return (
    asked.length > 0 &&
    lowest.every((bound) => bound !== null && compareReleases(bound, withoutPostgres) >= 0)
  )
}

export default rule
