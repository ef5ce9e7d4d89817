/** Gathers facts about the project for lint: databases, env.py, alembic.ini, and uses of removed names. */
import type {
  LintOptions,
  LintProject,
  UsedDialect,
  RemovedName,
  NamedPlaces,
} from '../../core/lint/lint-facts.ts'
import type { Operations } from '../../core/history/operation.ts'
import { removedNames } from '../../core/lint/renamed-objects.ts'
import type { Repository } from '../../core/history/repository.ts'
import { readSourceFacts } from '../../python/lint/lint-facts.ts'
import { searchCodeBase } from './search-code.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { sqlalchemyMajorOf } from '../../core/release/sqlalchemy-pin.ts'
import { readInstalled } from '../release/release-files.ts'
import { readConnection } from './connection-source.ts'

/** Files that reveal the project's databases. */
const telling = [
  'conftest.py',
  'tests/conftest.py',
  'test/conftest.py',
  'tests/__init__.py',
  'tox.ini',
  'pytest.ini',
  'setup.cfg',
  '.env.example',
  '.env.test',
  'config.py',
  'settings.py',
  'app/__init__.py',
  'app/config.py',
  'app/settings.py',
  'app/database.py',
  'app/db.py',
  'database.py',
  'docker-compose.yml',
]

const tests = /^tests?\/|conftest|^(?:tox\.ini|pytest\.ini|setup\.cfg|\.env\.test)$/

/** Matches the start of a database URL. A dialect name alone doesn't match. */
const url = /\b(?<name>sqlite|postgres(?:ql)?|mysql|mariadb|oracle|mssql)(?:\+\w+)?:\/\//g

/**
 * Gathers facts about the project. `linted` returns the upgrades to lint. The code is searched for the names that
 * these upgrades remove.
 */
export function readLintProject(
  tree: FileTree,
  repository: Repository,
  options: LintOptions,
  linted: () => readonly Operations[],
  serverMajor: number | null = null,
): LintProject {
  const ini = repository.config === null ? null : textOf(tree, repository.config)
  const envPath = repository.env.path
  const envBytes = envPath === null ? null : readableBytes(tree, envPath)
  const dialects: readonly UsedDialect[] =
    options.dialects === null
      ? usedDialects(tree, repository)
      : options.dialects.map((name) => ({ name, source: '[tool.alembic-guard.lint] dialects' }))
  let places: NamedPlaces | null = null
  return {
    dialects,
    postgresMajor: options.postgres ?? serverMajor,
    sqlalchemyMajor: pinnedMajor(tree),
    options,
    env: envBytes === null || envPath === null ? null : readSourceFacts(envBytes, envPath),
    ini,
    connection: readConnection(tree, repository),
    // Searching the code takes longer than all other checks, so it is done only on demand.
    get places() {
      places ??= searchCodeBase(tree, goneNamesOf(linted()), repository.versionLocations)
      return places
    },
  }
}

/** Returns SQLAlchemy's major version, or null if the requirements don't determine it. */
function pinnedMajor(tree: FileTree): 1 | 2 | null {
  const installed = readInstalled(tree)?.list.find(({ name }) => name === 'sqlalchemy')
  return sqlalchemyMajorOf(installed?.specifier ?? '')
}

function goneNamesOf(upgrades: readonly Operations[]): readonly RemovedName[] {
  return upgrades.flatMap((upgrade) =>
    upgrade.kind === 'operations' ? removedNames(upgrade.operations) : [],
  )
}

/** Returns the dialects found in configuration and tests, along with the first place where each was found. */
function usedDialects(tree: FileTree, repository: Repository): readonly UsedDialect[] {
  const found = new Map<string, UsedDialect>()
  for (const path of [repository.config, repository.env.path, ...telling]) {
    const text = path === null ? null : textOf(tree, path)
    if (path === null || text === null) continue
    for (const match of text.matchAll(url)) {
      const written = match.groups?.['name'] ?? ''
      const name = written.replace(/^postgres$/, 'postgresql')
      const before = text.slice(0, match.index)
      if (/^\s*(?:#|;)/.test(before.slice(before.lastIndexOf('\n') + 1))) continue
      // These tests create tables from the models and run no migrations.
      if (tests.test(path) && !/alembic|\bmigrate\b|\bupgrade\(/i.test(text)) continue
      // This is the placeholder URL that `alembic init` writes.
      if (text.startsWith('driver://', match.index)) continue
      const line = before.split('\n').length
      if (!found.has(name)) found.set(name, { name, source: `${path}, line ${line}` })
    }
  }
  if (found.size > 0) return [...found.values()]
  const spoken = spokenDialects(tree, repository)
  return spoken.length > 0 ? spoken : installedDialects(tree)
}

/**
 * Returns the dialects whose types and options the migrations use. This is a fallback for when no database URL is
 * found.
 */
function spokenDialects(tree: FileTree, { modules }: Repository): readonly UsedDialect[] {
  const found = new Map<string, UsedDialect>()
  for (const { path } of modules) {
    const text = textOf(tree, path) ?? ''
    for (const [, imported, from, option] of text.matchAll(spoken)) {
      const name = imported ?? from ?? option ?? ''
      if (!found.has(name)) found.set(name, { name, source: path })
    }
  }
  return [...found.values()]
}

const spoken =
  /\bdialects\.(postgresql|mysql|sqlite|mssql|oracle)\b|\bdialects import (postgresql|mysql|sqlite|mssql|oracle)\b|\b(postgresql|mysql|sqlite|mssql|oracle)_(?:engine|charset|using|where|concurrently|ops)\s*=/g

/** Returns the dialects of the required database drivers. Used if nothing else reveals the dialect. */
function installedDialects(tree: FileTree): readonly UsedDialect[] {
  const found = new Map<string, UsedDialect>()
  for (const path of ['requirements.txt', 'pyproject.toml', 'setup.cfg', 'Pipfile']) {
    const text = textOf(tree, path) ?? ''
    for (const [name, driver] of drivers) {
      if (driver.test(text) && !found.has(name)) found.set(name, { name, source: path })
    }
  }
  return [...found.values()]
}

const drivers = [
  ['postgresql', /\b(?:psycopg2?|asyncpg|pg8000)\b|\[postgres/i],
  ['mysql', /\b(?:pymysql|mysqlclient|aiomysql|asyncmy|mysql-connector)\b|\[mysql\]/i],
] as const

function textOf(tree: FileTree, path: string): string | null {
  const bytes = readableBytes(tree, path)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}
