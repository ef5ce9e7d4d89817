import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { DatabaseFacts, Rule } from '../core/diagnosis/rule.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import { counted, listed, shown } from '../core/text/display.ts'

/** Reports revision ids defined in more than one file. Alembic keeps the file it loads last. */
const rule: Rule = {
  code: 'AG102',
  name: 'duplicate-revision',
  severity: 'error',
  summary: 'Several files define the same revision id.',
  explanation:
    'Alembic prints a warning, keeps the file it loads last and ignores the other, whose migration then never runs. The consequences look like other problems: the shadowed file leaves a phantom head ("Multiple head revisions"), an overlap, or a cycle.',
  cure: 'Give one of the two files a new id, preferably the one that no database has run. Point its children at the new id. A copy made by an editor or a sync tool (`a copy.py`) can simply be deleted.',
  examples: {
    bad: {
      files: {
        'a1_users.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2_email.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'b2_phone.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1_users.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2_email.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'c3_phone.py': `revision = 'c3'\ndown_revision = 'b2'\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: [
    'cycle',
    'multiple-heads',
    'key-error',
    'redundant-parent',
    'overlapping-rows',
    'unknown-target',
  ],
  inspect(facts) {
    const { graph, repository, database } = facts
    const orderKnown = repository.alembic.version.major > 1 || repository.alembic.version.minor >= 10
    return graph.duplicates.map(({ id, revisions }) => {
      const last = revisions.at(-1)
      const shadowed = revisions.slice(0, -1)
      const paths = revisions.map(({ path }) => path)
      const ran = ranHere(paths, database)
      const others = paths.filter((path) => path !== ran)
      return discovery({
        severity: 'error',
        message:
          ran === null
            ? `${revisions.length} files define revision ${shown(id)}.`
            : `${revisions.length} files define revision ${shown(id)}; the one applied to this database is ${shown(ran)}.`,
        why: orderKnown
          ? `Alembic would use ${shown(last?.path ?? '')}; the migration in ${listed(shadowed.map(({ path }) => path))} would never run.`
          : 'Before 1.10, Alembic uses whichever file the file system lists last; the migration in the other file would never run.',
        evidence: revisions.map(({ path }, index) => [
          index === 0 ? 'Defined in' : 'and in',
          `${shown(path)}${effectsOf(path, database)}`,
        ]),
        revisions: [id],
        location: bindingSpan(last?.module.revision),
        remedies: [
          ran === null
            ? edit(
                'Give a new id to the file that no database has run, and update the down_revision of its children.',
                'likely',
              )
            : edit(
                `Give ${listed(others)} a new id, set its down_revision to the head (${listed(headsBut(graph, id))}), and leave ${shown(ran)} as it is.`,
                'proven',
              ),
        ],
      })
    })
  },
}

/** Returns the only file whose effects are all present; null unless there is exactly one. */
function ranHere(paths: readonly string[], database: DatabaseFacts | null): string | null {
  const about = paths.map((path) => ({ path, effects: database?.duplicates?.get(path) }))
  if (about.some(({ effects }) => !effects)) return null
  const whole = about.filter(({ effects }) => effects?.missing.length === 0)
  return whole.length === 1 ? (whole[0]?.path ?? null) : null
}

/** Text such as `, 2 of 2 effects present`; empty if unknown. */
function effectsOf(path: string, database: DatabaseFacts | null): string {
  const effects = database?.duplicates?.get(path)
  if (!effects) return ''
  const all = effects.there.length + effects.missing.length
  return `, ${effects.there.length} of ${counted(all, 'effect')} present`
}

function headsBut({ heads }: RevisionGraph, id: string): readonly string[] {
  const others = [...new Set(heads)].filter((head) => head !== id)
  return others.length > 0 ? others : [id]
}

export default rule
