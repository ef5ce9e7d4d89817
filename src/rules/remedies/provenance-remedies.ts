/** What to say of a cause and how to get out of it, as ready commands. Looks nothing up; every fact is handed in. */
import { type Remedy, advice, command, edit } from '../../core/findings/finding.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import {
  type ProvenanceText,
  commitRows,
  linkRows,
  placeholderCommand,
  relativePath,
  restampCommand,
  restoreCommand,
  rightDatabase,
} from './remedy-text.ts'
import { deletedText } from './deleted-remedies.ts'
import type { Provenance, ProvenanceOf as Of } from '../../core/lost/provenance.ts'
import type { RemedyContext } from '../../core/lost/provenances.ts'
import { counted, listed, shown } from '../../core/text/display.ts'

/** What a cause is called in a headline, behind the id. */
export const provenanceTitles: Readonly<Record<Provenance['kind'], string>> = {
  here: 'is here',
  deleted: 'was deleted',
  moved: 'was moved',
  renamed: 'has another id now',
  ahead: 'is newer than this checkout',
  branch: 'is not merged',
  foreign: 'belongs to another project',
  'shipped-not': 'does not reach the release',
  'near-miss': 'has a similar id',
  'never-here': 'is not found in this repository',
}

/** Says it. */
export function provenanceText(provenance: Provenance, place: RemedyContext): ProvenanceText {
  const id = shown(provenance.revision)
  const at = (path: string): string => relativePath(place.folder, path)
  const words = {
    evidence: [] as [string, string][],
    remedies: [] as Remedy[],
    notAdvised: null as string | null,
  }
  switch (provenance.kind) {
    case 'here':
      return {
        ...words,
        message: `${id} is part of this checkout; nothing is lost.`,
        evidence: [['Defined in', provenance.path]],
        remedies: [
          advice(
            'If a release does not know it: that release was built from another commit, or without this file.',
          ),
        ],
      }
    case 'deleted':
      return { ...words, ...deletedText(provenance, place) }
    case 'moved':
      return {
        ...words,
        message: `${id} was moved to a folder that Alembic doesn't search.`,
        evidence: [
          ['It was', at(provenance.path)],
          ['It is now', at(provenance.to)],
          ...commitRows('Moved in', provenance.commit),
        ],
        remedies: [
          command(
            'Move it back; Alembic needs every migration that a database has run:',
            [...place.git, 'mv', '--', at(provenance.to), at(provenance.path)],
            'working-tree',
            'proven',
            { kind: 'restore', plan: { files: [provenance.file], relinks: [] } },
          ),
        ],
      }
    case 'renamed':
      return { ...words, ...renamedWords(provenance, place) }
    case 'ahead':
      return { ...words, ...aheadWords(provenance, place) }
    case 'branch':
      return { ...words, ...branchWords(provenance, place) }
    case 'foreign':
      return {
        ...words,
        message: `${id} belongs to another Alembic project of this repository, ${shown(provenance.project)}.`,
        evidence: [['Defined in', at(provenance.path)]],
        remedies: [
          rightDatabase(place),
          edit(
            'If both projects are to share it: give each its own version table (version_table in env.py).',
            'likely',
          ),
        ],
        notAdvised: `"alembic stamp" here would overwrite the other project's row in the version table.`,
      }
    case 'shipped-not':
      return { ...words, ...shippedNotWords(provenance, place) }
    case 'near-miss': {
      const [first] = provenance.misses
      return {
        ...words,
        message: `Nothing defines ${id}; ${listed(provenance.misses.map((miss) => miss.id))} ${provenance.misses.length === 1 ? 'is' : 'are'} similar.`,
        remedies: first
          ? [
              restampCommand(
                `If you mean ${shown(first.id)}: its id was edited, or the row was typed by hand. Write the full id into the row:`,
                provenance.revision,
                first.id,
                'unsure',
              ),
            ]
          : [],
      }
    }
    case 'never-here':
      return { ...words, ...neverWords(id, provenance.revision, place) }
    default:
      return provenance satisfies never
  }
}

function neverWords(id: string, revision: string, place: RemedyContext): Omit<ProvenanceText, 'evidence'> {
  return {
    message: `No file that could be read ever defined ${id}.`,
    remedies: [
      rightDatabase(place),
      advice(
        "If it was generated on a server or in a container whose disk is gone, it can't be recovered.",
        'unsure',
      ),
      placeholderCommand(
        "If it can't be recovered: create an empty migration for it, where the live schema says:",
        [revision],
        null,
        'likely',
      ),
    ],
    notAdvised:
      '"alembic stamp head" would mark migrations as applied that this database may never have run.',
  }
}

function renamedWords(
  { revision, path, to, commit, unrun }: Of<'renamed'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  return {
    message: `A migration that does the same now has the id ${shown(to)}: its id was changed after a database had run it.`,
    evidence: [
      ['The file was', relativePath(place.folder, path)],
      ...commitRows('Changed in', commit),
      ...(unrun.length > 0 ? [['New before it', listed(unrun)] as [string, string]] : []),
    ],
    remedies:
      unrun.length > 0
        ? [
            restampCommand(
              `A new stamp would skip ${listed(unrun)}, which this database has never run. Do by hand what ${unrun.length === 1 ? 'it does' : 'they do'}, then move the stamp:`,
              revision,
              to,
              'unsure',
            ),
          ]
        : [
            restampCommand('Give this database the new id (no migration runs):', revision, to, 'likely'),
            edit(
              `Or give the file its old id back, and every down_revision that names ${shown(to)}.`,
              'likely',
            ),
          ],
  }
}

function aheadWords(
  { revision, path, commit, holders, beyond, joins, files, from }: Of<'ahead'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  const [first] = holders
  const newer = first ? nameOf(first) : null
  const down = joins.length === 1 ? joins[0] : undefined
  return {
    message: `The database is ahead of this release by ${counted(beyond.length, 'revision')}: this code is older than what the database has run.`,
    evidence: [
      ['It comes with', relativePath(place.folder, path)],
      ...commitRows('Written in', commit),
      ...(holders.length > 0 ? [['In', listed(holders.map(nameOf))] as [string, string]] : []),
      ['Ahead by', listed(beyond)],
      ...(joins.length > 0 ? [['After', listed(joins)] as [string, string]] : []),
    ],
    remedies: [
      ...(first?.kind === 'ref' && newer !== null
        ? [
            command(
              'Release the newer code, which only needs to move forward from here:',
              [...place.git, 'merge', '--ff-only', newer],
              'working-tree',
              'likely',
              { kind: 'restore', plan: { files, relinks: [] } },
            ),
          ]
        : [
            advice(
              `Release the newer code${from === 'manifest' ? '' : ` (${shortCommit(commit?.id ?? revision)})`}.`,
            ),
          ]),
      // This checkout lacks the files that a downgrade needs, so it is no command to run here.
      ...(down === undefined
        ? []
        : [
            advice(
              `If this older code is to stay: run "alembic downgrade ${shown(down)}" in a checkout of ${newer === null ? 'the newer code' : shown(newer)}, before this code is released. Data that came with the newer migrations is lost.`,
              'unsure',
            ),
          ]),
      advice(
        "If the newer migrations don't break this code: --on-ahead skip lets it pass without an upgrade.",
        'unsure',
      ),
    ],
    notAdvised: '"alembic stamp" to an older revision would run the newer migrations a second time later.',
  }
}

function nameOf({ kind, name, tip }: { kind: string; name: string; tip: string }): string {
  return kind === 'unreachable' ? shortCommit(tip) : name
}

function branchWords(
  { revision, path, commit, holders, plan, atHome }: Of<'branch'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  const refs = holders.filter(({ kind }) => kind === 'ref')
  const [ref] = refs
  const [holder] = holders
  const where = ref
    ? `on ${listed(refs.map(({ name }) => name))}, which isn't merged into this checkout`
    : holder?.kind === 'stash'
      ? `in ${holder.name}`
      : holder?.kind === 'unreachable'
        ? 'in a commit that is on no branch'
        : `in a commit that only the reflog has (${shown(holder?.name ?? '')})`
  const straight = atHome && plan.files.length === 1 && plan.relinks.length === 0 && plan.heads.length === 1
  const file = relativePath(place.folder, path)
  const restored = command(
    'Take the file from there:',
    [...place.git, 'restore', `--source=${shortCommit(commit.id)}`, '--', file],
    'working-tree',
    straight ? 'proven' : 'unsure',
    { kind: 'restore', plan: { files: plan.files.slice(-1), relinks: [] } },
  )
  // What else is on the branch, or in the commit, is not known: there is nothing to judge such a command by.
  const merges = ref
    ? [
        advice(
          `If the branch is finished: merge ${shown(ref.name)}, with all that is on it; then check again.`,
        ),
      ]
    : []
  return {
    message: `It was written ${where}, and this database has run it.`,
    evidence: [
      ['The file is', file],
      ...(refs.length > 0 ? [['On', listed(refs.map(({ name }) => name))] as [string, string]] : []),
      ...commitRows('Written in', commit),
      ...linkRows(plan),
    ],
    remedies: straight
      ? [restored, ...merges]
      : [restoreCommand(revision, 'Restore it and put it in its place in the graph:', plan), ...merges],
    notAdvised: '"alembic stamp head" would lose track of what this database has run.',
  }
}

function shippedNotWords(
  { revision, path, reason, rule, file: returning, from }: Of<'shipped-not'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  const file = relativePath(place.folder, path)
  const id = shown(revision)
  if (reason === 'ignored') {
    return {
      message: `${id} is committed, but an ignore rule keeps its file out of the release.`,
      evidence: [
        ['The file', file],
        ['The rule', rule ?? ''],
      ],
      remedies: [edit('Remove the rule, or exempt the migrations; then release again.', 'likely')],
    }
  }
  if (reason === 'outside') {
    return {
      message: `${id} is committed, in a folder that isn't a version location of this project.`,
      evidence: [['The file', file]],
      remedies: [edit('Move it to a version location, or name its folder in version_locations.', 'likely')],
    }
  }
  return {
    message:
      from === 'manifest'
        ? `The manifest knows ${id} as part of this release, but its file is missing: it wasn't shipped, or deleted after the manifest was written.`
        : `${id} is committed, and its file is missing from the working tree.`,
    evidence: [['The file', file]],
    remedies:
      from === 'manifest'
        ? [advice('Check .slugignore, .dockerignore and what the build copies, then "git log" of the file.')]
        : [
            command('Bring it back:', [...place.git, 'restore', '--', file], 'working-tree', 'proven', {
              kind: 'restore',
              plan: { files: [returning], relinks: [] },
            }),
          ],
  }
}
