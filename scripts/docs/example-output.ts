/** Generates the output shown on each finding's page. */
import { findingReport } from '../../src/report/model/build-report.ts'
import { human } from '../../src/report/text/check.ts'
import { lintHuman } from '../../src/report/text/lint-source.ts'
import type { Finding } from '../../src/core/findings/finding.ts'
import type { Report } from '../../src/report/model/report.ts'
import { diagnosisOf } from '../../test/support/example.ts'
import { lintOf } from '../../test/support/lint-example.ts'
import { report } from '../../test/support/report.ts'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { lintRules } from '../../src/rules/lint/index.ts'

/** Returns the output for each code's bad example. */
export async function exampleOutputs(): Promise<ReadonlyMap<string, string>> {
  const outputs = new Map<string, string>()
  for (const { code, examples } of [fallbackRule, ...rules]) {
    const { findings } = await diagnosisOf(examples.bad)
    outputs.set(code, printed('check', ownFirst(findings, code)))
  }
  for (const { code, examples } of lintRules) {
    const { findings } = await lintOf(examples.bad)
    outputs.set(code, printed('lint', ownFirst(findings, code)))
  }
  return outputs
}

function ownFirst(findings: readonly Finding[], code: string): readonly Finding[] {
  return findings.filter((finding) => finding.code === code).slice(0, 1)
}

function printed(command: 'check' | 'lint', findings: readonly Finding[]): string {
  const shown: Report = report({
    command,
    repository: null,
    database: null,
    findings: findings.map((finding) => findingReport(finding, false)),
  })
  const text = command === 'lint' ? lintHuman(shown, '', []) : human(shown)
  const from = text.search(/^(?:ERROR|WARNING|note):/m)
  const end = text.search(/^ {6}See https/m)
  return text.slice(from, end < 0 ? undefined : end).trimEnd()
}
