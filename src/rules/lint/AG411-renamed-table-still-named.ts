import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import { comesBack, removedNames, placesOf } from '../../core/lint/renamed-objects.ts'
import { counted, shown } from '../../core/text/display.ts'

/** SQL that is written out somewhere still says the old name. */
const rule: MigrationRule = {
  code: 'AG411',
  name: 'renamed-table-still-named',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 1, read: 1, right: 1 },
  summary: 'Raw SQL in the code base still uses a table or column that the migration renames.',
  explanation: `Models are renamed together with the migration; queries that are written out as text are forgotten, and no
test that runs on models finds them. They fail with \`UndefinedTable\` or \`UndefinedColumn\` the first time that they run
after the release. Strings in .py files that are SQL and .sql files are read: FROM, JOIN, INTO, UPDATE, DELETE FROM. A
CTE of the same name, a longer name and a docstring are left alone, and so are folders of other people's code.`,
  cure: 'Change the queries together with the migration. Where both releases run for a while, a view under the old name serves them.',
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
        ? [['The search', 'ended before every file was read'] as const]
        : []
      return [
        lintFinding(facts, name.span, {
          severity: 'error',
          message: `${what} becomes ${shown(name.to)}, and raw SQL still uses the old name in ${counted(own.length, 'place')}.`,
          why: `These queries fail with ${name.column === null ? 'UndefinedTable' : 'UndefinedColumn'} once the migration has run.`,
          evidence: [
            ...own
              .slice(0, maxPlaces)
              .map(({ span }) => ['It is used in', `${shown(span.path)}, line ${span.line}`] as const),
            ...rest,
            ...ended,
          ],
          remedies: [edit(`Use ${shown(name.to)} there.`, 'likely')],
        }),
      ]
    })
  },
}

/** Places that are listed one by one. */
const maxPlaces = 8

export default rule
