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

/** A name that the running release writes into its queries is changed under it. */
const rule: MigrationRule = {
  code: 'AG436',
  name: 'enum-value-or-schema-renamed',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 2, read: 2, right: 2 },
  riskTag: 'still in use',
  summary: 'An enum value or a schema is renamed while the release before still uses the old name.',
  explanation: `The migration runs while the previous release still answers requests. After \`RENAME VALUE\` each of its queries
that writes or compares with the old value fails with *invalid input value for enum*, and rows that it reads hold a value
that its Enum does not know (\`LookupError\`). After \`ALTER SCHEMA … RENAME\` it finds no table there any more. A roll back
of the code fails likewise.`,
  cure: `Add the new value (\`ADD VALUE IF NOT EXISTS\`), write it in one release, change the rows, and stop reading the old one
in the next. For a schema: views under the old name.`,
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
          message: `The ${found.what} is renamed while the release before may still use the old name.`,
          why: `Until new code has taken over, and after a roll back, its queries fail with ${found.error}`,
          remedies: [edit('Add the new one beside it, and drop the old one in a later release.', 'likely')],
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
      what: `value ${shown(old)} of ${shown(type?.name ?? 'an enum')}`,
      error: 'InvalidTextRepresentation',
    }
  }
  if (hasWords(statement, 0, 'alter', 'schema') && indexOfWords(statement, 'rename', 'to') === 3) {
    return { what: `schema ${shown(statement.tokens[2]?.word ?? '')}`, error: 'UndefinedTable' }
  }
  return null
}

export default rule
