import { edit } from '../../core/findings/finding.ts'
import { postgresql } from '../../core/dialect/postgresql.ts'
import { sqlite } from '../../core/dialect/sqlite.ts'
import { asksDialect } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { ArgumentFact, CallFact, Range, SourceFacts } from '../../core/history/python-source.ts'
import { shown } from '../../core/text/display.ts'

/** Reports PostgreSQL-only types in projects that also run on SQLite. */
const rule: MigrationRule = {
  code: 'AG406',
  name: 'dialect-specific-type',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: 'A PostgreSQL-only type is used without a dialect check in a project that also runs on SQLite.',
  explanation:
    "SQLAlchemy can't compile `JSONB`, `ARRAY`, `TSVECTOR` and similar types for SQLite: *Compiler can't render element of type JSONB*. This goes unnoticed until someone runs the migrations on SQLite: in a colleague's tests, or in a fresh checkout. The guard detects a project's databases from alembic.ini, env.py, tests and settings, or reads them from `[tool.alembic-guard.lint] dialects`.",
  cure: 'Use `sa.JSON().with_variant(postgresql.JSONB(), "postgresql")`, `sa.Uuid()` (SQLAlchemy 2), or a condition on `op.get_bind().dialect.name`. If the migrations never run on SQLite, set `dialects = ["postgresql"]`.',
  examples: {
    bad: {
      project: {
        'alembic.ini': `[alembic]
script_location = %(here)s/migrations
sqlalchemy.url = postgresql://localhost/app
`,
        'tests/conftest.py': `from alembic import command
from alembic.config import Config

config = Config('alembic.ini')
config.set_main_option('sqlalchemy.url', 'sqlite:///test.db')
command.upgrade(config, 'head')
`,
      },
      files: {
        'a1.py': `"""Add events"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('events', sa.Column('id', sa.Integer(), primary_key=True))
    op.add_column('events', sa.Column('body', postgresql.JSONB()))


def downgrade():
    op.drop_table('events')
`,
      },
      underlined: 'postgresql.JSONB()',
    },
    good: {
      project: {
        'alembic.ini': `[alembic]
script_location = %(here)s/migrations
sqlalchemy.url = postgresql://localhost/app
`,
        'tests/conftest.py': `from alembic import command
from alembic.config import Config

config = Config('alembic.ini')
config.set_main_option('sqlalchemy.url', 'sqlite:///test.db')
command.upgrade(config, 'head')
`,
      },
      files: {
        'a1.py': `"""Add events"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a1'
down_revision = None


def upgrade():
    body = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.create_table('events', sa.Column('id', sa.Integer(), primary_key=True))
    op.add_column('events', sa.Column('body', body))


def downgrade():
    op.drop_table('events')
`,
      },
    },
  },
  inspect(facts) {
    const { project } = facts
    const used = new Map(project.dialects.map(({ name, source: told }) => [name, told]))
    const where = used.get(sqlite.name)
    if (where === undefined || !used.has(postgresql.name)) return []
    const { source } = facts.migration
    const seen = new Set<string>()
    const old = (project.sqlalchemyMajor ?? 2) < 2
    return typesIn(source, old).flatMap(({ name, range, call }) => {
      // Report each type once. Later uses would repeat the finding.
      if (seen.has(name) || call.function === 'downgrade' || !call.function) return []
      if (asksDialect(source, call) || hasVariant(source, range)) return []
      seen.add(name)
      return [
        lintFinding(facts, range, {
          severity: 'warning',
          message: `Type ${shown(name)} exists only on PostgreSQL, but this project also runs on SQLite.`,
          why: `On SQLite, the upgrade fails with CompileError: Compiler can't render element of type ${shown(name)}`,
          evidence: [['SQLite is used in', shown(where)]],
          remedies: [
            edit(
              'Use a generic type with .with_variant(..., "postgresql"), or check the dialect first.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** Types in `sqlalchemy.dialects.postgresql` that no SQLAlchemy version can compile for SQLite. */
const foreign = /^(?:JSONB|ARRAY|HSTORE|TSVECTOR|TSQUERY|INET|CIDR|MACADDR8?|BIT|BYTEA|MONEY|OID|REGCLASS|CITEXT|INTERVAL|(?:INT4|INT8|NUM|DATE|TS|TSTZ)(?:MULTI)?RANGE)$/ // prettier-ignore

interface UsedType {
  readonly name: string
  readonly range: Range
  readonly call: CallFact
}

/** Returns the uses of types that SQLite doesn't support, either as calls (`JSONB()`) or as classes. */
function typesIn(source: SourceFacts, old: boolean): readonly UsedType[] {
  const called = source.calls.flatMap((call): UsedType[] => {
    const name = foreignName(call.callee, old)
    return name === null ? [] : [{ name, range: call.range, call }]
  })
  const named = source.calls.flatMap((call) =>
    call.args.flatMap((argument): UsedType[] => {
      const name = argument.kind === 'name' ? foreignName(resolved(source, argument), old) : null
      return name === null ? [] : [{ name, range: argument.range, call }]
    }),
  )
  return [...called, ...named].toSorted((a, b) => a.range.start - b.range.start)
}

/** The type's name if SQLite doesn't support the type. `old` means SQLAlchemy 1.4, which lacks UUID support. */
function foreignName(path: string, old: boolean): string | null {
  const name = /^sqlalchemy\.(?:dialects\.postgresql(?:\.\w+)?\.)(?<name>\w+)$/.exec(path)?.groups?.['name']
  const generic = /^sqlalchemy\.(?:types\.)?ARRAY$/.test(path) ? 'ARRAY' : null
  return name !== undefined && (foreign.test(name) || (old && name === 'UUID')) ? name : generic
}

function resolved(source: SourceFacts, { source: text }: ArgumentFact): string {
  const [head = '', ...rest] = text.split('.')
  const bound = source.imports.find((each) => each.bound === head)
  if (!bound) return text
  return [bound.name === null ? bound.module : `${bound.module}.${bound.name}`, ...rest].join('.')
}

function hasVariant(source: SourceFacts, range: Range): boolean {
  return source.calls.some(
    ({ callee, range: outer }) =>
      callee.endsWith('with_variant') && outer.start <= range.start && range.end <= outer.end,
  )
}

export default rule
