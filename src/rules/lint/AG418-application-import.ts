import { edit } from '../../core/findings/finding.ts'
import { afterTables, exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { ImportFact, SourceFacts } from '../../core/history/python-source.ts'
import { shown } from '../../core/text/display.ts'

/** A migration that works with classes which go on changing after it. */
const rule: MigrationRule = {
  code: 'AG418',
  name: 'application-import',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: "A migration uses the application's models.",
  explanation: `A migration runs against the schema of its own time, a model describes today's. Once somebody adds a column
to the model or moves it, the old migration selects a column that does not exist yet, or fails to import, on every new
database: in CI, in a review app, on a colleague's machine. Databases that ran it long ago notice nothing.`,
  cure: `Write down in the migration what it needs: \`sa.table('users', sa.column('id'), sa.column('name'))\`, the values of
an enum, or plain SQL.`,
  examples: {
    bad: {
      project: {
        'app/__init__.py': '',
        'app/models.py': "class User:\n    __tablename__ = 'users'\n",
      },
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration(
          'b2',
          'a1',
          ['op.execute(sa.update(User).values(name="none").where(User.name.is_(None)))'],
          ['pass'],
        ).replace('from alembic import op', 'from alembic import op\nfrom app.models import User'),
      },
      underlined: 'from app.models import User',
    },
    good: {
      files: afterTables(
        [
          "users = sa.table('users', sa.column('name'))",
          'op.execute(users.update().values(name="none").where(users.c.name.is_(None)))',
        ],
        ['pass'],
      ),
    },
  },
  inspect(facts) {
    const { source } = facts.migration
    const found = source.imports.find((one) => isModel(one) && isUsed(source, one))
    if (found === undefined) return []
    const model = shown(found.name ?? found.bound)
    return [
      lintFinding(facts, found.range, {
        severity: 'warning',
        message: `This migration uses ${model} of ${shown(found.module)}, which changes with the application.`,
        why: `When ${model} changes or moves, this migration fails on every new database`,
        remedies: [
          edit(
            'Describe the table in the migration: sa.table(...) with the columns that it needs.',
            'likely',
          ),
        ],
      }),
    ]
  },
}

/** A class of a module of models: `app.models`, `app.models.user`, `db.schema`. Types for columns are none. */
function isModel({ module, name }: ImportFact): boolean {
  return (
    name !== null &&
    /^[A-Z]\w*[a-z]/.test(name) &&
    !/(?:Type|UUID|JSON|DateTime|Json|Enum|Mixin|Error|Timestamp)$/.test(name) &&
    /(?:^|[._])models?(?:\.|$)/.test(module) &&
    !/^(?:sqlalchemy|sqlmodel|alembic|django|flask|pydantic|geoalchemy2|openai|transformers)\b/.test(module)
  )
}

/** Does a function work with it? A type in a column is written by autogenerate. */
function isUsed({ calls, functions, text }: SourceFacts, { bound, range }: ImportFact): boolean {
  const name = new RegExp(`\\b${bound}\\b`)
  const inFunction = functions.some(({ range: own }) =>
    name.test(text.slice(Math.max(own.start, range.end), own.end)),
  )
  const asType = calls.some(
    ({ callee, args }) =>
      /(?:^|\.)(?:Enum|ENUM|Column)$/.test(callee) && args.some(({ source }) => name.test(source)),
  )
  return inFunction && !asType
}

export default rule
