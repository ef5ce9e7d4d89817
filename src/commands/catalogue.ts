/** `explain CODE`: prints catalogue entries for findings. Needs no project and no database. */
import { withinEdits, shown } from '../core/text/display.ts'
import { documentationUrl } from '../report/model/documentation.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { type CatalogueEntry, catalogueHuman, catalogueJson } from '../report/text/catalogue.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import { lintRules, silenceRule } from '../rules/lint/index.ts'
import type { Context, Outcome } from './shell/command.ts'

const catalogue: readonly CatalogueEntry[] = [fallbackRule, ...rules, silenceRule, ...lintRules]

/**
 * Explains finding codes (`AG201`, `ag201`) and names (`unknown-revision`).
 * @throws GuardError (usage) for any other argument.
 */
export function explainCodes(context: Context, format: string, asked: readonly string[]): Outcome {
  const entries = asked.map(entryOf)
  const stdout = format === 'json' ? catalogueJson(context.tool, entries) : catalogueHuman(entries)
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
