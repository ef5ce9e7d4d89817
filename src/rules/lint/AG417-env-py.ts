import { type Discovery, discovery, edit } from '../../core/findings/finding.ts'
import { firstTables } from '../examples/example-migrations.ts'
import type { ProjectFacts, ProjectRule } from '../../core/lint/lint-rule.ts'
import type { SourceFacts } from '../../core/history/python-source.ts'
import { listed, shown } from '../../core/text/display.ts'

const env = (url: string): string => `import os
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
${url}

def run_migrations_online():
    engine = engine_from_config(
        config.get_section(config.config_ini_section), prefix='sqlalchemy.', poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
`

/** Reports an env.py without a URL, with an async driver, or with a shared version table. */
const rule: ProjectRule = {
  code: 'AG417',
  name: 'env-py',
  severity: 'warning',
  scope: 'project',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary:
    'env.py has no database URL, uses an async driver with a sync engine, or shares its version table with another project.',
  explanation: `This rule finds three mistakes that can't be seen in the migrations. First, env.py reads \`sqlalchemy.url\`,
but the ini file has no URL or only the placeholder from \`alembic init\`. Second, the URL specifies an async
driver (\`+asyncpg\`, \`+aiosqlite\`), but env.py creates a sync engine: every command fails with
\`MissingGreenlet\`. Third, two projects in one repository read their URL from the same variable, and neither sets
its own \`version_table\`: each finds the other's revision and fails with \`Can't locate revision\`.`,
  cure: "Set the URL in env.py from the environment. Use the sync driver for Alembic (`postgresql+psycopg://`), or use the async template (`async_engine_from_config` and `run_sync`). For a shared database, give each project its own table: `context.configure(…, version_table='billing_version')`.",
  examples: {
    bad: {
      files: { 'a1.py': firstTables },
      project: {
        'alembic.ini':
          '[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = postgresql+asyncpg://localhost/app\n',
        'migrations/env.py': env(''),
      },
      underlined: 'engine_from_config(',
    },
    good: {
      files: { 'a1.py': firstTables },
      project: {
        'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
        'migrations/env.py': env("config.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'])"),
      },
    },
  },
  inspect(facts) {
    return [...urlFromNowhere(facts), ...asyncDriver(facts), ...sharedTable(facts)]
  },
}

/** Returns a finding located at the call that creates the engine, or at the top of env.py. */
function atEngine({ project, repository }: ProjectFacts, parts: Parameters<typeof discovery>[0]): Discovery {
  const call = project.env?.calls.find(({ written }) => engines.test(written))
  const path = project.env?.path ?? repository.env.path ?? 'env.py'
  const at = call?.range ?? { path, line: 1, column: 1, endLine: 1, endColumn: 2 }
  return discovery({
    location: { path: at.path, line: at.line, column: at.column },
    end: { line: at.endLine, column: at.endColumn },
    ...parts,
  })
}

const engines = /(?:^|\.)(?:create_engine|engine_from_config)$/

function urlFromNowhere(facts: ProjectFacts): readonly Discovery[] {
  const { envUrl, iniUrl } = facts.project.connection
  if (envUrl.kind !== 'ini' || iniUrl === 'other') return []
  const placeholder = iniUrl === 'placeholder'
  return [
    atEngine(facts, {
      severity: 'warning',
      message: `env.py reads the URL only from the ini file, which ${placeholder ? 'contains the placeholder from "alembic init"' : 'has no sqlalchemy.url'}.`,
      why: placeholder
        ? "Alembic fails with NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:driver"
        : "Alembic fails with KeyError: 'url'",
      remedies: [
        edit(
          'Set the URL in env.py from the environment: config.set_main_option("sqlalchemy.url", ...).',
          'likely',
        ),
      ],
    }),
  ]
}

const asyncDrivers = /\+(?:asyncpg|aiosqlite|aiomysql|asyncmy|aioodbc|psycopg_async)$/

function asyncDriver(facts: ProjectFacts): readonly Discovery[] {
  const { env: source, connection } = facts.project
  if (source === null) return []
  const scheme = connection.envUrl.kind === 'ini' ? connection.iniScheme : writtenScheme(source)
  if (scheme === null || !asyncDrivers.test(scheme)) return []
  if (/\basync_|AsyncEngine|run_sync/.test(source.text)) return []
  if (!source.calls.some(({ written }) => engines.test(written))) return []
  return [
    atEngine(facts, {
      severity: 'error',
      message: `The URL specifies an async driver (${shown(scheme)}), but env.py creates a sync engine.`,
      why: 'Every Alembic command fails with MissingGreenlet: greenlet_spawn has not been called',
      remedies: [
        edit('Use a URL with the sync driver for Alembic.', 'likely'),
        edit(
          'Or use async_engine_from_config and connection.run_sync, as the async template does.',
          'likely',
        ),
      ],
    }),
  ]
}

/**
 * Returns the URL scheme used in env.py's strings; null if there isn't exactly one, or if code changes the driver.
 */
function writtenScheme({ strings, calls }: SourceFacts): string | null {
  const schemes = strings.flatMap(({ text }) => /^(\w+\+\w+):\/\//.exec(text)?.[1] ?? [])
  const changed = calls.some(
    ({ written, args }) =>
      /(?:^|\.)(?:replace|sub|set|removesuffix|partition|split)$/.test(written) &&
      args.some(({ text }) => text !== null && /async|aio|drivername/.test(text)),
  )
  const [scheme, ...others] = new Set(schemes)
  return changed || others.length > 0 ? null : (scheme ?? null)
}

function sharedTable(facts: ProjectFacts): readonly Discovery[] {
  const { sharing, envUrl } = facts.project.connection
  if (sharing.length === 0 || envUrl.kind !== 'variable') return []
  const table = facts.repository.env.versionTable ?? 'alembic_version'
  return [
    atEngine(facts, {
      severity: 'warning',
      message: `This project and ${listed(sharing)} use the same version table, ${shown(table)}, in the database that ${shown(envUrl.name)} points to.`,
      why: "If both use the same database, each fails on the other's row: Can't locate revision",
      remedies: [edit('Give each project its own version_table in context.configure.', 'likely')],
    }),
  ]
}

export default rule
