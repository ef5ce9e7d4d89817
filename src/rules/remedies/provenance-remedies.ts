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

/** Headline for each cause, printed after the revision id. */
export const provenanceTitles: Readonly<Record<Provenance['kind'], string>> = {
  here: 'is part of this checkout',
  deleted: 'was deleted',
  moved: 'was moved',
  renamed: 'was given a new id',
  ahead: 'is newer than this checkout',
  branch: "isn't merged",
  foreign: 'belongs to another project',
  'shipped-not': "isn't part of the release",
  'near-miss': 'has a similar id',
  'never-here': "isn't in this repository",
}

/** Explains why a revision was lost, with evidence and remedies. */
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
            "If a release doesn't have it, that release was built from a different commit, or without this file.",
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
          ['Old path', at(provenance.path)],
          ['New path', at(provenance.to)],
          ...commitRows('Moved in', provenance.commit),
        ],
        remedies: [
          command(
            'Move the file back; Alembic needs every migration that a database has run:',
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
        message: `${id} belongs to another Alembic project in this repository, ${shown(provenance.project)}.`,
        evidence: [['Defined in', at(provenance.path)]],
        remedies: [
          rightDatabase(place),
          edit(
            'If both projects are meant to share this database, give each its own version table (version_table in env.py).',
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
        message: `No file defines ${id}; ${listed(provenance.misses.map((miss) => miss.id))} ${provenance.misses.length === 1 ? 'is' : 'are'} similar.`,
        remedies: first
          ? [
              restampCommand(
                `If you meant ${shown(first.id)} (its id was edited, or the row was entered manually), write the full id into the row:`,
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
    message: `No readable file has ever defined ${id}.`,
    remedies: [
      rightDatabase(place),
      advice(
        "If the migration was generated on a server or container whose disk no longer exists, it can't be recovered.",
        'unsure',
      ),
      placeholderCommand(
        "If the migration can't be recovered, create a placeholder at the position indicated by the live schema:",
        [revision],
        null,
        'likely',
      ),
    ],
    notAdvised: '"alembic stamp head" would mark migrations as applied even if this database never ran them.',
  }
}

function renamedWords(
  { revision, path, to, commit, unrun }: Of<'renamed'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  return {
    message: `The migration's id was changed to ${shown(to)} after a database had run it.`,
    evidence: [
      ['The file was', relativePath(place.folder, path)],
      ...commitRows('Changed in', commit),
      ...(unrun.length > 0 ? [['New parents', listed(unrun)] as [string, string]] : []),
    ],
    remedies:
      unrun.length > 0
        ? [
            restampCommand(
              `Updating the version row alone would skip ${listed(unrun)}, which this database has never run. Apply ${unrun.length === 1 ? 'its' : 'their'} changes manually, then update the row:`,
              revision,
              to,
              'unsure',
            ),
          ]
        : [
            restampCommand('Update the row to the new id; this runs no migrations:', revision, to, 'likely'),
            edit(
              `Or restore the old id in the file, and in every down_revision that refers to ${shown(to)}.`,
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
    message: `The database is ahead of this release by ${counted(beyond.length, 'revision')}: this code is older than the database.`,
    evidence: [
      ['Defined in', relativePath(place.folder, path)],
      ...commitRows('Written in', commit),
      ...(holders.length > 0 ? [['In', listed(holders.map(nameOf))] as [string, string]] : []),
      ['Ahead by', listed(beyond)],
      ...(joins.length > 0 ? [['After', listed(joins)] as [string, string]] : []),
    ],
    remedies: [
      ...(first?.kind === 'ref' && newer !== null
        ? [
            command(
              'Deploy the newer code, which contains this revision:',
              [...place.git, 'merge', '--ff-only', newer],
              'working-tree',
              'likely',
              { kind: 'restore', plan: { files, relinks: [] } },
            ),
          ]
        : [
            advice(
              `Deploy the newer code${from === 'manifest' ? '' : ` (${shortCommit(commit?.id ?? revision)})`}.`,
            ),
          ]),
      // This checkout lacks the files that a downgrade needs.
      ...(down === undefined
        ? []
        : [
            advice(
              `If you need to stay on this older code, run "alembic downgrade ${shown(down)}" in a checkout of ${newer === null ? 'the newer code' : shown(newer)} before you deploy this code. This deletes the data in tables and columns that the newer migrations added.`,
              'unsure',
            ),
          ]),
      advice(
        "If the newer migrations don't break this code, --on-ahead skip lets the release pass without an upgrade.",
        'unsure',
      ),
    ],
    notAdvised:
      '"alembic stamp" to an older revision would make Alembic run the newer migrations a second time.',
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
        ? "in a commit that isn't on any branch"
        : `in a commit that is only in the reflog (${shown(holder?.name ?? '')})`
  const straight = atHome && plan.files.length === 1 && plan.relinks.length === 0 && plan.heads.length === 1
  const file = relativePath(place.folder, path)
  const restored = command(
    'Restore the file from that commit:',
    [...place.git, 'restore', `--source=${shortCommit(commit.id)}`, '--', file],
    'working-tree',
    straight ? 'proven' : 'unsure',
    { kind: 'restore', plan: { files: plan.files.slice(-1), relinks: [] } },
  )
  // The branch may contain other changes, so a merge command can't be verified.
  const merges = ref
    ? [advice(`If the branch is finished, merge all of ${shown(ref.name)}, then check again.`)]
    : []
  return {
    message: `The migration's file exists only ${where}, but this database has already run it.`,
    evidence: [
      ['File', file],
      ...(refs.length > 0 ? [['On', listed(refs.map(({ name }) => name))] as [string, string]] : []),
      ...commitRows('Written in', commit),
      ...linkRows(plan),
    ],
    remedies: straight
      ? [restored, ...merges]
      : [restoreCommand(revision, 'Restore the migration at its position in the graph:', plan), ...merges],
    notAdvised:
      '"alembic stamp head" would make Alembic lose track of the migrations that this database has run.',
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
      message: `${id} is committed, but an ignore rule excludes its file from the release.`,
      evidence: [
        ['File', file],
        ['Rule', rule ?? ''],
      ],
      remedies: [edit('Remove the rule or exempt the migrations, then release again.', 'likely')],
    }
  }
  if (reason === 'outside') {
    return {
      message: `${id} is committed in a folder that isn't a version location of this project.`,
      evidence: [['File', file]],
      remedies: [
        edit('Move the file to a version location, or add its folder to version_locations.', 'likely'),
      ],
    }
  }
  return {
    message:
      from === 'manifest'
        ? `The manifest lists ${id} in this release, but its file is missing: it wasn't shipped, or was deleted after the manifest was written.`
        : `${id} is committed, but its file is missing from the working tree.`,
    evidence: [['File', file]],
    remedies:
      from === 'manifest'
        ? [
            advice(
              'Check .slugignore, .dockerignore and the files that the build copies, then run "git log" on the file.',
            ),
          ]
        : [
            command('Restore it:', [...place.git, 'restore', '--', file], 'working-tree', 'proven', {
              kind: 'restore',
              plan: { files: [returning], relinks: [] },
            }),
          ],
  }
}
