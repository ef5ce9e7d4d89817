/** Renders the output of `restamp`. */
import type { DatabaseState } from '../../core/history/database-state.ts'
import type {
  RestampEvidence,
  RestampFact,
  RestampPlan,
  RestampRefusal,
} from '../../core/restamp/plan-restamp.ts'
import { listed, shown } from '../../core/text/display.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { type CommandForms, commandText, hintText } from '../../core/findings/command-forms.ts'
import { restampFact, restampRefusal } from '../phrases/restamp.ts'
import { aligned, filled, type Line, logWidth, paragraph } from './layout.ts'
import { databaseHeading, upgradeLines } from './placeholder.ts'
import type { Tool } from '../model/report.ts'

/** Outcome of a restamp, and its evidence. */
export type RestampReport = {
  readonly tool: Tool
  readonly database: DatabaseState
  readonly exitCode: number
  /** How this project's users invoke commands. */
  readonly forms: CommandForms
} & (
  | {
      readonly outcome: 'refused'
      readonly reason: RestampRefusal
      readonly evidence: RestampEvidence | null
    }
  | ({ readonly plan: RestampPlan; readonly target: string; readonly undo: readonly string[] | null } & (
      | { readonly outcome: 'planned' | 'written' }
      /** Nothing changed. `rows` are the rows that were found, if they differ from the expected ones. */
      | {
          readonly outcome: 'not written'
          readonly reason: string
          readonly hint: string | null
          readonly rows: readonly (string | null)[] | null
        }
      /** It's unknown whether the change was committed. `look` is SQL that shows whether it was. */
      | { readonly outcome: 'unknown'; readonly reason: string; readonly look: readonly string[] }
    ))
)

const indent = '       '

/** Renders ASCII text. SQL and commands aren't wrapped, so they can be copied. */
export function restampHuman(report: RestampReport, width: number = logWidth): string {
  const lines = [...databaseHeading(report.tool, report.database), ...body(report)]
  return filled(lines, width)
}

function body(report: RestampReport): Line[] {
  if (report.outcome === 'refused') {
    const { reason, hint } = refusalOf(report.reason, report.forms)
    return [
      ...paragraph(`ERROR: the rows weren't changed: ${reason}`, indent, ''),
      // The reason already mentions contradicting evidence.
      ...evidenceLines(report.evidence && { ...report.evidence, contradictions: [] }),
      ...hintLines(hint),
      'hint: nothing was changed.',
    ]
  }
  const { plan, target } = report
  const rows = aligned(
    [
      [tableName(report.database), plan.before.map(shown).join(', ') || 'no row'],
      [report.outcome === 'written' ? 'is now' : 'would be', plan.after.map(shown).join(', ') || 'no row'],
    ],
    indent,
  )
  switch (report.outcome) {
    case 'planned':
      return [
        ...rows,
        ...evidenceLines(plan.evidence),
        `${indent}In one transaction, which does nothing if the rows have changed in the meantime:`,
        ...transaction(plan).map((statement) => `${indent}  ${statement};`),
        ...upgradeLines(plan.prediction, target, false, report.forms),
        ...undoLines(report),
        'hint: nothing was changed; add --yes to apply this.',
      ]
    case 'written':
      return [
        ...rows,
        ...evidenceLines(plan.evidence),
        ...upgradeLines(plan.prediction, target, true, report.forms),
        ...undoLines(report),
      ]
    case 'not written':
      return [
        ...paragraph(`ERROR: ${report.reason}`, indent, ''),
        ...(report.rows === null
          ? []
          : aligned(
              [
                ['expected', listed(plan.before) || 'no row'],
                ['found', listed(report.rows.map((row) => row ?? 'NULL')) || 'no row'],
              ],
              indent,
            )),
        ...hintLines(report.hint),
        'hint: nothing was changed.',
      ]
    case 'unknown':
      return [
        ...paragraph(`ERROR: ${report.reason}`, indent, ''),
        ...paragraph(
          'The transaction may or may not have been committed: it changed either all of the rows or none.',
          indent,
        ),
        ...rows,
        `${indent}Check this first:`,
        ...report.look.map((statement) => `${indent}  ${statement};`),
        ...undoLines(report),
        `hint: "${commandText(['alembic-guard', 'check'], report.forms)}" also shows the version rows.`,
      ]
    default:
      return report satisfies never
  }
}

function tableName({ versionTable: { schema, name } }: DatabaseState): string {
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}

/** The transaction's statements, in execution order. */
function transaction({ script }: RestampPlan): readonly string[] {
  return [script.begin, ...(script.lock === null ? [] : [script.lock]), ...script.changes, script.commit]
}

function evidenceLines(evidence: RestampEvidence | null): Line[] {
  if (!evidence) return []
  const list = (title: string, facts: readonly RestampFact[]): Line[] =>
    facts.length === 0
      ? []
      : [
          `${indent}${title}`,
          ...facts.flatMap((fact) => paragraph(restampFact(fact), `${indent}  `, `${indent}- `)),
        ]
  return [
    ...list('For it:', evidence.supports),
    ...list('Evidence against:', [...evidence.contradictions, ...evidence.objects]),
  ]
}

function undoLines({
  plan: { undo },
  undo: argv,
}: Extract<RestampReport, { readonly plan: RestampPlan }>): Line[] {
  if (argv) return [`${indent}Undo:`, `${indent}  ${shellCommand(argv)}`]
  return [
    ...paragraph(
      `Undo with this SQL (restamp would refuse to undo the change: ${undo.reason ? restampRefusal(undo.reason).reason : ''}):`,
      indent,
    ),
    ...undo.sql.map((statement) => `${indent}  ${statement};`),
  ]
}

/** The reason for the refusal, and what to do next. */
function refusalOf(why: RestampRefusal, forms: CommandForms): { reason: string; hint: string | null } {
  const { reason, hint } = restampRefusal(why)
  return { reason, hint: hint === null ? null : hintText(hint, forms) }
}

function hintLines(hint: string | null): Line[] {
  return hint === null ? [] : paragraph(hint, '      ', 'hint: ')
}

/** Renders one JSON object, structured like a `check` report. */
export function restampJson(report: RestampReport): string {
  const { tool, database, outcome, exitCode } = report
  const { dialect, host, name, versionTable } = database
  const common = {
    schemaVersion: 1,
    tool,
    command: 'restamp',
    outcome,
    exitCode,
    database: { dialect, host, name, versionTable: { schema: versionTable.schema, name: versionTable.name } },
  }
  const rest =
    outcome === 'refused'
      ? {
          ...refusalOf(report.reason, report.forms),
          evidence: report.evidence && evidenceJson(report.evidence),
        }
      : {
          before: report.plan.before,
          after: report.plan.after,
          evidence: evidenceJson(report.plan.evidence),
          sql: transaction(report.plan),
          prediction: {
            command: `alembic upgrade ${report.target}`,
            outcome: report.plan.prediction.outcome,
            steps: report.plan.prediction.steps.map(({ revision }) => revision),
          },
          undo: { argv: report.undo, sql: report.plan.undo.sql },
          ...(outcome === 'not written'
            ? { reason: report.reason, hint: report.hint, rowsFound: report.rows }
            : {}),
          ...(outcome === 'unknown' ? { reason: report.reason, look: report.look } : {}),
        }
  return `${JSON.stringify({ ...common, ...rest }, null, 2)}\n`
}

function evidenceJson({ supports, objects, contradictions }: RestampEvidence): object {
  return {
    supports: supports.map(restampFact),
    objects: objects.map(restampFact),
    contradictions: contradictions.map(restampFact),
  }
}
