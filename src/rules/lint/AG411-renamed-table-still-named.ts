import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import { comesBack, removedNames, placesOf } from '../../core/lint/renamed-objects.ts'
import { counted, shown } from '../../core/text/display.ts'

/** Reports raw SQL that uses the old name of a renamed table or column. */
const rule: MigrationRule = {
  code: 'AG411',
  name: 'renamed-table-still-named',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 1, read: 1, right: 1 },
  summary:
    'Raw SQL in the code base still uses the old name of a table or column that the migration renames.',
  explanation: `Models are renamed together with the migration, but raw SQL queries are easily forgotten, and tests
that use the models don't cover them. The queries fail with \`UndefinedTable\` or \`UndefinedColumn\` the first time
they run after the release. The guard looks at FROM, JOIN, INTO, UPDATE and DELETE FROM clauses in .sql files and in the
strings of .py files. It ignores CTEs with the old name, longer names that contain it, docstrings and third-party folders.`,
  cure: 'Change the queries together with the migration. If the old and the new release run side by side for a while, create a view with the old name.',
  examples: {
    bad: {
      files: afterTables(["op.rename_table('users', 'people')"], ["op.rename_table('people', 'users')"]),
      project: {
        'app/report.py': 'QUERY = """\n    SELECT count(*)\n    FROM users\n    WHERE org_id = :org\n"""\n',
      },
      underlined: "op.rename_table('users', 'people')",
    },
    good: {
      files: afterTables(["op.rename_table('users', 'people')"], ["op.rename_table('people', 'users')"]),
      project: {
        'app/report.py': 'QUERY = """\n    SELECT count(*)\n    FROM people\n    WHERE org_id = :org\n"""\n',
      },
    },
  },
  inspect(facts) {
    return removedNames(upgradeSteps(facts)).flatMap((name) => {
      const own = placesOf(facts.project.places, name).filter(({ kind }) => kind === 'sql')
      if (name.to === null || own.length === 0 || comesBack(facts, name)) return []
      const what = name.column === null ? shown(name.table) : `${shown(name.table)}.${shown(name.column)}`
      const more = own.length - maxPlaces
      const rest = more > 0 ? [['And in', counted(more, 'more place')] as const] : []
      const ended = facts.project.places.incomplete
        ? [['The search', 'stopped before reading every file'] as const]
        : []
      return [
        lintFinding(facts, name.span, {
          severity: 'error',
          message: `${what} is renamed to ${shown(name.to)}, but raw SQL still uses the old name in ${counted(own.length, 'place')}.`,
          why: `These queries fail with ${name.column === null ? 'UndefinedTable' : 'UndefinedColumn'} once the migration has run.`,
          evidence: [
            ...own
              .slice(0, maxPlaces)
              .map(({ span }) => ['Used in', `${shown(span.path)}, line ${span.line}`] as const),
            ...rest,
            ...ended,
          ],
          remedies: [edit(`Use ${shown(name.to)} in these queries.`, 'likely')],
        }),
      ]
    })
  },
}

/** Maximum number of locations to list. */
const maxPlaces = 8

export default rule
