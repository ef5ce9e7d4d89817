import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { exampleMigration } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { type SqlStatement, hasWords, indexOfWords, nameAt } from '../../core/lint/sql-statement.ts'
import { shown } from '../../core/text/display.ts'

const first = {
  'a1.py': exampleMigration(
    'a1',
    null,
    ['op.execute("CREATE TYPE state AS ENUM (\'open\')")'],
    ["op.execute('DROP TYPE state')"],
  ),
}
const rename = "op.execute(\"ALTER TYPE state RENAME VALUE 'open' TO 'new'\")"

/** Reports renamed enum values and schemas that the running release still uses. */
const rule: MigrationRule = {
  code: 'AG436',
  name: 'enum-value-or-schema-renamed',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 2, read: 2, right: 2 },
  riskTag: 'inUse',
  summary: 'An enum value or a schema is renamed while the previous release still uses the old name.',
  explanation:
    "The migration runs while the previous release still serves requests. After `RENAME VALUE`, its queries that use the old value fail with *invalid input value for enum*, and rows with the new value raise `LookupError` in SQLAlchemy's `Enum`. After `ALTER SCHEMA … RENAME`, its queries find no tables in the old schema. After a code rollback, they fail again.",
  cure: 'In one release, add the new value (`ADD VALUE IF NOT EXISTS`) and start writing it. In the next release, convert the rows and stop reading the old value. For a schema, create views in a schema with the old name.',
  examples: {
    bad: {
      files: {
        ...first,
        'b2.py': exampleMigration(
          'b2',
          'a1',
          [rename],
          ["op.execute(\"ALTER TYPE state RENAME VALUE 'new' TO 'open'\")"],
        ),
      },
      underlined: rename,
    },
    good: {
      files: {
        ...first,
        'b2.py': exampleMigration(
          'b2',
          'a1',
          [
            'with op.get_context().autocommit_block():',
            '    op.execute("ALTER TYPE state ADD VALUE IF NOT EXISTS \'new\'")',
          ],
          ['pass'],
        ),
      },
    },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    return facts.migration.sql.upgrade.flatMap((statement) => {
      const found = renamed(statement)
      if (found === null) return []
      return [
        lintFinding(facts, statement.span, {
          severity: 'warning',
          message: `The ${found.what} is renamed while the previous release may still use the old name.`,
          why: `Until the new code is live, and again after a rollback, queries fail with ${found.error}`,
          remedies: [
            edit('Add the new name next to the old one, and drop the old one in a later release.', 'likely'),
          ],
        }),
      ]
    })
  },
}

function renamed(statement: SqlStatement): { readonly what: string; readonly error: string } | null {
  const value = hasWords(statement, 0, 'alter', 'type') ? indexOfWords(statement, 'rename', 'value') : -1
  if (value !== -1) {
    const type = nameAt(statement, 2)
    const old = statement.tokens[value + 2]?.word ?? ''
    return {
      what: `value ${shown(old)} of ${type ? `enum type ${shown(type.name)}` : 'an enum type'}`,
      error: 'InvalidTextRepresentation',
    }
  }
  if (hasWords(statement, 0, 'alter', 'schema') && indexOfWords(statement, 'rename', 'to') === 3) {
    return { what: `schema ${shown(statement.tokens[2]?.word ?? '')}`, error: 'UndefinedTable' }
  }
  return null
}

export default rule
