import { describe, expect, test } from 'vitest'
import { advice, command } from '../../../../src/core/findings/finding.ts'
import { fleetReport, memberLines, mergedReport, positionCounts } from '../../../../src/report/model/fleet.ts'
import { jsonLines } from '../../../../src/report/formats/jsonl.ts'
import type { Report } from '../../../../src/report/model/report.ts'
import { finding, report, unavailable } from '../../../support/report.ts'

const pass = report({ verdict: 'pass', exitCode: 0, findings: [], standing: { kind: 'current' } })
const blocked = report()
const fleet = (
  groups: readonly (readonly [readonly string[], Report])[],
  kind: 'schema' | 'database' = 'database',
) =>
  fleetReport({
    tool: pass.tool,
    command: 'check',
    kind,
    groups: groups.map(([names, one]) => ({ names, report: one })),
  })

test.each([
  [[pass, pass], 0, 'pass'],
  [[pass, blocked], 1, 'blocked'],
  [[blocked, unavailable, pass], 3, 'undetermined'],
] as const)('the worst member decides: %#', (members, exitCode, verdict) => {
  const whole = fleet(members.map((one, index) => [[`m${index}`], one]))
  expect(whole).toMatchObject({ exitCode, verdict })
  expect(whole.fleet?.members).toHaveLength(members.length)
})

test('equal findings of several members are merged, with their names; different texts stay separate', () => {
  const other = report({ findings: [finding({ message: 'Another.' })] })
  const { findings } = fleet([
    [['b'], blocked],
    [['a'], blocked],
    [['c'], other],
  ])
  expect(findings.map(({ evidence }) => evidence[0])).toEqual([
    { label: '2 databases', value: 'a and b' },
    { label: '1 database', value: 'c' },
  ])
})

test('findings that only differ in commands and version tables are merged, with each command', () => {
  const of = (name: string) => {
    const argv = ['alembic-guard', 'restamp', '--version-table-schema', name]
    return report({
      findings: [
        finding({
          evidence: [{ label: 'Version table', value: `${name}.alembic_version` }],
          remedies: [
            { ...command('Write the full id:', argv, 'database', 'likely') },
            { ...advice('Look at it first.') },
          ],
        }),
      ],
    })
  }
  const { findings } = fleet(
    [
      [['a'], of('a')],
      [['b'], of('b')],
    ],
    'schema',
  )
  expect(findings).toHaveLength(1)
  const [only] = findings
  expect(only?.evidence).toEqual([{ label: '2 schemas', value: 'a and b' }])
  expect(only?.remedies.map(({ title, argv }) => [title, argv?.at(-1)])).toEqual([
    ['Write the full id (a):', 'a'],
    ['Write the full id (b):', 'b'],
    ['Look at it first.', undefined],
  ])
  const many = Array.from({ length: 30 }, (_, at) => [[`t${at}`], of(`t${at}`)] as const)
  expect(fleet(many, 'schema').findings[0]?.remedies.map(({ title }) => title)).toContain(
    'Run the same command for 20 other schemas, replacing the name each time.',
  )
})

test('members are sorted by name, each with its own codes', () => {
  const ignored = report({ findings: [finding({ ignored: { reason: null } })] })
  const { fleet: all } = fleet(
    [
      [['b', 'a'], blocked],
      [['c'], ignored],
    ],
    'schema',
  )
  expect(all?.members.map(({ name, codes }) => [name, codes])).toEqual([
    ['a', ['AG101']],
    ['b', ['AG101']],
    ['c', []],
  ])
})

test("of thousands of schemas, only those that don't pass have a line, up to a limit", () => {
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  const { fleet: all } = fleet(
    [
      [names('fine', 2000), pass],
      [names('bad', 25), blocked],
    ],
    'schema',
  )
  const lines = all ? memberLines(all) : []
  expect(lines).toHaveLength(21)
  expect(lines[0]).toMatch(/^BLOCKED\s+bad0\s+behind\s+AG101$/)
  expect(lines.at(-1)).toBe('and 5 more')
  expect(positionCounts(all?.members ?? [])).toBe('2,000 current, 25 behind')
})

test("a member that couldn't be checked says why", () => {
  const { fleet: all, reason } = fleet([
    [['one'], unavailable],
    [['two'], pass],
  ])
  expect(all && memberLines(all)[0]).toMatch(/^UNKNOWN\s+one\s+\$DATABASE_URL is not set$/)
  expect(reason).toContain('one')
})

describe('merged reports of several checks', () => {
  const tool = pass.tool
  const schemas = fleet([[['tenant_2', 'tenant_1'], blocked]], 'schema')

  test('single databases become members, named by database and host', () => {
    const nameless = report({ ...pass, database: null })
    const whole = mergedReport(tool, [
      { name: 'one.json', report: blocked },
      { name: 'two.json', report: nameless },
    ])
    expect(whole).toMatchObject({ verdict: 'blocked', exitCode: 1 })
    expect(whole.fleet?.kind).toBe('database')
    expect(whole.fleet?.members.map(({ name }) => name)).toEqual(['app on db.example', 'two.json'])
  })

  test('members of a fleet stay members, and its findings occur once', () => {
    const whole = mergedReport(tool, [
      { name: 'a.json', report: schemas },
      { name: 'b.json', report: schemas },
    ])
    expect(whole.fleet?.kind).toBe('schema')
    expect(whole.fleet?.members.map(({ name }) => name)).toEqual([
      'tenant_1',
      'tenant_1',
      'tenant_2',
      'tenant_2',
    ])
    expect(whole.findings).toHaveLength(1)
    expect(whole.exitCode).toBe(1)
  })

  test("a database that couldn't be checked makes the result undetermined, whatever the fleets contain", () => {
    const whole = mergedReport(tool, [
      { name: 'a.json', report: schemas },
      { name: 'b.json', report: unavailable },
    ])
    expect(whole).toMatchObject({ verdict: 'undetermined', exitCode: 3 })
    expect(whole.fleet?.kind).toBe('database')
    expect(whole.reason).toContain('b.json')
  })

  test('as JSON lines: each member, then the total without them', () => {
    const lines = jsonLines(schemas).trimEnd().split('\n')
    const parsed = lines.map((line): unknown => JSON.parse(line))
    expect(parsed).toHaveLength(3)
    expect(parsed[0]).toMatchObject({ name: 'tenant_1', codes: ['AG101'] })
    expect(parsed[2]).toMatchObject({ exitCode: 1, fleet: { kind: 'schema', members: [] } })
  })
})
