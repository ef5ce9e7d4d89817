/** Renders the output of `restore`. */
import type { FileEdit } from '../../core/text/file-edit.ts'
import { unknownReason } from '../phrases/diagnosis.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import type { RestorePlan } from '../../core/lost/restore-plan.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { unifiedDiff } from '../../core/text/unified-diff.ts'
import { filled, type Line, logWidth, paragraph } from './layout.ts'
import type { Tool } from '../model/report.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'

/** Outcome of a restore. `problem` is a defect in the new graph, if any. */
export interface Restoration {
  readonly revision: string
  readonly plan: RestorePlan
  readonly edits: readonly FileEdit[]
  readonly written: boolean
  readonly heads: readonly string[]
  readonly problem: string | null
  readonly prediction: Prediction | null
}

const indent = '       '

/** Renders the diff, the new graph and the predicted upgrade. */
export function restoreHuman(tool: Tool, outcome: Restoration, width: number = logWidth): string {
  const { revision, plan, edits, written, heads, problem, prediction } = outcome
  const lines: Line[] = [`-----> ${tool.name} ${tool.version}`]
  for (const { path, ...edit } of edits) {
    lines.push(...unifiedDiff(path, edit.kind === 'replace' ? textOf(edit.before) : null, textOf(edit.after)))
  }
  const files = edits.filter(({ kind }) => kind === 'create')
  const origins = plan.files.map(({ path, commit }) => `${shown(path)} from ${shortCommit(commit.id)}`)
  lines.push('')
  lines.push(
    ...paragraph(
      `${counted(files.length, 'file')} ${written ? 'restored' : 'to restore'}: ${listed(origins)}.`,
      indent,
    ),
  )
  if (plan.relinks.length > 0) {
    const children = listed(plan.relinks.map(({ child }) => child))
    lines.push(
      ...paragraph(
        `The history continued after ${shown(revision)} was removed. This change puts ${shown(revision)} back before ${children}. A database that has already run ${children} will never run ${shown(revision)}.`,
        indent,
      ),
    )
  }
  if (plan.unfound.length > 0) {
    lines.push(
      ...paragraph(
        `${shown(revision)} needs ${listed(plan.unfound)}, which no file has ever defined.`,
        indent,
      ),
    )
  }
  lines.push(
    ...paragraph(problem ?? `Resulting ${heads.length === 1 ? 'head' : 'heads'}: ${listed(heads)}.`, indent),
  )
  if (heads.length > 1)
    lines.push(
      ...paragraph(
        'Set the down_revision of one head to the other, because "head" requires a single head.',
        indent,
      ),
    )
  if (prediction) lines.push(...paragraph(predictionText(prediction), indent))
  if (!written)
    lines.push(...paragraph('nothing was changed; add --write to apply this.', '      ', 'hint: '))
  return filled(lines, width)
}

function predictionText(prediction: Prediction): string {
  const steps = prediction.steps.map(({ revision }) => revision)
  if (prediction.outcome === 'fails') return `The upgrade would still fail with: ${prediction.error.message}`
  if (prediction.outcome === 'unknown')
    return `The effect of the upgrade is unknown: ${unknownReason(prediction.reason)}`
  return steps.length === 0
    ? 'The upgrade then has nothing to run.'
    : `The upgrade then runs ${listed(steps)}.`
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Renders one JSON object. */
export function restoreJson(tool: Tool, outcome: Restoration): string {
  const { revision, plan, edits, written, heads, problem, prediction } = outcome
  const document = {
    schemaVersion: 1,
    tool,
    command: 'restore',
    revision,
    written,
    files: plan.files.map((file, index) => ({
      revision: file.revision,
      from: file.path,
      commit: file.commit.id,
      path: edits[index]?.path ?? null,
    })),
    relinks: plan.relinks,
    unfound: plan.unfound,
    heads,
    problem,
    prediction: prediction && {
      outcome: prediction.outcome,
      steps: prediction.steps.map((step) => step.revision),
      versionsAfter: prediction.versionsAfter,
    },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
