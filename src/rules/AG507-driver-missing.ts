import { discovery, edit } from '../core/findings/finding.ts'
import { exactRelease } from '../core/release/requirements.ts'
import { compareReleases } from '../core/release/version-specifier.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** SQLAlchemy 2.1 takes psycopg where its predecessors took psycopg2 (doc/build/changelog/migration_21.rst). */
const psycopgByDefault = [2, 1]

/** Two names of one distribution's builds. */
const older = new Set(['psycopg2', 'psycopg2-binary'])

/** A URL without a driver, and not the driver that it means. */
const rule: Rule = {
  code: 'AG507',
  name: 'driver-missing',
  severity: 'warning',
  summary: 'SQLAlchemy 2.1 is pinned, whose default driver is psycopg, but only psycopg2 is installed.',
  explanation: `A URL that begins with \`postgresql://\` names no driver. Up to 2.0 SQLAlchemy took psycopg2, from 2.1 on it
takes psycopg (version 3). With 2.1 and psycopg2 alone the first connection fails with
\`ModuleNotFoundError: No module named 'psycopg'\`.`,
  cure: 'Add `psycopg[binary]` to the requirements, or name the driver where env.py sets the URL: `postgresql+psycopg2://`.',
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
    // An env.py that works on the URL may name the driver.
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
        message: `${shown(path)} pins SQLAlchemy 2.1 or newer, whose driver for postgresql:// is psycopg, but only ${shown(other.name)}.`,
        why: "Alembic stops with ModuleNotFoundError: No module named 'psycopg'",
        remedies: [edit('Add psycopg[binary], or write postgresql+psycopg2:// in env.py.', 'likely')],
      }),
    ]
  },
}

export default rule
