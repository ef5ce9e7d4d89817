/** Tests properties of every report format that `--format` accepts. */
import { expect, test } from 'vitest'
import { safeOutput } from '../../../../src/commands/shell/redact.ts'
import { stepSummary } from '../../../../src/report/formats/step-summary.ts'
import { reporters, writeReport } from '../../../../src/report/index.ts'
import type { Report } from '../../../../src/report/model/report.ts'
import { emptyReportContext } from '../../../../src/report/model/context.ts'
import { finding, hostileReport, hostileToReports, report } from '../../../support/report.ts'

/** Control, bidi and invisible characters, and separators; line feeds are allowed. */
const unsafe =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

const member = (text: string): NonNullable<Report['fleet']>['members'][number] => ({
  name: text,
  verdict: 'undetermined',
  exitCode: 3,
  standing: null,
  versions: [text],
  codes: [],
  error: { kind: 'unavailable', message: text, hint: text },
})

test.each(Object.keys(reporters))('%s contains no characters that disguise text', async (format) => {
  for (const text of hostileToReports) {
    const hostile = hostileReport(text)
    const fleet = { kind: 'schema', members: [member(text)] } as const
    for (const one of [hostile, { ...hostile, fleet }]) {
      const written = await writeReport(format, one, emptyReportContext)
      // Attributes in JUnit reports may contain tabs.
      expect(written.replaceAll('\t', ' '), JSON.stringify(text.slice(0, 40))).not.toMatch(unsafe)
    }
  }
})

test.each(Object.keys(reporters))(
  '%s contains consequences along with their finding, errors first',
  async (format) => {
    if (format === 'json' || format === 'jsonl') return
    const location = { path: 'a.py', line: 1, column: 1 }
    const told = report({
      findings: [
        finding({ code: 'AG408', severity: 'note', blocks: false, message: 'Mild thing.', location }),
        finding({ code: 'AG201', message: 'The root.', location }),
        finding({ code: 'AG301', message: 'The consequence.', follows: 'AG201', location }),
      ],
    })
    // The Markdown format escapes brackets.
    const text = (await writeReport(format, told, emptyReportContext)).replaceAll('\\', '')
    const count = (words: string): number => text.split(words).length - 1
    expect(count('[AG301]'), 'it stands under its cause').toBeGreaterThan(0)
    // SARIF lists every rule, and its findings are unordered.
    if (format !== 'sarif') expect(count('AG301')).toBe(count('[AG301]'))
    expect(text.indexOf('The root.')).toBeLessThan(text.indexOf('Mild thing.'))
  },
)

const severities = [
  finding({ code: 'AG408', severity: 'note', blocks: false, message: 'Mild thing.' }),
  finding({ code: 'AG420', severity: 'warning', blocks: false, message: 'A warning.' }),
  finding({ code: 'AG201', message: 'The root.' }),
]
const orders = severities.flatMap((a) =>
  severities.flatMap((b) => severities.map((c) => [a, b, c])).filter((order) => new Set(order).size === 3),
)

/** Human-readable formats, in which the order of findings matters. */
const writers: Readonly<Record<string, (told: Report) => string | Promise<string>>> = {
  ...Object.fromEntries(
    Object.keys(reporters)
      .filter((format) => !/^(?:jsonl?|sarif)$/.test(format))
      .map((format) => [format, (told: Report) => writeReport(format, told, emptyReportContext)]),
  ),
  'the workflow step summary': (told) => stepSummary(told, emptyReportContext, 'everything'),
}

test.each(Object.entries(writers))('%s has errors before warnings before notes', async (_, write) => {
  for (const findings of orders) {
    const text = await write(report({ findings }))
    const places = ['The root.', 'A warning.', 'Mild thing.'].map((words) => text.indexOf(words))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
})

/** What Jenkins' `junit-10.xsd` (jenkinsci/xunit-plugin) allows, plus GitLab's `file`. */
const allowed: Readonly<Record<string, { attributes: string; inside: string }>> = {
  testsuites: { attributes: 'name time tests failures errors', inside: 'testsuite' },
  testsuite: {
    attributes: 'name tests failures errors group time skipped timestamp hostname id package file log url',
    inside: 'testsuite properties testcase system-out system-err',
  },
  testcase: { attributes: 'name time classname group file', inside: 'skipped error failure system-out' },
  failure: { attributes: 'type message', inside: '' },
  error: { attributes: 'type message', inside: '' },
  skipped: { attributes: 'type message', inside: '' },
  'system-out': { attributes: '', inside: '' },
}

test.each([
  ['an ordinary report', report()],
  ['a hostile report', hostileReport('a"<b>')],
  ['a pass', report({ verdict: 'pass', findings: [finding({ blocks: false })] })],
  ['a failed check', report({ verdict: 'undetermined', findings: [] })],
])("junit: %s has the elements and attributes of Jenkins' schema", async (_, told) => {
  const text = await writeReport('junit', told, emptyReportContext)
  const open: string[] = []
  for (const [, close, name = '', attributes = '', empty] of text.matchAll(
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"]*")*)(\/?)>/g,
  )) {
    if (close) {
      expect(open.pop()).toBe(name)
      continue
    }
    const parent = open.at(-1)
    if (parent) expect(allowed[parent]?.inside.split(' ')).toContain(name)
    for (const [, key] of attributes.matchAll(/ ([a-z]+)="/g)) {
      expect(allowed[name]?.attributes.split(' '), name).toContain(key)
    }
    if (name === 'testsuite') expect(attributes).toMatch(/ name=".* tests=".* failures=".* errors="/)
    if (!empty) open.push(name)
  }
  expect(open).toEqual([])
})

test('the output filter of all formats spells out bidi controls, and JSON keeps its value', () => {
  const text = 'photo\u202egnp.exe \u2066x\u2069'
  expect(safeOutput(text)).toBe(String.raw`photo\u202egnp.exe \u2066x\u2069`)
  const json = JSON.stringify({ name: `\\${text}` })
  expect(JSON.parse(safeOutput(json))).toEqual({ name: `\\${text}` })
})
