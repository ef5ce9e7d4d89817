/** Remedies for a deleted migration: restore its file, or discard the new history that replaced it. */
import { type Remedy, command, edit } from '../../core/findings/finding.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import { type ProvenanceText, commitRows, linkRows, relativePath, restoreCommand } from './remedy-text.ts'
import type { ProvenanceOf } from '../../core/lost/provenance.ts'
import type { RemedyContext } from '../../core/lost/provenances.ts'
import { counted, shown } from '../../core/text/display.ts'

/** Describes a migration that was deleted, possibly because the history was restarted. */
export function deletedText(
  { revision, path, commit, source, together, plan, file: returning, from, atHome }: ProvenanceOf<'deleted'>,
  place: RemedyContext,
): Partial<ProvenanceText> & Pick<ProvenanceText, 'message'> {
  const others = together > 1 ? ` together with ${counted(together - 1, 'other migration')}` : ''
  const file = relativePath(place.folder, path)
  const alone =
    atHome && plan !== null && plan.files.length === 1 && plan.relinks.length === 0 && plan.heads.length === 1
  const whole =
    plan &&
    restoreCommand(
      revision,
      plan.relinks.length > 0
        ? 'Restore the migration at its old position:'
        : 'Restore the migration together with its dependencies:',
      plan,
    )
  const plain =
    source === null
      ? []
      : [
          command(
            from === 'manifest'
              ? 'In a clone of the repository, restore the file, then release again:'
              : 'Restore the file:',
            [...place.git, 'restore', `--source=${shortCommit(source)}`, '--', file],
            'working-tree',
            alone ? 'proven' : 'likely',
            { kind: 'restore', plan: { files: [returning], relinks: [] } },
          ),
        ]
  if (plan !== null && plan.joins.length === 0 && plan.heads.length > 1) {
    return {
      message: `The migration's file was deleted${others}, and the history was restarted: no current migration comes before or after it.`,
      evidence: [['The file was', file], ...commitRows('Deleted in', commit)],
      remedies: begunAnew(path, source, place),
      notAdvised: '"alembic stamp head" would skip the changes in the new migrations.',
    }
  }
  return {
    message: `The migration's file was deleted${others}; a database that ran the migration still needs the file.`,
    evidence: [['The file was', file], ...commitRows('Deleted in', commit), ...(plan ? linkRows(plan) : [])],
    remedies: alone ? plain : whole ? [whole, ...(plan?.relinks.length === 0 ? plain : [])] : plain,
    notAdvised: '"alembic stamp head" would only hide that the file is missing.',
  }
}

/** Remedies that discard the restarted history. The remedies in `lost-row-remedies.ts` keep it. */
function begunAnew(path: string, source: string | null, place: RemedyContext): readonly Remedy[] {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  if (source === null) return []
  return [
    // The rest of the folder's contents are unknown, so no command can be verified.
    edit(
      `If the history was restarted by mistake, restore ${shown(relativePath(place.folder, folder))} from ${shortCommit(source)}, and delete the new files; then check again.`,
      'unsure',
    ),
  ]
}
