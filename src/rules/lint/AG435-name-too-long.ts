import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import type { Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const long = 'ix_users_on_the_lower_cased_name_of_each_user_of_an_organisation_by_id'

/** Reports names that PostgreSQL truncates or SQLAlchemy rejects. */
const rule: MigrationRule = {
  code: 'AG435',
  name: 'name-too-long',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: "A name is longer than PostgreSQL's limit of 63 bytes.",
  explanation:
    'PostgreSQL truncates a longer name to 63 bytes, with only a NOTICE. Autogenerate then finds a different name in the database than in the models, and two long names with the same beginning collide. SQLAlchemy rejects overlong index and constraint names before it contacts the database: *Identifier … exceeds maximum length of 63 characters*. Names in `op.f()` are shortened by SQLAlchemy.',
  cure: 'Choose a shorter name.',
  examples: {
    bad: {
      files: afterTables([`op.create_index('${long}', 'users', ['name'])`], [`op.drop_index('${long}')`]),
      underlined: 'op.create_index(',
    },
    good: {
      files: afterTables(
        [
          'with op.get_context().autocommit_block():',
          "    op.create_index('ix_users_name', 'users', ['name'], postgresql_concurrently=True)",
        ],
        ["op.drop_index('ix_users_name')"],
      ),
    },
  },
  inspect(facts) {
    if (!mayRunOn(facts.project, postgresql)) return []
    return upgradeSteps(facts).flatMap((step) => {
      const found = namesOf(step).find(({ name }) => bytesOf(name) > 63)
      if (found === undefined) return []
      const refused = found.checked && !isInSql(facts, step)
      return [
        lintFinding(facts, step.span, {
          severity: refused ? 'error' : 'warning',
          message: `The name ${shown(found.name)} has ${bytesOf(found.name)} bytes, but PostgreSQL keeps only 63.`,
          why: refused
            ? 'The upgrade stops with IdentifierError: Identifier exceeds maximum length of 63 characters'
            : 'PostgreSQL truncates the name, so a lookup of the full name finds nothing.',
          remedies: [edit('Choose a shorter name.', 'proven')],
        }),
      ]
    })
  },
}

/** Names that the step creates. `checked`: SQLAlchemy rejects the name if it is too long. */
function namesOf(step: Operation): readonly { readonly name: string; readonly checked: boolean }[] {
  const cut = (name: string): { name: string; checked: boolean } => ({ name, checked: false })
  switch (step.kind) {
    case 'createTable':
      return [cut(step.table.name), ...(step.columns ?? []).map(({ name }) => cut(name))]
    case 'addColumn':
      return [cut(step.column.name)]
    case 'renameTable':
      return [cut(step.to.name)]
    case 'createEnum':
      return [cut(step.enum.name)]
    case 'createIndex':
      // SQLAlchemy shortens names in op.f() deterministically.
      return step.index.name === null || step.index.exact ? [] : [{ name: step.index.name, checked: true }]
    case 'addConstraint': {
      const { name, exact } = step.constraint
      return name === null || exact ? [] : [{ name, checked: true }]
    }
    default:
      return []
  }
}

function bytesOf(name: string): number {
  return [...name].reduce((sum, one) => sum + utf8Length(one.codePointAt(0) ?? 0), 0)
}

function utf8Length(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

function isInSql({ migration }: LintFacts, { span }: Operation): boolean {
  return migration.sql.upgrade.some((one) => one.span.line === span.line && one.span.column === span.column)
}

export default rule
