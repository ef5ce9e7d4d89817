import { dialectNamed } from '../../core/dialect/index.ts'
import { sqlite } from '../../core/dialect/sqlite.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'

const configured = { 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['postgresql', 'sqlite']\n" }
const add = "    op.add_column('users', sa.Column('age', sa.Integer(), nullable=True))"
const back = ["op.drop_column('users', 'age')"]

/** Reports catalog queries that work on only one of the databases that the project supports. */
const rule: MigrationRule = {
  code: 'AG413',
  name: 'dialect-blind-inspection',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary:
    'The migration uses `information_schema` or `PRAGMA` without checking the dialect, in a project that runs on several databases.',
  explanation: `SQLite has no \`information_schema\` (\`no such table: information_schema.columns\`), and only SQLite
supports \`PRAGMA\` (\`syntax error at or near "PRAGMA"\`). If a project runs on both, such a migration fails on one
of them. The guard reads the project's databases from \`dialects\` in \`[tool.alembic-guard.lint]\`. If that isn't
set, the guard detects them from the URLs in the project's configuration and tests.`,
  cure: '`sa.inspect(op.get_bind())` works on every database: `has_table`, `get_columns`, `get_indexes`. Otherwise, check `op.get_bind().dialect.name` first.',
  examples: {
    bad: {
      files: afterTables(
        [
          "found = op.get_bind().execute(sa.text('SELECT 1 FROM information_schema.columns')).first()",
          'if not found:',
          add,
        ],
        back,
      ),
      project: configured,
      underlined: "'SELECT 1 FROM information_schema.columns'",
    },
    good: {
      files: afterTables(
        [
          "found = [one['name'] for one in sa.inspect(op.get_bind()).get_columns('users')]",
          "if 'age' not in found:",
          add,
        ],
        back,
      ),
      project: configured,
    },
  },
  inspect(facts) {
    const names = new Set(facts.project.dialects.map(({ name }) => name))
    if (names.size < 2 || switches(facts)) return []
    const { source } = facts.migration
    const docs = new Set(source.functions.map(({ docstring }) => docstring))
    return source.strings.flatMap(({ text, range, function: within }) => {
      const question = within === null || docs.has(text) ? null : questionOf(text, names)
      if (question === null) return []
      const product = dialectNamed(question.fails)?.product ?? question.fails
      return [
        lintFinding(facts, range, {
          severity: 'error',
          message: `${question.what} is queried regardless of the dialect, but this project also runs on ${product}.`,
          why: `On ${product}, the migration fails with ${question.error}`,
          evidence: facts.project.dialects.map(({ name, source: told }) => [name, told] as const),
          remedies: [
            edit('Use sa.inspect(op.get_bind()), which works on every database.', 'likely'),
            edit('Otherwise, check op.get_bind().dialect.name first.', 'likely'),
          ],
        }),
      ]
    })
  },
}

interface Question {
  readonly what: string
  readonly fails: string
  readonly error: string
}

function questionOf(text: string, dialects: ReadonlySet<string>): Question | null {
  if (/\binformation_schema\.\w/i.test(text) && dialects.has(sqlite.name)) {
    return { what: 'information_schema', fails: sqlite.name, error: 'no such table: information_schema' }
  }
  const other = [...dialects].find((name) => name !== sqlite.name)
  if (!/^\s*pragma\s+\w/i.test(text) || other === undefined) return null
  return { what: 'PRAGMA', fails: other, error: 'a syntax error at PRAGMA' }
}

/** Whether the file checks the dialect anywhere. If it does, its queries are assumed to be correct. */
function switches({ migration: { source } }: LintFacts): boolean {
  return (
    source.conditions.some(({ test }) => /dialect|sqlite|postgres|mysql/i.test(test)) ||
    /\bdialect\b|engine_name|is_sqlite|is_postgres/i.test(source.text)
  )
}

export default rule
