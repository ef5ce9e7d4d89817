/** Validates the `sarif` format against a strict schema for the parts that the guard writes. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { sarif } from '../../../../src/report/formats/sarif.ts'
import { type ReportContext, emptyReportContext } from '../../../../src/report/model/context.ts'
import type { Report } from '../../../../src/report/model/report.ts'
import { fallbackRule, rules } from '../../../../src/rules/index.ts'
import { lintRules, silenceRule } from '../../../../src/rules/lint/index.ts'
import {
  finding,
  hostileReport,
  hostileToReports,
  report,
  sceneAt,
  unavailable,
} from '../../../support/report.ts'

interface Location {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string }
    readonly region: { readonly startLine: number; readonly startColumn: number }
  }
}

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly invocations: readonly [Readonly<Record<string, unknown>>]
      readonly results: readonly {
        readonly ruleId: string
        readonly ruleIndex: number
        readonly level: string
        readonly message: { readonly text: string }
        readonly locations: readonly [Location]
        readonly partialFingerprints: Readonly<Record<string, string>>
        readonly suppressions?: readonly unknown[]
        readonly fixes?: readonly unknown[]
      }[]
    },
  ]
}

const schema = JSON.parse(
  readFileSync(new URL('../../../fixtures/sarif-subset.schema.json', import.meta.url), 'utf8'),
) as object
const valid = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

function written(given: Report, scene: ReportContext = emptyReportContext): Log['runs'][0] {
  const log = JSON.parse(sarif(given, scene)) as Log
  expect(valid(log), JSON.stringify(valid.errors)).toBe(true)
  for (const { ruleId, ruleIndex } of log.runs[0].results) {
    expect(log.runs[0].tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
  }
  return log.runs[0]
}

test('every rule is listed with its help', () => {
  const listed = written(report()).tool.driver.rules.map(({ id }) => id)
  const all = [fallbackRule, ...rules, silenceRule, ...lintRules]
  expect(listed).toEqual(all.map(({ code }) => code))
})

test('a code without a known rule is listed as well', () => {
  const run = written(report({ findings: [finding({ code: 'AG999', name: 'of-tomorrow' })] }))
  expect(run.tool.driver.rules.at(-1)).toMatchObject({ id: 'AG999', name: 'of-tomorrow' })
})

test('locations are relative to the top of the repository, encoded as a URI', () => {
  const [result] = written(report(), sceneAt('/repo', 'back end')).results
  expect(result?.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'back%20end/migrations/versions/rooms%20001.py', uriBaseId: '%SRCROOT%' },
    region: { startLine: 3, startColumn: 7 },
  })
})

test('findings about the database are located at the configuration, each with its own name', () => {
  const lost = finding({ code: 'AG201', name: 'unknown-revision', location: null })
  const { results } = written(
    report({ findings: [lost, { ...lost, revisions: ['other'] }, lost] }),
    sceneAt('/repo', ''),
  )
  const uris = results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri)
  expect(new Set(uris)).toEqual(new Set(['alembic.ini']))
  const hashes = results.map(({ partialFingerprints }) => partialFingerprints['primaryLocationLineHash'])
  expect(new Set(hashes).size).toBe(3)
})

test('a fingerprint is stable when lines move or texts change, and differs by revision and file', () => {
  const hashOf = (parts: Parameters<typeof finding>[0]): string | undefined =>
    written(report({ findings: [finding(parts)] })).results[0]?.partialFingerprints['alembicGuard/v1']
  const path = 'migrations/versions/rooms 001.py'
  expect(hashOf({ location: { path, line: 90, column: 2 }, message: 'other words' })).toBe(hashOf({}))
  expect(hashOf({ revisions: ['guests_002'] })).not.toBe(hashOf({}))
  expect(hashOf({ location: { path: 'b.py', line: 3, column: 7 } })).not.toBe(hashOf({}))
})

test('a fix contains replacements per file', () => {
  const path = 'migrations/versions/a.py'
  const edit = { path, line: 3, column: 1, endLine: 3, endColumn: 9, text: 'op.execute' }
  const scene = { ...sceneAt('/repo', 'backend'), fixOf: (index: number) => (index === 0 ? [edit] : []) }
  const [first, second] = written(report({ findings: [finding(), finding()] }), scene).results
  expect(first?.fixes).toEqual([
    {
      description: { text: 'Mend the file.' },
      artifactChanges: [
        {
          artifactLocation: { uri: `backend/${path}`, uriBaseId: '%SRCROOT%' },
          replacements: [
            {
              deletedRegion: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 },
              insertedContent: { text: 'op.execute' },
            },
          ],
        },
      ],
    },
  ])
  expect(second?.fixes).toBeUndefined()
})

test('ignored findings are suppressed, with the reason', () => {
  const [result] = written(
    report({ findings: [finding({ ignored: { reason: 'two teams' }, blocks: false })] }),
  ).results
  expect(result?.suppressions).toEqual([{ kind: 'external', justification: 'two teams' }])
})

test('a failed check is unsuccessful, and says why', () => {
  expect(written(unavailable).invocations[0]).toEqual({
    executionSuccessful: false,
    exitCode: 3,
    toolExecutionNotifications: [{ level: 'error', message: { text: '$DATABASE_URL is not set Set it.' } }],
  })
  expect(written(report()).invocations[0]).toEqual({ executionSuccessful: true, exitCode: 1 })
})

test.each(hostileToReports.map((text) => [JSON.stringify(text.slice(0, 40)), text]))(
  'hostile text is escaped: %s',
  (_, text) => {
    const { results } = written(hostileReport(text))
    expect(results).toHaveLength(3)
    // eslint-disable-next-line no-control-regex
    expect(sarif(hostileReport(text), emptyReportContext)).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|##\[/,
    )
  },
)
