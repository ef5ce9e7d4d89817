import { edit } from '../../core/findings/finding.ts'
import { exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { shown } from '../../core/text/display.ts'

const configured = { 'pyproject.toml': "[tool.alembic-guard.lint]\nmessage-pattern = '^[A-Z]+-\\d+: '\n" }
const body = [
  ["op.add_column('users', sa.Column('age', sa.Integer(), nullable=True))"],
  ["op.drop_column('users', 'age')"],
] as const

/** Reports messages that don't follow the project's convention. */
const rule: MigrationRule = {
  code: 'AG415',
  name: 'migration-message',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: "The message doesn't match the project's own pattern. Disabled unless a pattern is set.",
  explanation:
    "`alembic history` shows the first paragraph of the docstring. A project may require it to start with a ticket number or an imperative verb. The pattern is a regular expression: `message-pattern` in `[tool.alembic-guard.lint]` in pyproject.toml. Merge revisions aren't checked, because `alembic merge` writes them.",
  cure: 'Change the first line of the docstring. The id and the file name can stay as they are.',
  examples: {
    bad: {
      files: { 'a1.py': firstTables, 'b2.py': exampleMigration('b2', 'a1', ...body) },
      project: configured,
      underlined: '"""Change tables"""',
    },
    good: {
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration('b2', 'a1', ...body).replace(
          'Change tables',
          'APP-12: Add the age of users',
        ),
      },
      project: configured,
    },
  },
  inspect(facts) {
    const { messagePattern } = facts.project.options
    const { message, downRevisions, path } = facts.migration.revision
    if (messagePattern === null || downRevisions.length > 1) return []
    if (new RegExp(messagePattern, 'u').test(message)) return []
    const first = facts.migration.source.strings[0]
    const docstring =
      first !== undefined &&
      message !== '' &&
      first.text.trimStart().startsWith(message.split('\n', 1)[0] ?? '')
    return [
      lintFinding(facts, docstring ? first.range : { path, line: 1, column: 1 }, {
        severity: 'warning',
        message:
          message === ''
            ? 'The migration has no message.'
            : `The message "${shown(message.split('\n', 1)[0] ?? '')}" doesn't match message-pattern.`,
        why: `The project requires ${shown(messagePattern)}`,
        remedies: [edit('Change the first line of the docstring.', 'likely')],
      }),
    ]
  },
}

export default rule
