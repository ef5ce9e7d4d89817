/** A Markdown report must always fit in a comment. */
import { expect, test } from 'vitest'
import { markdown } from '../../../../src/report/formats/markdown.ts'
import { stepSummary } from '../../../../src/report/formats/step-summary.ts'
import { emptyReportContext } from '../../../../src/report/model/context.ts'
import { finding, hostileReport, report as reportWith } from '../../../support/report.ts'

test('equals the step summary, as long as it fits into a comment', () => {
  const report = hostileReport('<b> @everyone')
  expect(markdown(report, emptyReportContext)).toBe(stepSummary(report, emptyReportContext, 'everything'))
  const findings = Array.from({ length: 90 }, (_, index) =>
    finding({ code: `AG${index}`, message: `${index} ${'m'.repeat(3000)}` }),
  )
  const many = reportWith({ findings })
  const text = markdown(many, emptyReportContext)
  expect(text.length).toBeLessThan(65_000)
  expect(text).toMatch(/^### alembic/)
})
