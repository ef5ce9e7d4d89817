/** In GitHub's step summary, external text must never be interpreted as Markdown. */
import { expect, test } from 'vitest'
import { stepSummary } from '../../../../src/report/formats/step-summary.ts'
import { emptyReportContext } from '../../../../src/report/model/context.ts'
import { finding, hostileReport, hostileToReports, report, unavailable } from '../../../support/report.ts'

test("verdict, each finding with its remedies, and what wasn't checked", () => {
  const text = stepSummary(report({ remarks: ['a file is loaded twice'] }), emptyReportContext, 'everything')
  expect(text).toMatch(/^### alembic\\-guard check: Blocked\n/)
  expect(text).toContain('#### AG101 unreadable\\-migration (error)')
  expect(text).toContain('**Hint:** Mend the file.')
  expect(text).toContain("```sh\nalembic-guard restore 'it'\\''s'\n```")
  expect(text).toContain('Not checked: the live schema')
  expect(text).toContain('Note: a file is loaded twice')
})

test('a failed check says why and what to do', () => {
  const text = stepSummary(unavailable, emptyReportContext, 'everything')
  expect(text).toContain('Undetermined')
  expect(text).toContain('Set it.')
})

test('findings beyond the limit are counted; the verdict alone has none', () => {
  const many = report({ findings: Array.from({ length: 103 }, () => finding()) })
  expect(stepSummary(many, emptyReportContext, 'no picture')).toContain('and 3 more findings')
  expect(stepSummary(many, emptyReportContext, 'verdict')).not.toContain('AG101 unreadable')
})

test.each(hostileToReports.map((text) => [text.slice(0, 40), text] as const))(
  'hostile text is escaped: %j',
  (_, text) => {
    const page = stepSummary(hostileReport(text), emptyReportContext, 'everything')
    // Outside fenced blocks, every special character must be escaped.
    const outside = page.replace(/^(`{3,})\w+\n[^]*?\1$/gm, '')
    expect(outside).not.toMatch(/<(?!\/?br)/)
    expect(outside).not.toMatch(/(?<!\\)[[\]`|]/)
    expect(outside).not.toMatch(/@/)
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/)
  },
)
