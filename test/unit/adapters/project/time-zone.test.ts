import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { momentIn } from '../../../../src/adapters/project/time-zone.ts'
import { missing } from '../../../support/postgres.ts'

const now = new Date('2026-03-29T00:59:59Z')

describe('the time in a time zone', () => {
  test.each([
    ['UTC', '0:59 +00:00'],
    ['utc', '0:59 +00:00'],
    ['Europe/Berlin', '1:59 +01:00'],
    ['America/Argentina/Buenos_Aires', '21:59 -03:00'],
    ['America/St_Johns', '22:29 -02:30'],
    ['Asia/Kathmandu', '6:44 +05:45'],
    ['Etc/GMT+5', '19:59 -05:00'],
    ['US/Pacific', '17:59 -07:00'],
  ])('%s', (zone, expected) => {
    const found = momentIn(now, zone)
    expect(found && `${found.moment.hour}:${found.moment.minute} ${found.offset}`).toBe(expected)
    expect(found?.moment.epoch).toBe(now.getTime() / 1000)
  })

  test('a second later, daylight saving time has begun', () => {
    expect(momentIn(new Date(now.getTime() + 1000), 'Europe/Berlin')).toMatchObject({
      moment: { hour: 3, minute: 0, second: 0 },
      offset: '+02:00',
    })
  })

  test.each(['Mars/Base', 'europe/berlin', 'EUROPE/BERLIN', '+01:00', 'Berlin', ' UTC', '../etc/passwd'])(
    "%j isn't a time zone",
    (zone) => expect(momentIn(now, zone)).toBeNull(),
  )

  test("an empty or null zone means the machine's local time", () => {
    expect(momentIn(now, '')).toMatchObject({ offset: '', moment: { hour: now.getHours() } })
    expect(momentIn(now, null)?.moment.day).toBe(now.getDate())
  })
})

test('Python knows the same zones', () => {
  const names = [
    'UTC',
    'utc',
    'Europe/Berlin',
    'europe/berlin',
    'Mars/Base',
    'US/Pacific',
    'Asia/Kathmandu',
    'gmt',
    'Etc/UTC',
    'Zulu',
    'EST',
  ]
  const script = `
import sys, zoneinfo
def found(name):
    for one in (name, name.upper()):
        try:
            zoneinfo.ZoneInfo(one); return "1"
        except Exception: pass
    return "0"
print("".join(found(n) for n in sys.argv[1:]))`
  const { status, stdout } = spawnSync('python3', ['-c', script, ...names], { encoding: 'utf8' })
  if (status !== 0) {
    missing('Python with zoneinfo', 'python3 does not run it')
    return
  }
  expect(names.map((name) => (momentIn(now, name) ? '1' : '0')).join('')).toBe(stdout.trim())
})
