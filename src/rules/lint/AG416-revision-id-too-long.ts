import { neverHas } from '../../core/lint/dialect-guards.ts'
import { edit } from '../../core/findings/finding.ts'
import { exampleMigration, firstTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { bindingSpan } from '../../core/history/migration-module.ts'
import { shown } from '../../core/text/display.ts'

/** `version_num` is `VARCHAR(32)` (alembic/ddl/impl.py, version_table_impl). */
const width = 32

/** Reports revision ids that don't fit in the version table. */
const rule: MigrationRule = {
  code: 'AG416',
  name: 'revision-id-too-long',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 22, read: 22, right: 22 },
  summary: 'The revision id is longer than the 32 characters that version_num allows.',
  explanation: `Alembic creates its table with \`version_num VARCHAR(32)\`. PostgreSQL and MySQL reject a longer id
when Alembic writes it, after the migration has run, with \`value too long for type character varying(32)\`.
Everything is then rolled back. SQLite accepts any length, so tests pass. AG205 checks the live database; this rule
works without one. It reports nothing if env.py or an earlier migration mentions \`version_num\`, because the column
may have been widened.`,
  cure: 'If no database has run the migration, shorten the id in this file and in the `down_revision` of its children. Alternatively, widen the column, in a separate migration before this one or with `version_table_impl`.',
  examples: {
    bad: {
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration(
          '0002_add_age_and_address_to_all_users',
          'a1',
          ["op.add_column('users', sa.Column('age', sa.Integer(), nullable=True))"],
          ["op.drop_column('users', 'age')"],
        ),
      },
      underlined: "'0002_add_age_and_address_to_all_users'",
    },
    good: {
      files: {
        'a1.py': firstTables,
        'b2.py': exampleMigration(
          '0002_add_age_and_address',
          'a1',
          ["op.add_column('users', sa.Column('age', sa.Integer(), nullable=True))"],
          ["op.drop_column('users', 'age')"],
        ),
      },
    },
  },
  inspect(facts) {
    const { id, module } = facts.migration.revision
    const length = [...id].length
    if (length <= width || isWidened(facts)) return []
    if (neverHas(facts.project, ({ enforcesWidth }) => enforcesWidth)) return []
    const at = bindingSpan(module.revision) ?? { path: module.path, line: 1, column: 1 }
    const written = facts.migration.source.strings.find(
      ({ range }) => range.line === at.line && range.column === at.column,
    )
    return [
      lintFinding(facts, written?.range ?? at, {
        severity: 'error',
        message: `The id ${shown(id)} has ${length} characters, but version_num allows only ${width}.`,
        why: 'The upgrade fails with StringDataRightTruncation: value too long for type character varying(32)',
        remedies: [
          edit(
            'If no database has run this migration, shorten the id here and in the down_revision of its children.',
            'likely',
          ),
          edit('Otherwise, widen alembic_version.version_num in an earlier migration.', 'unsure'),
        ],
      }),
    ]
  },
}

function isWidened({ project, history, migration }: LintFacts): boolean {
  const says = /version_num|version_table_impl/
  if (project.env !== null && says.test(project.env.text)) return true
  return says.test(migration.source.text) || history.isMentionedBefore(migration.revision.id, says)
}

export default rule
