/** Renders the output of `explain`. */
import type { ProvenanceText } from '../../rules/remedies/remedy-text.ts'
import { provenanceTitles } from '../../rules/remedies/provenance-remedies.ts'
import { judgedText } from '../../rules/remedies/lost-row-remedies.ts'
import type { JudgeFacts } from '../../core/judge/judge-facts.ts'
import { type CommandForms, typedRemedy, typedSentence } from '../../core/findings/command-forms.ts'
import type { Provenances } from '../../core/lost/provenances.ts'
import { shown } from '../../core/text/display.ts'
import { aligned, commandLines, filled, type Line, logWidth, paragraph } from './layout.ts'
import { publishedRemedy } from '../model/build-report.ts'
import type { Tool } from '../model/report.ts'

const indent = '       '

/** Explains, as ASCII text, what happened to each revision. `judge` is null if there's no database. */
export function explainHuman(
  tool: Tool,
  found: Provenances,
  forms: CommandForms,
  judge: JudgeFacts | null,
  width: number = logWidth,
): string {
  const lines: Line[] = [`-----> ${tool.name} ${tool.version}`]
  for (const [revision, causes] of found.byRevision) {
    causes.forEach((cause, index) => {
      const title = `${shown(revision)} ${provenanceTitles[cause.kind]}`
      lines.push(`${indent}${index === 0 ? title : `or: ${title}`}  [${cause.kind}]`)
      lines.push(...causeLines(judgedText(cause, found.place, judge), forms))
    })
  }
  if (found.unavailable.length > 0) {
    lines.push('', ...found.unavailable.flatMap((what) => paragraph(`not checked: ${what}`, indent)))
  }
  return filled(lines, width)
}

function causeLines(
  { message, evidence, remedies, notAdvised }: ProvenanceText,
  forms: CommandForms,
): Line[] {
  const deeper = `${indent}  `
  return [
    ...paragraph(typedSentence(message, forms), indent),
    ...aligned(evidence, indent),
    ...(remedies.length > 0 ? [''] : []),
    ...remedies.flatMap((remedy, index) => [
      ...paragraph(
        remedy.title,
        ' '.repeat(9),
        (index === 0 ? 'hint: ' : '      ') + (remedies.length === 1 ? '   ' : `${index + 1}. `),
      ),
      ...commandLines(typedRemedy(remedy, forms), deeper),
    ]),
    ...(notAdvised === null ? [] : paragraph(`Not advised: ${typedSentence(notAdvised, forms)}`, '      ')),
  ]
}

/** Renders one JSON object that lists each revision's causes and remedies. */
export function explainJson(
  tool: Tool,
  found: Provenances,
  forms: CommandForms,
  judge: JudgeFacts | null,
): string {
  const document = {
    schemaVersion: 1,
    tool,
    command: 'explain',
    revisions: [...found.byRevision].map(([revision, causes]) => ({
      revision,
      provenances: causes.map((cause) => {
        const { message, evidence, remedies, notAdvised } = judgedText(cause, found.place, judge)
        const {
          plan,
          file: _file,
          files: _files,
          ...facts
        } = { plan: null, file: null, files: null, ...cause }
        return {
          ...facts,
          ...(plan && {
            files: plan.files.map((file) => ({
              revision: file.revision,
              path: file.path,
              commit: file.commit.id,
            })),
            relinks: plan.relinks,
            unfound: plan.unfound,
            headsAfter: plan.heads,
          }),
          message,
          evidence: evidence.map(([label, value]) => ({ label, value })),
          remedies: remedies.map((remedy) => publishedRemedy(typedRemedy(remedy, forms))),
          notAdvised,
        }
      }),
    })),
    lacks: found.unavailable,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
