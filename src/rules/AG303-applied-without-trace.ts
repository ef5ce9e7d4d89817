import { type Discovery, advice, discovery, edit } from '../core/findings/finding.ts'
import { transactionLines } from './phrases/transaction-summary.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { type GitCommit, shortCommit } from '../core/lost/git-history.ts'
import type { RevisionChange } from '../core/lost/changed-revisions.ts'
import { type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import {
  type MissingObjects,
  partlyThere,
  traceless,
  tracelessEnd,
  withoutObjects,
} from '../core/evidence/expected-objects.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Stamped, and nothing is there. */
const rule: Rule = {
  code: 'AG303',
  name: 'applied-without-trace',
  severity: 'error',
  summary: 'The stamp says that a migration ran, but none of its objects exist.',
  explanation: `\`alembic stamp\` moves the row and runs nothing. After \`stamp head\` on a database that was not there
yet, every later upgrade passes over the migrations in between: it exits 0, and the application finds no table. The guard
looks at the newest applied migrations; one whose tables, columns and types are all missing has not run here, or was
undone by hand. Names that exist in another schema say nothing, nor do steps that only running would tell.

Where a later migration did leave its objects, or some of the objects are there, the gap is a warning that names what is
missing: somebody may have dropped things on purpose. It is an error where git shows how it came about: the file was
inserted below the stamp, so that Alembic skips it for good, it was edited after it ran, or its id was given to another migration.`,
  cure: `If it never ran, move the row to the last revision that did and let the upgrade run the rest; the guard names that
revision where the live schema proves it. If a file was inserted or edited, put what is missing into a migration after the
head. If it was undone on purpose, write that down as a migration that looks first.`,
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
    const replaced = withoutObjects(checked).flatMap((one) => {
      const change = changeOf(one)
      return change?.kind === 'replaced' ? [{ one, change }] : []
    })
    const undone = replaced.map(({ change }) => change.before).join('\n')
    const gaps = [
      ...traceless(checked).filter((one) => !end.includes(one)),
      ...partlyThere(checked).filter((one) => !end.includes(one)),
    ].filter((one) => !replaced.some((other) => other.one === one) && !explains(undone, one))
    const rows = database.state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
    const made = checked.transactions ? transactionLines(rows, checked.transactions) : []
    const position = positionRemedies(judgeFactsOf(facts))
    return [
      ...(end.length > 0
        ? [
            discovery({
              severity: 'error',
              message: `The database is stamped ${listed(rows)}, but ${listed(names(end))} left none of their objects in its schema.`,
              why: 'Alembic considers them applied and will never run them; it exits with 0, and their objects stay missing.',
              evidence: end.slice(0, 3).map(missingRow),
              details: made.map((line) => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`),
              revisions: [...names(end), ...rows],
              objects: end.flatMap(tablesOf),
              remedies: [
                ...position.remedies,
                advice('If this is the wrong database or an empty one: fix the URL, or upgrade from base.'),
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

/** The id was another migration's, which ran here; this one never did. */
function replacedFinding(one: MissingObjects, change: RevisionChange & { kind: 'replaced' }): Discovery {
  const name = shown(one.id)
  const missing = `${listed(one.missing.slice(0, 4).map(shown))} ${one.missing.length === 1 ? 'is' : 'are'} missing`
  const old = shown(change.path.slice(change.path.lastIndexOf('/') + 1))
  return discovery({
    severity: 'error',
    message: `The id ${name} was given to another migration: this database ran ${old}, and Alembic will never run the new one here: ${missing}.`,
    why: 'Alembic compares ids, not files; it exits with 0, and the objects of the new migration stay missing.',
    evidence: [missingRow(one), ['Replaced in', commitText(change.commit)]],
    revisions: [one.id],
    objects: tablesOf(one),
    remedies: [
      edit(
        `Restore ${old} under the id ${name}, and give the new migration an id of its own that follows ${name}.`,
        'likely',
      ),
    ],
  })
}

/** Does the text of the migration that ran speak of all that is missing? */
function explains(text: string, { missing }: MissingObjects): boolean {
  return missing.every((label) => {
    const name = label.split(/[ .]/).at(-1) ?? ''
    return name !== '' && new RegExp(`\\b${name.replace(/[^\w]/g, '\\$&')}\\b`).test(text)
  })
}

/** A revision that counts as applied and lacks things, while later ones have theirs. */
function gapFinding(one: MissingObjects, change: RevisionChange | null): Discovery {
  const { id, present, missing, effects } = one
  const lost = `${listed(missing.slice(0, 4))}${missing.length > 4 ? ` and ${missing.length - 4} more` : ''} ${missing.length === 1 ? 'is' : 'are'} missing`
  const name = shown(id)
  const again =
    'Add a migration after the head that creates what is missing, only where it is missing: new databases have it already.'
  switch (change?.kind) {
    case 'inserted':
      return discovery({
        severity: 'error',
        message: `${name} was inserted below the stamp, and Alembic will never run it here: ${lost}.`,
        why: "Alembic considers everything before the stamp applied; it exits with 0, and the migration's objects stay missing.",
        evidence: [
          missingRow(one),
          ['Inserted in', commitText(change.commit)],
          ['In front of', shown(change.before)],
        ],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [
          edit(
            `If only databases like this one exist: point ${shown(change.before)} back at what ${name} follows, and ${name} at the head.`,
            'likely',
          ),
          edit(again, 'likely'),
        ],
      })
    // Some of its objects are there, so that it ran.
    case 'replaced':
    case 'edited':
      return discovery({
        severity: present === 0 ? 'warning' : 'error',
        message: `${name} was edited after it ran here: ${present} of ${counted(effects, 'effect')} ${present === 1 ? 'is' : 'are'} there, ${lost}.`,
        why: 'Alembic runs a migration once, so this database never gets what the edit added.',
        evidence: [missingRow(one), ['Edited in', commitText(change.commit)]],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [
          edit(`Take the edit back, and put what it added into a migration after the head.`, 'likely'),
          edit(again, 'unsure'),
        ],
      })
    case undefined:
      return discovery({
        severity: 'warning',
        message:
          present === 0
            ? `${name} counts as applied, but left no trace in the schema, and later migrations did: ${lost}.`
            : `${name} counts as applied, but only ${present} of ${counted(effects, 'effect')} ${present === 1 ? 'is' : 'are'} there: ${lost}.`,
        why: 'It was stamped over or edited after it ran, or objects were removed by hand; no upgrade recreates them.',
        evidence: [missingRow(one)],
        revisions: [id],
        objects: tablesOf(one),
        remedies: [advice(`Compare the schema with what the migration creates. ${again}`)],
      })
    default:
      return change satisfies never
  }
}

/** `column users.phone` is about users. */
function tablesOf({ missing }: MissingObjects): readonly string[] {
  return missing.flatMap((label) => {
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

function missingRow({ id: name, missing, effects }: MissingObjects): [string, string] {
  return [
    `${shown(name)} lacks`,
    `${counted(effects, 'effect')}: ${missing.slice(0, 4).map(shown).join(', ')}`,
  ]
}

export default rule
