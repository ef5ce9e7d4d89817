/**
 * Converts a time to the time zone in Alembic's `timezone` option (`ScriptDirectory._generate_create_date`,
 * alembic/script/base.py). Accepts the same names as Python's zoneinfo.
 */
import type { Moment } from '../../core/history/file-template.ts'

/** A local date and time. `offset` is a UTC offset such as `+01:00`, or empty for the machine's time zone. */
export interface LocalMoment {
  readonly moment: Moment
  readonly offset: string
}

/**
 * Converts a time to a time zone; null if the zone is unknown. Like Alembic, also tries the name in upper case. If no
 * name is given, uses the machine's time zone.
 */
export function momentIn(now: Date, timeZone: string | null): LocalMoment | null {
  if (timeZone === null || timeZone === '') {
    return { moment: momentOf(now, now.getTimezoneOffset() * -60), offset: '' }
  }
  const zone = [timeZone, timeZone.toUpperCase()].find(isZone)
  if (zone === undefined) return null
  const seconds = offsetOf(now, zone)
  const minutes = Math.abs(Math.trunc(seconds / 60))
  const two = (value: number): string => String(value).padStart(2, '0')
  const offset = `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
  return { moment: momentOf(now, seconds), offset }
}

/** Whether the name is in the time zone database. `Intl` ignores case and accepts plain offsets, so it isn't enough. */
function isZone(name: string): boolean {
  const spelled =
    /^[A-Z][A-Z0-9]*$|^(?:US|GMT|UTC|[A-Z][A-Za-z-]*)(?:\/(?:[A-Z][a-z][A-Za-z_-]*|GMT[+-]?\d{0,2}|UTC|UCT))*$/
  if (!spelled.test(name)) return false
  // US is the only uppercase region: US/Pacific exists, but EUROPE/BERLIN doesn't.
  if (name.includes('/') && /^(?!US\/)[A-Z]{2,}\//.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Returns the UTC offset in seconds; positive east of Greenwich. */
function offsetOf(now: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value ?? 0)
  const there = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return Math.round((there - Math.floor(now.getTime() / 1000) * 1000) / 1000)
}

function momentOf(now: Date, offset: number): Moment {
  const there = new Date(now.getTime() + offset * 1000)
  return {
    year: there.getUTCFullYear(),
    month: there.getUTCMonth() + 1,
    day: there.getUTCDate(),
    hour: there.getUTCHours(),
    minute: there.getUTCMinutes(),
    second: there.getUTCSeconds(),
    epoch: Math.floor(now.getTime() / 1000),
  }
}
