import { type Discovery, advice, discovery, edit } from '../core/findings/finding.ts'
import { transactionLines } from './phrases/transaction-summary.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { type GitCommit, shortCommit } from '../core/lost/git-history.ts'
import type { RevisionChange } from '../core/lost/changed-revisions.ts'
import { type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import { withoutColumnsOf } from '../core/evidence/object-labels.ts'
import {
  type MissingObjects,
  mistyped,
  partlyThere,
  traceless,
  tracelessEnd,
  withoutObjects,
} from '../core/evidence/expected-objects.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Reports applied revisions whose objects are missing. */
const rule: Rule = {
  code: 'AG303',
  name: 'applied-without-trace',
  severity: 'error',
  summary: 'A revision is stamped as applied, but none of its objects exist.',
  explanation: `\`alembic stamp\` updates the version row and runs nothing. After \`stamp head\` on a database that
lacked some migrations, every later upgrade skips them: it exits with 0, and the application's queries fail.
The guard checks the newest applied migrations. If every table, column and type that a migration creates is missing,
the migration never ran here, or was reverted manually. Objects with the same name in another schema don't count, and neither do steps
whose effect is only known at run time.

If the objects of a later migration exist, or only some of the objects are missing, the finding is a warning that
lists the missing ones: they may have been dropped on purpose. The finding is an error if git shows the cause: the
file was inserted below the stamped revision (so Alembic never runs it), the file was edited after it ran, or its id was reused
for another migration.

Column types are compared too, but only by kind: a column created with a numeric type is reported if it is now a text
column, but not if it is a \`bigint\`. A difference means that another migration created the column, or that its
type was changed manually. A type that a later migration may have changed isn't compared.`,
  cure: 'If the migration never ran, set the version row to the last revision that did, and let the upgrade run the rest. The guard shows that revision if it can determine it from the live schema. If a file was inserted or edited, create the missing objects in a new migration after the head. If the objects were dropped on purpose, record that in a migration that first checks whether they exist.',
  examples: {
    bad: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables'),
    },
    good: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables', 'guests'),
    },
  },
  explains: [],
  follows: { AG102: 'same revision' },
  inspect(facts) {
    const { database, graph, provenance } = facts
    const checked = database?.traces
    const kinds: readonly string[] = ['current', 'behind', 'ahead']
    if (!database || !checked || !kinds.includes(database.standing.kind)) return []
    const end = tracelessEnd(graph, checked)
    const changeOf = ({ id }: MissingObjects): RevisionChange | null => provenance?.changes?.get(id) ?? null
    const wrongTypes = mistyped(checked)
    const replaced = [...withoutObjects(checked), ...wrongTypes].flatMap((one) => {
      const change = changeOf(one)
      return change?.kind === 'replaced' ? [{ one, change }] : []
    })
    const undone = replaced.map(({ change }) => change.before).join('\n')
    const gaps = [
      ...traceless(checked).filter((one) => !end.includes(one)),
      ...partlyThere(checked).filter((one) => !end.includes(one)),
      ...wrongTypes.filter((one) => !partlyThere(checked).includes(one)),
    ].filter((one) => !replaced.some((other) => other.one === one) && !explains(undone, one))
    const rows = database.state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
    const made = checked.transactions ? transactionLines(rows, checked.transactions) : []
    const position = positionRemedies(judgeFactsOf(facts))
    return [
      ...(end.length > 0
        ? [
            discovery({
              severity: 'error',
              message: `The database is stamped with ${listed(rows)}, but none of the objects from ${listed(names(end))} exist.`,
              why: 'Alembic considers these migrations applied and will never run them. It exits with 0, and their objects are never created.',
              evidence: end.slice(0, 3).map(missingRow),
              details: made.map((line) => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`),
              revisions: [...names(end), ...rows],
              objects: end.flatMap(tablesOf),
              remedies: [
                ...position.remedies,
                advice(
                  'If this is the wrong database, fix the URL. If it should be empty, upgrade it from base.',
                ),
              ],
              otherwise: position.otherwise,
              notAdvised: null,
            }),
          ]
        : []),
      ...replaced.map(({ one, change }) => replacedFinding(one, change)),
      ...gaps.map((one) => gapFinding(one, changeOf(one))),
    ]
  },
}

/** Reports a reused id: the database ran an earlier migration with this id. */
function replacedFinding(one: MissingObjects, change: RevisionChange & { kind: 'replaced' }): Discovery {
  const name = shown(one.id)
  const old = shown(change.path.slice(change.path.lastIndexOf('/') + 1))
  return discovery({
    severity: 'error',
    message: `The id ${name} was reused for another migration. This database ran ${old}, so Alembic will never run the new one here: ${lackOf(one)}.`,
    why: "Alembic compares ids, not files. It exits with 0, and the new migration's objects are never created.",
    evidence: [missingRow(one), ['Replaced in', commitText(change.commit)]],
    revisions: [one.id],
    objects: tablesOf(one),
    remedies: [
      edit(
        one.mistyped.length === 0
          ? `Restore ${old} with the id ${name}. Give the new migration its own id, and place it after ${name}.`
          : `Restore ${old} with the id ${name}, and change the type in a new migration after the head.`,
        'likely',
      ),
    ],
  })
}

/** Whether the text mentions every missing object. False if a column has the wrong type. */
function explains(text: string, { missing, mistyped: wrong }: MissingObjects): boolean {
  return wrong.length === 0 && missing.every((label) => mentions(text, label))
}

function mentions(text: string, label: string): boolean {
  const name = label.split(/[ .]/).at(-1) ?? ''
  return name !== '' && new RegExp(`\\b${name.replace(/[^\w]/g, '\\$&')}\\b`).test(text)
}

/** Returns the change that explains why objects are missing; null if there's none. */
function causeOf(
  { missing, mistyped: wrong, present }: MissingObjects,
  change: RevisionChange | null,
):
  | Extract<RevisionChange, { kind: 'inserted' }>
  | { readonly kind: 'edited'; readonly commit: GitCommit }
  | null {
  switch (change?.kind) {
    case 'inserted':
      // Existing objects show that the revision ran, even if it was inserted: new databases run every revision.
      return present > 0 || missing.length === 0 ? null : change
    case 'edited': {
      const labels = [...missing, ...wrong.map(({ label }) => label)]
      const found = change.edits.find(({ added }) => labels.some((label) => mentions(added, label)))
      return found ? { kind: 'edited', commit: found.commit } : null
    }
    case 'replaced':
      return { kind: 'edited', commit: change.commit }
    default:
      return null
  }
}

/** Describes missing objects and wrong types: `index ix_a is missing`, `column a.b is text, not sa.Integer()`. */
function lackOf({ missing, mistyped: wrong }: MissingObjects): string {
  const labels = withoutColumnsOf(missing).map(shown)
  const more = labels.length > 4 ? ` and ${labels.length - 4} more` : ''
  const types = wrong
    .slice(0, 3)
    .map(({ label, stated, live }) => `${shown(label)} is ${shown(live)}, not ${shown(stated)}`)
  return [
    ...(labels.length === 0
      ? []
      : [`${listed(labels.slice(0, 4))}${more} ${labels.length === 1 ? 'is' : 'are'} missing`]),
    ...types,
  ].join(', and ')
}

/** The finding for a revision whose objects are missing even though objects from later revisions exist. */
function gapFinding(one: MissingObjects, seen: RevisionChange | null): Discovery {
  const { id, present, effects } = one
  const lost = lackOf(one)
  const name = shown(id)
  const onlyTypes = one.missing.length === 0
  const change = causeOf(one, seen)
  const again = onlyTypes
    ? 'Add a migration after the head that changes the type only where it differs; new databases already have the right type.'
    : "Add a migration after the head that creates each missing object only if it doesn't exist; new databases already have them."
  switch (change?.kind) {
    case 'inserted':
      return discovery({
        severity: 'error',
        message: `${name} was inserted below the stamped revision, so Alembic will never run it here: ${lost}.`,
        why: "Alembic assumes that every revision before the stamped one is applied. It exits with 0, and the migration's objects are never created.",
        evidence: [
          missingRow(one),
          ['Inserted in', commitText(change.commit)],
          ['Inserted before', shown(change.before)],
        ],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [
          edit(
            `If every database is in this state, move ${name} after the head: set the down_revision of ${shown(change.before)} to the parent of ${name}, and the down_revision of ${name} to the head.`,
            'likely',
          ),
          edit(again, 'likely'),
        ],
      })
    // Wrong types alone prove little.
    case 'edited':
      return discovery({
        severity: present === 0 || onlyTypes ? 'warning' : 'error',
        message: onlyTypes
          ? `${name} was edited after it ran here: ${lost}.`
          : `${name} was edited after it ran here: ${present} of ${counted(effects, 'effect')} ${present === 1 ? 'is' : 'are'} present, ${lost}.`,
        why: 'Alembic runs a migration only once, so this database will never get what the edit added.',
        evidence: [missingRow(one), ['Edited in', commitText(change.commit)]],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [
          edit(`Revert the edit, and put its additions into a new migration after the head.`, 'likely'),
          edit(again, 'unsure'),
        ],
      })
    case undefined:
      return discovery({
        severity: 'warning',
        message: onlyTypes
          ? `${name} is stamped as applied, but a column's type doesn't match: ${lost}.`
          : present === 0
            ? `${name} is stamped as applied, but none of its objects exist, even though those of later migrations do: ${lost}.`
            : `${name} is stamped as applied, but only ${present} of ${counted(effects, 'effect')} ${present === 1 ? 'is' : 'are'} present: ${lost}.`,
        why: onlyTypes
          ? 'Another migration with this id ran here, this one was edited after it ran, or the type was changed manually. No upgrade will correct the type.'
          : 'Either the migration was stamped without being run, or it was edited after it ran, or its objects were removed manually. No upgrade will recreate the objects.',
        evidence: [missingRow(one)],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [
          advice(
            `Compare the schema with ${onlyTypes ? 'the types in the migration' : 'the objects that the migration creates'}. ${again}`,
          ),
        ],
      })
    default:
      return change satisfies never
  }
}

/** The affected tables and enum types, such as `users` for `column users.phone`. */
function tablesOf({ missing, mistyped: wrong }: MissingObjects): readonly string[] {
  return [...missing, ...wrong.map(({ label }) => label)].flatMap((label) => {
    const [, kind, name = ''] = /^(table|column|enum type|constraint) (.*)$/.exec(label) ?? []
    return kind === undefined
      ? []
      : [kind === 'column' || kind === 'constraint' ? name.slice(0, name.lastIndexOf('.')) : name]
  })
}

function commitText({ id, date, subject }: GitCommit): string {
  return `${shortCommit(id)}, ${date.slice(0, 10)}: ${shown(subject)}`
}

function names(traces: readonly MissingObjects[]): readonly string[] {
  return traces.map(({ id: name }) => name)
}

function missingRow(one: MissingObjects): [string, string] {
  const { id: name, missing, present, effects } = one
  if (missing.length === 0) return [`${shown(name)} differs`, lackOf(one)]
  return [
    `${shown(name)} lacks`,
    `${listed(withoutColumnsOf(missing), 4)}; ${present} of ${counted(effects, 'effect')} present`,
  ]
}

export default rule
