/** Renders the output of `placeholder`. */
import {
  type CommandForms,
  type CommandHint,
  hintText,
  typedSentence,
} from '../../core/findings/command-forms.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import type { ChosenPosition } from '../../core/lost/choose-position.ts'
import { counted, listed, shown, shownSentence } from '../../core/text/display.ts'
import { unifiedDiff } from '../../core/text/unified-diff.ts'
import { unknownReason } from '../phrases/diagnosis.ts'
import { type Line, aligned, databaseName, filled, logWidth, paragraph } from './layout.ts'
import type { Tool } from '../model/report.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'

/** Outcome of the `placeholder` command, and its evidence. */
export type PlaceholderReport = {
  readonly tool: Tool
  readonly database: DatabaseState
  readonly lost: readonly string[]
  readonly forms: CommandForms
} & (
  | { readonly outcome: 'nothing' }
  | {
      readonly outcome: 'refused'
      readonly reason: string
      readonly hint: string | null
      readonly evidence: readonly string[]
    }
  | {
      readonly outcome: 'planned' | 'written'
      readonly parents: readonly string[]
      readonly certainty: ChosenPosition['certainty']
      readonly evidence: readonly string[]
      /** Why `--write` needs an explicit position in the history; null if it doesn't. */
      readonly doubt: string | null
      /** Evidence that the user overrode with `--force`. */
      readonly against: readonly string[]
      /** Warns that new databases will lack objects that placeholders don't create. */
      readonly lacking: string | null
      readonly edits: readonly FileEdit[]
      readonly target: string
      readonly prediction: Prediction
    }
)

const indent = '       '

/** Renders ASCII text. The diff isn't wrapped. */
export function placeholderHuman(report: PlaceholderReport, width: number = logWidth): string {
  const lines = [...databaseHeading(report.tool, report.database), ...body(report)]
  return filled(lines, width)
}

/** Renders the header lines: tool and database. */
export function databaseHeading(tool: Tool, database: DatabaseState): Line[] {
  return [`-----> ${tool.name} ${tool.version}`, ...aligned([['database', databaseName(database)]], indent)]
}

function body(report: PlaceholderReport): Line[] {
  const facts = 'evidence' in report ? report.evidence : []
  const said = facts.flatMap((line) => paragraph(`${line}.`, `${indent}  `, `${indent}- `))
  const evidence = said.length > 0 ? [`${indent}Evidence from the database:`, ...said] : []
  switch (report.outcome) {
    case 'nothing':
      return ['SUCCESS: every version row has a migration; nothing to do']
    case 'refused':
      return [
        ...paragraph(`ERROR: can't create a placeholder: ${report.reason}`, indent, ''),
        ...evidence,
        ...(report.hint === null ? [] : paragraph(report.hint, '      ', 'hint: ')),
        'hint: nothing was changed.',
      ]
    default: {
      const place = report.parents.length === 0 ? 'before everything else' : `after ${listed(report.parents)}`
      const how = {
        proven: 'proven position',
        likely: 'likely position',
        'by name': 'position known from a down_revision',
        given: 'as specified',
      }[report.certainty]
      const against = report.against.flatMap((line) => paragraph(`WARNING: ${line}`, indent, ''))
      const written = report.outcome === 'written'
      return [
        ...paragraph(`placeholder for ${listed(report.lost)}, ${place} (${how})`, indent),
        ...evidence,
        ...against,
        ...(report.lacking === null ? [] : paragraph(`WARNING: ${report.lacking}`, indent, '')),
        ...(written ? writtenLines(report.edits) : diffLines(report.edits)),
        ...upgradeLines(report.prediction, report.target, written, report.forms),
        ...(written
          ? []
          : report.doubt === null
            ? ['hint: nothing was changed; add --write to apply this.']
            : [
                ...paragraph(`${report.doubt}.`, '      ', 'hint: '),
                ...paragraph('nothing was changed; --write needs --after or --force.', '      ', 'hint: '),
              ]),
      ]
    }
  }
}

function diffLines(edits: readonly FileEdit[]): string[] {
  const decoder = new TextDecoder()
  return [
    '',
    ...edits.flatMap((edit) =>
      unifiedDiff(
        edit.path,
        edit.kind === 'create' ? null : decoder.decode(edit.before),
        decoder.decode(edit.after),
      ),
    ),
    '',
  ]
}

function writtenLines(edits: readonly FileEdit[]): string[] {
  return edits.map(({ kind, path }) => `${indent}${kind === 'create' ? 'new     ' : 'changed '} ${path}`)
}

/** The prediction covers the graph only. `check` also compares the pending migrations with the live schema. */
const schemaCheck: CommandHint = {
  command: ['alembic-guard', 'check'],
  after: ' also compares them with the live schema',
}

/** Describes what the next upgrade would do. `written` is true once the placeholder is written. */
export function upgradeLines(
  prediction: Prediction,
  target: string,
  written: boolean,
  forms: CommandForms,
): Line[] {
  const command = typedSentence(`"alembic upgrade ${shown(target)}"`, forms)
  const tense = written ? 'now' : 'would then'
  if (prediction.outcome !== 'succeeds') {
    const why = prediction.outcome === 'fails' ? prediction.error.message : unknownReason(prediction.reason)
    return paragraph(
      `WARNING: ${command} ${tense} ${written ? 'fails' : 'fail'}: ${shownSentence(why)}`,
      indent,
      '',
    )
  }
  const { steps } = prediction
  const word = written ? 'SUCCESS: ' : indent
  const runs = written ? 'would now run' : 'would then run'
  if (steps.length === 0)
    return paragraph(`${command} ${tense} ${written ? 'has' : 'have'} nothing to run`, indent, word)
  return [
    ...paragraph(`${command} ${runs} ${counted(steps.length, 'migration')}:`, indent, word),
    ...steps.slice(0, 10).map(({ revision, from }) => `${indent}  ${listed(from)} -> ${shown(revision)}`),
    ...(steps.length > 10 ? [`${indent}  and ${steps.length - 10} more`] : []),
    ...(written ? paragraph(hintText(schemaCheck, forms), '      ', 'hint: ') : []),
  ]
}

/** Renders one JSON object, structured like a `check` report. */
export function placeholderJson(report: PlaceholderReport): string {
  const { tool, lost, outcome } = report
  const common = { schemaVersion: 1, tool, command: 'placeholder', outcome, revisions: lost }
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const rest =
    outcome === 'refused'
      ? { reason: report.reason, hint: report.hint, evidence: report.evidence }
      : outcome === 'nothing'
        ? {}
        : {
            parents: report.parents,
            certainty: report.certainty,
            doubt: report.doubt,
            evidence: report.evidence,
            against: report.against,
            lacking: report.lacking,
            edits: report.edits.map((edit) => ({
              kind: edit.kind,
              path: edit.path,
              after: text(edit.after),
            })),
            prediction: {
              command: `alembic upgrade ${report.target}`,
              outcome: report.prediction.outcome,
              steps: report.prediction.steps.map(({ revision }) => revision),
            },
          }
  return `${JSON.stringify({ ...common, ...rest }, null, 2)}\n`
}
