/** Tests the text report of a rehearsal. */
import { filled, linesAt, logWidth } from '../../../../src/report/text/layout.ts'
import { describe, expect, test } from 'vitest'
import type { RehearsalReport, Report } from '../../../../src/report/model/report.ts'
import { rehearsalEnding, rehearsalLines } from '../../../../src/report/text/rehearsal.ts'
import { hostileTexts } from '../../../support/hostile.ts'
import { report } from '../../../support/report.ts'

const scratch = {
  dialect: 'postgresql',
  server: '16.4',
  where: 'a server of its own',
  schema: 'pg_dump',
  rows: false,
  leftOut: [],
} as const

const phase = {
  phase: 'upgrade',
  command: 'alembic upgrade head',
  milliseconds: 1234,
  migrations: [
    {
      revision: 'rooms_002',
      direction: 'upgrade',
      milliseconds: 41,
      statements: 1,
      locks: [
        { table: 'rooms', mode: 'AccessExclusiveLock' },
        { table: 'guests', mode: 'ShareLock', heldMilliseconds: 1500 },
        { table: 'beds', mode: 'AccessShareLock' },
      ],
      outsideTransaction: false,
    },
  ],
  versionsAfter: ['rooms_002'],
} as const

const failure = {
  phase: 'upgrade',
  message: 'The command failed.',
  revision: 'rooms_002',
  location: { path: 'versions/rooms_002.py', line: 14 },
  error: 'ProgrammingError: column "size" already exists',
  statement: 'ALTER TABLE rooms ADD COLUMN size INTEGER',
  sqlstate: '42701',
  output: ['a line that is not needed'],
  hint: 'take the column out of the migration',
} as const

function rehearsal(parts: Partial<RehearsalReport> = {}): RehearsalReport {
  return {
    outcome: 'succeeds',
    scratch,
    phases: [phase],
    failure: null,
    leftovers: [],
    models: null,
    production: 'unchanged',
    notes: [],
    ...parts,
  }
}

const text = (parts: Partial<RehearsalReport>): string =>
  linesAt(rehearsalLines(rehearsal(parts)), logWidth)
    .map((line) => line.trim())
    .join('\n')

/** Removes line breaks inserted by the layout. */
const oneLine = (lines: string): string => lines.replace(/\s+/g, ' ')

const ending = (parts: Partial<RehearsalReport>, exitCode: number): string =>
  oneLine(
    filled(rehearsalEnding(report({ exitCode, prediction: null, rehearsal: rehearsal(parts) })), logWidth),
  )

describe('what was rehearsed', () => {
  test.each([
    ['pg_dump', false, 'schema copied with pg_dump, no data'],
    ['catalog', false, 'schema recreated from the catalog, no data'],
    ['empty', false, 'an empty database'],
    ['backup', false, 'a backup without data'],
    ['backup', true, 'a backup with data'],
  ] as const)('%s, with rows: %s', (schema, rows, words) => {
    expect(oneLine(text({ scratch: { ...scratch, schema, rows } }))).toContain(words)
  })

  test('of many omitted objects, six are named and the rest counted', () => {
    const leftOut = Array.from({ length: 8 }, (_, index) => ({
      what: `view v${index}`,
      reason: 'no postgis',
    }))
    const lines = text({ scratch: { ...scratch, leftOut } })
    expect(lines).toContain('rejected 8 objects')
    expect(lines).toContain('view v5: no postgis')
    expect(lines).not.toContain('view v6')
    expect(lines).toContain('and 2 more')
  })
})

describe('what the migrations did', () => {
  test.each([
    [{ scans: 0, rowWrites: 0, since: null, seconds: null }, '(blocks writes)'],
    [
      { scans: 1200, rowWrites: 1, since: null, seconds: null },
      '(1,200 scans and 1 row write since the statistics began; blocks writes)',
    ],
    [
      { scans: 3000, rowWrites: 2, since: '2026-10-01T00:00:00Z', seconds: 864_000 },
      '(3,000 scans and 2 row writes since 2026-10-01; blocks writes)',
    ],
    [
      { scans: 300_400, rowWrites: 1500, since: '2026-10-01T00:00:00Z', seconds: 1000 },
      '(300 scans and 1.5 row writes per second since 2026-10-01; blocks writes)',
    ],
  ])('the activity %o of a locked table', (activity, words) => {
    const [one] = phase.migrations
    const migrations = [{ ...one, locks: [{ table: 'beds', mode: 'ShareLock', activity }] }]
    const lines = rehearsalLines(rehearsal({ phases: [{ ...phase, migrations }] }))
    expect(oneLine(filled(lines, logWidth))).toContain(`SHARE on beds ${words}`)
  })

  test("only blocking locks are reported, with the manual's names", () => {
    const lines = text({})
    expect(lines).toMatch(/^rooms_002 +41 ms +1 statement$/m)
    expect(lines).toContain('ACCESS EXCLUSIVE on rooms (blocks reads and writes)')
    expect(lines).toContain('SHARE on guests (blocks writes; held 1.5 s)')
    expect(lines).not.toContain('beds')
  })

  test("what wasn't observed isn't reported as absent", () => {
    const [one] = phase.migrations
    const unseen = { ...one, milliseconds: null, statements: null, locks: [], outsideTransaction: true }
    const lines = text({ phases: [{ ...phase, migrations: [unseen] }] })
    expect(lines).toMatch(/^rooms_002 +-$/m)
    expect(lines).toContain('outside a transaction')
  })

  test('phases have titles if there are several; the models phase has no lines', () => {
    const again = { ...phase, phase: 'upgrade-again', milliseconds: 75_000 } as const
    const models = { ...phase, phase: 'check-models' } as const
    const lines = text({ phases: [phase, { ...phase, phase: 'downgrade', milliseconds: 20 }, again, models] })
    expect(lines).toContain('upgrade (1.2 s)')
    expect(lines).toContain('downgrade to the starting revision (20 ms)')
    expect(lines).toContain('upgrade again (1 min 15 s)')
    expect(lines).not.toContain('models')
    expect(text({})).not.toContain('upgrade (1.2 s)')
  })
})

describe('what went wrong', () => {
  test('a failure has migration, location, error, statement and remedy', () => {
    const lines = text({ outcome: 'fails', failure })
    for (const part of [
      'ERROR: the rehearsal failed in rooms_002',
      'versions/rooms_002.py:14',
      'column "size" already exists',
      'statement: ALTER TABLE rooms',
      'SQLSTATE 42701',
      'hint: take the column out',
    ]) {
      expect(lines).toContain(part)
    }
    expect(lines).not.toContain('not needed')
  })

  test("without an observed error, the command's last lines are shown", () => {
    const unseen = {
      ...failure,
      revision: null,
      location: null,
      error: null,
      statement: null,
      sqlstate: null,
    }
    const lines = text({ outcome: 'fails', failure: { ...unseen, hint: null, output: ['Killed'] } })
    expect(lines).toContain('ERROR: the rehearsal failed\n')
    expect(lines).toContain('its last output:\nKilled')
    expect(lines).not.toContain('SQLSTATE')
  })

  test('leftovers of a cycle are listed one by one; an enum has its own hint', () => {
    const leftover = {
      change: 'left',
      kind: 'enum',
      name: 'mood',
      revision: 'a',
      after: 'downgrade',
    } as const
    const lines = text({
      leftovers: [
        leftover,
        { ...leftover, change: 'lost', kind: 'index', name: 'ix', revision: null },
        { ...leftover, change: 'changed', kind: 'column', name: 'rooms.size', after: 'upgrade-again' },
      ],
    })
    expect(oneLine(lines)).toContain('the enum mood still exists after the downgrade (migration a)')
    expect(lines).toMatch(/the index ix is missing after the downgrade$/m)
    expect(oneLine(lines)).toContain('the column rooms.size differs after the second upgrade (migration a)')
    expect(oneLine(lines)).toContain("sa.Enum(name='mood').drop(op.get_bind())")
    expect(text({ leftovers: [{ ...leftover, kind: 'table' }] })).not.toContain('sa.Enum')
  })

  test.each([
    ['same', /^models: said$/m],
    ['unavailable', /^WARNING: said$/m],
    ['differ', /^ERROR: the models differ from the migrations\nsaid$/m],
    ['failed', /^ERROR: the models\nsaid$/m],
  ] as const)('models: %s', (outcome, words) => {
    expect(text({ models: { outcome, message: 'said' } })).toMatch(words)
  })
})

describe('the last line', () => {
  test('says what ran and where the copy is', () => {
    expect(ending({}, 0)).toMatch(/SUCCESS: "alembic upgrade head" ran 1 migration on the copy in 1\.2 s/)
    expect(ending({ phases: [{ ...phase, migrations: [], versionsAfter: [] }] }, 0)).toMatch(
      /had nothing to run on the copy; the copy has no version\s+rows/,
    )
  })

  test('names the command as this project types it', () => {
    const prediction: Report['prediction'] = {
      command: 'alembic upgrade head',
      typedCommand: 'flask db upgrade head',
      outcome: 'succeeds',
      error: null,
      reason: null,
      steps: [],
      versionsAfter: ['a1'],
      tried: null,
    }
    const lines = rehearsalEnding(report({ exitCode: 0, prediction, rehearsal: rehearsal({}) }))
    expect(oneLine(filled(lines, logWidth))).toContain('SUCCESS: "flask db upgrade head" ran')
  })

  test.each(['changed', 'unknown', 'none'] as const)(
    "says that production didn't change only if it was compared: %s",
    (production) => {
      expect(ending({ production }, 1)).not.toContain("didn't change")
      expect(ending({ production: 'unchanged' }, 1).replaceAll(/\s+/g, ' ')).toMatch(
        /production's (?:file|catalog and version rows) didn't change/,
      )
    },
  )
})

test.each(hostileTexts)('hostile text is escaped: %j', (hostile) => {
  const [one] = phase.migrations
  const lines = rehearsalLines(
    rehearsal({
      scratch: { ...scratch, leftOut: [{ what: hostile, reason: hostile }] },
      phases: [
        {
          ...phase,
          migrations: [{ ...one, revision: hostile, locks: [{ table: hostile, mode: 'ShareLock' }] }],
        },
      ],
      failure: { ...failure, revision: hostile, location: { path: hostile, line: 1 } },
      leftovers: [{ change: 'left', kind: 'enum', name: hostile, revision: hostile, after: 'downgrade' }],
    }),
  )
  for (const line of lines) expect(line).not.toContain('\n')
})

test('the way back is told, whether it works or not', () => {
  const command = 'alembic downgrade base_001'
  expect(text({ wayBack: { command, reason: null } })).toContain(`"${command}" undoes the release`)
  const broken = text({ wayBack: { command, reason: 'the column rooms.size would be left over' } })
  expect(broken.replaceAll('\n', ' ')).toContain(`WARNING: "${command}" doesn't undo the release: the column`)
})
