import { edit } from '../../core/findings/finding.ts'
import { afterTables, exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type { ImportFact, SourceFacts } from '../../core/history/python-source.ts'
import { shown } from '../../core/text/display.ts'

/** Reports migrations that depend on application classes, which may change later. */
const rule: MigrationRule = {
  code: 'AG418',
  name: 'application-import',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 24, read: 24, right: 24 },
  summary: "A migration imports the application's models.",
  explanation:
    "A migration runs against the schema of its time, but a model describes today's schema. Once a column is added to the model, or the model moves, the old migration selects a missing column or fails to import. That breaks every new database: in CI, in a review app, on a colleague's machine. Databases that ran it long ago aren't affected.",
  cure: "Define what the migration needs in the migration itself: `sa.table('users', sa.column('id'), sa.column('name'))` or the enum's values. Or use plain SQL.",
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
        message: `This migration imports ${model} from ${shown(found.module)}, and that code changes along with the application.`,
        why: `If ${model} changes or moves, this migration can fail on every new database`,
        remedies: [
          edit(
            'Define the table in the migration: sa.table(...) with only the columns that it needs.',
            'likely',
          ),
        ],
      }),
    ]
  },
}

/**
 * Returns whether an imported name looks like a class from a models module, such as `app.models` or `app.models.user`.
 * Column types, enums, mixins and errors don't count.
 */
function isModel({ module, name }: ImportFact): boolean {
  return (
    name !== null &&
    /^[A-Z]\w*[a-z]/.test(name) &&
    !/(?:Type|UUID|JSON|DateTime|Json|Enum|Mixin|Error|Timestamp)$/.test(name) &&
    /(?:^|[._])models?(?:\.|$)/.test(module) &&
    !/^(?:sqlalchemy|sqlmodel|alembic|django|flask|pydantic|geoalchemy2|openai|transformers)\b/.test(module)
  )
}

/**
 * Returns whether a function uses the imported name. Mentions in comments and in column types written by autogenerate
 * don't count.
 */
function isUsed({ calls, comments, functions, text }: SourceFacts, { bound, range }: ImportFact): boolean {
  const name = new RegExp(`\\b${bound}\\b`, 'g')
  const isIn = (at: number, { start, end }: { readonly start: number; readonly end: number }): boolean =>
    start <= at && at < end
  const uses = [...text.matchAll(name)].filter(
    ({ index }) =>
      !isIn(index, range) &&
      functions.some((one) => isIn(index, one.range)) &&
      !comments.some((one) => isIn(index, one.range)),
  )
  const asType = calls.some(
    ({ callee, args }) =>
      /(?:^|\.)(?:Enum|ENUM|Column)$/.test(callee) && args.some(({ source }) => source.includes(bound)),
  )
  return uses.length > 0 && !asType
}

export default rule
