import { discovery, edit } from '../core/findings/finding.ts'
import { exactRelease } from '../core/release/requirements.ts'
import { compareReleases } from '../core/release/version-specifier.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** SQLAlchemy 2.1 defaults to psycopg instead of psycopg2 (doc/build/changelog/migration_21.rst). */
const psycopgByDefault = [2, 1]

/** Names of the packages that provide psycopg2. */
const older = new Set(['psycopg2', 'psycopg2-binary'])

/** Reports a URL without a driver if SQLAlchemy's default driver isn't installed. */
const rule: Rule = {
  code: 'AG507',
  name: 'driver-missing',
  severity: 'warning',
  summary: 'The project pins SQLAlchemy 2.1, which defaults to psycopg, but installs only psycopg2.',
  explanation:
    "A URL that begins with `postgresql://` doesn't specify a driver. The default driver is psycopg2 up to SQLAlchemy 2.0, and psycopg (version 3) from 2.1 on. With 2.1 and only psycopg2 installed, the first connection fails with `ModuleNotFoundError: No module named 'psycopg'`.",
  cure: 'Add `psycopg[binary]` to the requirements, or specify the driver in the URL in env.py: `postgresql+psycopg2://`.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        scheme: 'postgresql',
        files: {
          'requirements.txt': 'SQLAlchemy==2.1.0\npsycopg2-binary==2.9.10\n',
          'migrations/env.py':
            'import os\nfrom sqlalchemy import create_engine\nengine = create_engine(os.environ["DATABASE_URL"])\n',
        },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        scheme: 'postgresql',
        files: {
          'requirements.txt': 'SQLAlchemy==2.1.0\npsycopg[binary]==3.2.3\n',
          'migrations/env.py':
            'import os\nfrom sqlalchemy import create_engine\nengine = create_engine(os.environ["DATABASE_URL"])\n',
        },
      },
    },
  },
  explains: [],
  inspect({ release }) {
    const list = release?.requirements?.list ?? []
    // If env.py modifies the URL, it may add a driver.
    if (release?.url?.scheme !== 'postgresql' || release.envUrl.kind !== 'variable') return []
    if (release.url.variable !== release.envUrl.name) return []
    const releases = list
      .filter(({ name }) => name === 'sqlalchemy')
      .map(({ specifier }) => exactRelease(specifier))
    const pinned = releases.every((found) => found !== null && compareReleases(found, psycopgByDefault) >= 0)
    const other = list.find(({ name }) => older.has(name))
    if (releases.length === 0 || !pinned || !other) return []
    if (
      list.some(
        ({ name, extras }) => name === 'psycopg' || extras.some((extra) => extra.startsWith('postgresql')),
      )
    )
      return []
    const path = release.requirements?.path ?? 'requirements.txt'
    return [
      discovery({
        severity: 'warning',
        message: `${shown(path)} pins SQLAlchemy 2.1 or newer, which defaults to psycopg for postgresql://, but lists only ${shown(other.name)}.`,
        why: "Alembic fails with ModuleNotFoundError: No module named 'psycopg'",
        remedies: [edit('Add psycopg[binary], or use postgresql+psycopg2:// in env.py.', 'likely')],
      }),
    ]
  },
}

export default rule
