/** Parses the `github` format as GitHub's runner does. */
import { expect, test } from 'vitest'
import { github } from '../../../../src/report/formats/github.ts'
import { human } from '../../../../src/report/text/check.ts'
import { emptyReportContext } from '../../../../src/report/model/context.ts'
import {
  finding,
  hostileReport,
  hostileToReports,
  report,
  sceneAt,
  unavailable,
} from '../../../support/report.ts'
import { type RunnerCommand, runnerCommands } from '../../../support/runner-commands.ts'

function commandsOf(text: string): readonly RunnerCommand[] {
  return runnerCommands(text)
}

test('a finding in a file is an annotation there, relative to the top of the repository', () => {
  const [command, ...others] = commandsOf(github(report(), sceneAt('/repo', 'backend')))
  expect(others).toEqual([])
  expect(command).toMatchObject({
    name: 'error',
    properties: {
      file: 'backend/migrations/versions/rooms 001.py',
      line: '3',
      col: '7',
      title: 'AG101 unreadable-migration',
    },
  })
  expect(command?.data.split('\n')).toEqual([
    'The file can not be read.',
    'Python says: invalid syntax.',
    'Alembic would stop.',
    'hint: Mend the file.',
    `hint: Or bring the old one back: alembic-guard restore 'it'\\''s'`,
    'See https://docs.example/AG101',
  ])
})

test('a file outside the repository is named in the text, not as the location', () => {
  const outside = finding({ location: { path: '/elsewhere/a.py', line: 2, column: 1 } })
  const inside = finding({ location: { path: '/repo/lib/b.py', line: 2, column: 1 } })
  const [first, second] = commandsOf(github(report({ findings: [outside, inside] }), sceneAt('/repo', 'x')))
  expect(first?.properties['file']).toBeUndefined()
  expect(first?.data).toContain('at /elsewhere/a.py, line 2')
  expect(second?.properties['file']).toBe('lib/b.py')
})

test('severities are annotation levels; ignored findings are text', () => {
  const findings = [
    finding({ severity: 'warning', blocks: false }),
    finding({ severity: 'note', blocks: false }),
    finding({ ignored: { reason: 'known' }, blocks: false }),
  ]
  const text = github(report({ findings, remarks: ['a file is loaded twice'] }), emptyReportContext)
  expect(commandsOf(text).map(({ name }) => name)).toEqual(['warning', 'notice'])
  expect(text).toContain('ignored: AG101 unreadable-migration (known)')
  expect(text).toContain('note: a file is loaded twice')
})

test('a failed check is an error', () => {
  const [command] = commandsOf(github(unavailable, emptyReportContext))
  expect(command).toMatchObject({ name: 'error', data: '$DATABASE_URL is not set\nhint: Set it.' })
})

test.each(hostileToReports.map((text) => [JSON.stringify(text.slice(0, 40)), text]))(
  'no text starts or ends a workflow command: %s',
  (_, text) => {
    const commands = commandsOf(github(hostileReport(text), emptyReportContext))
    expect(commands.map(({ name }) => name)).toEqual(['error', 'warning'])
    for (const { properties, data } of commands) {
      expect(Object.keys(properties).filter((key) => !/^(file|line|col|title)$/.test(key))).toEqual([])
      expect(data.length).toBeLessThanOrEqual(4096)
      // eslint-disable-next-line no-control-regex
      expect(data).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    }
    expect(commands[0]?.properties['line']).toBe('1')
    expect(commandsOf(human(hostileReport(text)))).toEqual([])
  },
)

test('the annotation text is unchanged', () => {
  const message = '100% of a:b, c=d, %0A and %25.'
  const location = { path: 'a:b,c=%2C.py', line: 1, column: 1 }
  const [command] = commandsOf(
    github(report({ findings: [finding({ message, location })] }), emptyReportContext),
  )
  expect(command?.data.split('\n')[0]).toBe(message)
  expect(command?.properties['file']).toBe('a:b,c=%2C.py')
})
