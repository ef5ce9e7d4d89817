import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { type SqlStatement, hasWords, includesWords } from '../../core/lint/sql-statement.ts'
import { upgradeSteps } from '../../core/lint/lock-facts.ts'
import type { Operation, WrittenName } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

const long = 'ix_users_on_the_lower_cased_name_of_each_user_of_an_organisation_by_id'

/** Reports names that PostgreSQL truncates or SQLAlchemy rejects. */
const rule: MigrationRule = {
  code: 'AG435',
  name: 'name-too-long',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 1, read: 1, right: 1 },
  summary: "A name is longer than PostgreSQL's limit of 63 bytes.",
  explanation:
    'PostgreSQL truncates a longer name to 63 bytes and prints only a NOTICE. Autogenerate then finds a different name in the database than in the models, and two long names with the same beginning collide. SQLAlchemy rejects overlong index and constraint names before it contacts the database: *Identifier … exceeds maximum length of 63 characters*. SQLAlchemy shortens names that are passed to `op.f()`.',
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
    const inSql = facts.migration.sql.upgrade.map((statement) => ({
      span: statement.span,
      names: namesInSql(statement),
    }))
    const isSql = ({ span }: Operation): boolean =>
      inSql.some((one) => one.span.line === span.line && one.span.column === span.column)
    const steps = upgradeSteps(facts).flatMap((step) =>
      isSql(step) ? [] : [{ span: step.span, names: namesOf(step) }],
    )
    return [...inSql, ...steps].flatMap(({ span, names }) => {
      const found = names.find(({ name }) => name.length > maxBytes / 3 && bytesOf(name) > maxBytes)
      if (found === undefined) return []
      // SQLAlchemy's limit is in characters, PostgreSQL's in bytes.
      const refused = found.checked && [...found.name].length > 63
      return [
        lintFinding(facts, span, {
          severity: refused ? 'error' : 'warning',
          message: `The name ${shown(found.name)} is ${bytesOf(found.name)} bytes long, but PostgreSQL keeps only 63.`,
          why: refused
            ? 'The upgrade fails with IdentifierError: Identifier exceeds maximum length of 63 characters'
            : 'PostgreSQL truncates the name, so a lookup of the full name finds nothing.',
          remedies: [edit('Choose a shorter name.', 'proven')],
        }),
      ]
    })
  },
}

/** PostgreSQL's limit for names. A UTF-16 code unit takes at most three bytes. */
const maxBytes = 63

interface GivenName {
  readonly name: string
  /** True if SQLAlchemy checks the length. */
  readonly checked: boolean
}

/**
 * All names in a CREATE, ADD or RENAME statement. Reads the SQL itself, because parsed operations contain truncated
 * names.
 */
function namesInSql(statement: SqlStatement): readonly GivenName[] {
  const makes =
    hasWords(statement, 0, 'create') ||
    (hasWords(statement, 0, 'alter') &&
      (includesWords(statement, 'add') || includesWords(statement, 'rename')))
  if (!makes) return []
  return statement.tokens.flatMap(({ kind, word }) =>
    kind === 'word' || kind === 'quoted' ? [{ name: word, checked: false }] : [],
  )
}

/** Names that an Alembic directive gives to objects. */
function namesOf(step: Operation): readonly GivenName[] {
  const cut = (stored: string): GivenName => ({
    name: step.overlong?.find((name) => name.startsWith(stored)) ?? stored,
    checked: false,
  })
  // SQLAlchemy shortens names in op.f() instead of checking them.
  const checked = (named: readonly WrittenName[]): readonly GivenName[] =>
    named.flatMap(({ name, exact }) => (name === null || exact ? [] : [{ name, checked: true }]))
  switch (step.kind) {
    case 'createTable':
      return [
        cut(step.table.name),
        ...(step.columns ?? []).map(({ name }) => cut(name)),
        ...checked(step.constraints),
        ...checked(step.indexes),
      ]
    case 'addColumn':
      return [cut(step.column.name), ...checked(step.constraints)]
    case 'renameTable':
      return [cut(step.to.name)]
    case 'createEnum':
      return [cut(step.enum.name)]
    case 'createIndex':
      return checked([step.index])
    case 'addConstraint':
      return checked([step.constraint])
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

export default rule
