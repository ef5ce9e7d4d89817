/** Renders the catalog of finding codes. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { Example, RuleWords } from '../../core/diagnosis/rule.ts'
import type { LintExample } from '../../core/lint/lint-rule.ts'
import type { Tool } from '../model/report.ts'
import { logWidth, wrap } from './layout.ts'

/** A finding code's catalog entry. */
export type CatalogueEntry = RuleWords & {
  readonly examples?: { readonly bad: ShownExample; readonly good: ShownExample }
  /** False for a lint rule that is off by default. */
  readonly onByDefault?: boolean
}

type ShownExample = Partial<Example> & LintExample

const indent = '    '

/** Renders entries as text, wrapped at 80 columns. Code isn't wrapped. */
export function catalogueHuman(entries: readonly CatalogueEntry[]): string {
  return `${entries.map(entryText).join('\n\n\n')}\n`
}

/** Renders entries as one JSON object. Markdown is kept as is. */
export function catalogueJson(tool: Tool, entries: readonly CatalogueEntry[]): string {
  const rules = entries.map(({ code, name, severity, summary, explanation, cure }) => ({
    code,
    name,
    severity,
    summary,
    explanation,
    cure,
  }))
  return `${JSON.stringify({ schemaVersion: 1, tool, command: 'explain', rules }, null, 2)}\n`
}

function entryText({
  code,
  name,
  severity,
  summary,
  explanation,
  cure,
  examples,
  onByDefault,
}: CatalogueEntry): string {
  const off = onByDefault === false ? ' Off by default; enable it with --rule or in the configuration.' : ''
  return [
    `${code} ${name} (${severity})`,
    ...paragraphs(`${summary}${off}`),
    ...paragraphs(explanation),
    'What to do:',
    ...paragraphs(cure),
    ...(examples ? ['Reported for:', exampleText(examples.bad)] : []),
  ].join('\n\n')
}

/** Rewraps paragraphs. Lists and code blocks aren't supported; a test ensures that there are none. */
function paragraphs(markdown: string): readonly string[] {
  return markdown
    .split(/\n{2,}/)
    .map((paragraph) => wrap(paragraph.replaceAll('\n', ' '), logWidth).join('\n'))
}

function exampleText({
  files,
  project = {},
  versions,
  dialect,
  target,
  rows = {},
  release,
}: ShownExample): string {
  const texts = release
    ? Object.entries(release.files)
    : [
        ...Object.entries(files).map(([name, text]) => [`versions/${name}`, text] as const),
        ...Object.entries(project),
      ]
  const facts = [
    ...Object.entries(rows).map(([table, count]) => `${table} with ${count} rows`),
    ...(versions === null ? ['no version table'] : []),
    ...(versions ? [versions.length === 0 ? 'an empty version table' : `rows ${versions.join(', ')}`] : []),
    ...(dialect === undefined ? [] : [dialectOf({ dialect }).product]),
    ...(target === undefined ? [] : [`alembic upgrade ${target}`]),
    ...(release?.scheme === undefined ? [] : [`URL ${release.scheme}://...`]),
  ]
  return [
    ...(texts.length === 0 && !release ? [`${indent}No migration file.`] : []),
    ...texts.map(([name, text]) =>
      [`# ${name}`, ...text.trimEnd().split('\n')].map((line) => (indent + line).trimEnd()).join('\n'),
    ),
    ...(facts.length > 0 ? [`${indent}Database: ${facts.join('; ')}.`] : []),
  ].join('\n\n')
}
