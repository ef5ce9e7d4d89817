import { type Discovery, edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { lockedTable, sameTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import type { ObjectName, Operation } from '../../core/history/operation.ts'
import { comesBack, removedNames, placesOf } from '../../core/lint/renamed-objects.ts'
import { tablesNamed } from '../../core/schema/migrated-schema.ts'
import { shown } from '../../core/text/display.ts'
import type { RemovedName, NamedPlace } from '../../core/lint/lint-facts.ts'

/** Reports dropped or renamed objects that the running release might still use. */
const rule: MigrationRule = {
  code: 'AG426',
  name: 'drop-or-rename-in-use',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 328, read: 30, right: 30 },
  riskTag: 'inUse',
  lock: { table: 'users', mode: 'AccessExclusiveLock', alsoInGood: true },
  summary: 'A table or column is dropped or renamed while the previous release still uses it.',
  explanation: `The migration runs while the previous release still serves requests. Its models list every column
of a table in every SELECT. Once a column is dropped or renamed, those queries fail with \`UndefinedColumn\` until
the new release has taken over; after a code rollback, they fail again. The statement itself is fast but needs an
ACCESS EXCLUSIVE lock: it waits for every open transaction that uses the table, and every other query waits behind it. Drops
are reported only if the rule is explicitly enabled (\`--rule\`, \`enable\`), because code that mentions a table may
be dead code.`,
  cure: 'Use two releases: first a release that no longer uses the object (for a column, remove it from the model or mark it `deferred`), then the migration that drops it. For a rename, add the new object, write to both, migrate the readers, then drop the old one. For a renamed table, a view with the old name keeps existing readers working. `SET lock_timeout` limits the wait.',
  examples: {
    bad: {
      files: afterTables(
        ["op.alter_column('users', 'name', new_column_name='full_name')"],
        ["op.alter_column('users', 'full_name', new_column_name='name')"],
      ),
      underlined: "op.alter_column('users', 'name', new_column_name='full_name')",
    },
    good: {
      files: afterTables(
        ["op.rename_table('users', 'people')", "op.execute('CREATE VIEW users AS SELECT * FROM people')"],
        ["op.execute('DROP VIEW users')", "op.rename_table('people', 'users')"],
      ),
    },
  },
  inspect: (facts) => inUse(facts, removedNames(upgradeSteps(facts))),
  // By default, report only renames, because code that mentions a dropped object may never run.
  inspectByDefault: (facts) =>
    inUse(
      facts,
      removedNames(upgradeSteps(facts)).filter(({ to }) => to !== null),
    ),
}

function inUse(facts: LintFacts, names: readonly RemovedName[]): readonly Discovery[] {
  const steps = upgradeSteps(facts)
  return names.flatMap((gone) => {
    const at = steps.findIndex((step) => step.span === gone.span && tableIn(step)?.name === gone.table)
    const table = tableIn(steps[at])
    const locked = table === null ? null : lockedTable(facts, table, at)
    if (locked === null) return []
    const places = gone.to === null ? usesOf(facts, gone, table) : []
    // Without a live database, report a drop only if the code uses the object.
    if (gone.to === null && facts.live === null && places.length === 0) return []
    if (gone.to === null && comesBack(facts, gone)) return []
    const name =
      gone.column === null
        ? `table ${shown(locked.name)}`
        : `column ${shown(locked.name)}.${shown(gone.column)}`
    const [first] = places
    const used =
      first === undefined
        ? ' while the previous release may still use it'
        : `, although ${shown(first.span.path)}, line ${first.span.line}, still uses it`
    return [
      lintFinding(facts, gone.span, {
        severity: 'warning',
        message: `The ${name} is ${gone.to === null ? 'dropped' : `renamed to ${shown(gone.to)}`} under an ACCESS EXCLUSIVE lock${used}.`,
        why: `Until the new code is live, and again after a rollback, queries fail with ${gone.column === null ? 'UndefinedTable' : 'UndefinedColumn'}`,
        evidence: sizeRows(locked),
        remedies: [
          edit(
            gone.to === null
              ? 'First release code that no longer uses the object, then drop it in the next release.'
              : 'Add the new name next to the old one, write to both, and drop the old one in a later release.',
            'likely',
          ),
        ],
      }),
    ]
  })
}

/** Where the code still uses the object. */
function usesOf(facts: LintFacts, gone: RemovedName, table: ObjectName | null): readonly NamedPlace[] {
  const before = facts.history.schemaBefore(facts.migration.revision.id)
  const twins = tablesNamed(before, gone.table)
  const twin = twins.some(({ name }) => table === null || !sameTable(name, table))
  return twin ? [] : placesOf(facts.project.places, gone)
}

function tableIn(step: Operation | undefined): ObjectName | null {
  return step !== undefined && 'table' in step ? step.table : null
}

export default rule
