/** Converts an error to a report. */
import { GuardError, exitCodes } from '../../errors.ts'
import { type CommandForms, hintText } from '../../core/findings/command-forms.ts'
import { writeReport } from '../../report/index.ts'
import { buildReport } from '../../report/model/build-report.ts'
import type { ErrorReport, Tool } from '../../report/model/report.ts'
import { emptyReportContext } from '../../report/model/context.ts'
import type { Outcome } from './command.ts'

/** Returns the parts of an error that are safe to print. */
export function errorReportOf({ kind, message, hint }: GuardError, forms: CommandForms): ErrorReport {
  return { kind, message, hint: hint === null ? null : hintText(hint, forms) }
}

/** Returns the outcome of a failed command. Any error other than a GuardError is a bug in the guard. */
export async function outcomeOf(
  error: unknown,
  tool: Tool,
  command: string,
  format: string,
  forms: CommandForms,
): Promise<Outcome> {
  const known =
    error instanceof GuardError
      ? error
      : new GuardError(
          'bug',
          `the guard itself failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
          'nothing was changed; please file a bug report and include the output of --log-level debug',
        )
  const exitCode = exitCodes[known.kind]
  const report = buildReport({
    tool,
    command,
    target: 'head',
    exitCode,
    diagnosis: null,
    repository: null,
    graph: null,
    database: null,
    error: errorReportOf(known, forms),
    remarks: [],
  })
  const telling = { report, scene: emptyReportContext }
  return { stdout: await writeReport(format, report, emptyReportContext), exitCode, telling }
}
