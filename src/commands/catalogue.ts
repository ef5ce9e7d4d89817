/** `explain CODE`: prints the catalog entries for findings. */
import { withinEdits, shown } from '../core/text/display.ts'
import { typedPage } from '../core/findings/command-forms.ts'
import { documentationUrl } from '../report/model/documentation.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { type CatalogueEntry, catalogueHuman, catalogueJson } from '../report/text/catalogue.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import { lintRules, silenceRule } from '../rules/lint/index.ts'
import { guardForms } from './forms/guard-forms.ts'
import type { CallSettings } from './shell/call-options.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { Context, Outcome } from './shell/command.ts'

const catalogue: readonly CatalogueEntry[] = [fallbackRule, ...rules, silenceRule, ...lintRules]

/**
 * Explains findings by code (`AG201`) or name (`unknown-revision`).
 * @throws GuardError (usage) for any other argument.
 */
export function explainCodes(
  context: Context,
  settings: CallSettings & FormatSettings,
  asked: readonly string[],
): Outcome {
  const forms = guardForms(context, settings)
  const entries = asked.map(entryOf).map((entry) => ({
    ...entry,
    explanation: typedPage(entry.explanation, forms),
    cure: typedPage(entry.cure, forms),
  }))
  const stdout = settings.format === 'json' ? catalogueJson(context.tool, entries) : catalogueHuman(entries)
  return { stdout, exitCode: exitCodes.pass }
}

function entryOf(asked: string): CatalogueEntry {
  const wanted = asked.toLowerCase()
  const found = catalogue.find(({ code, name }) => code.toLowerCase() === wanted || name === wanted)
  if (found) return found
  const close = [1, 2, 3].flatMap((edits) =>
    catalogue.filter(
      ({ code, name }) =>
        withinEdits(code.toLowerCase(), wanted, Math.min(edits, 2)) || withinEdits(name, wanted, edits),
    ),
  )[0]
  throw new GuardError(
    'usage',
    `${shown(asked)} isn't a known finding`,
    close ? `did you mean ${close.code} ${close.name}?` : `${documentationUrl('findings')} lists all of them`,
  )
}
