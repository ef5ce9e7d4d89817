/** Tests all incidents and saves their results for the summary. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, test } from 'vitest'
import type { DialectName } from '../../src/core/dialect/dialect-name.ts'
import { findJudges } from '../support/judges.ts'
import { incidents } from './data/index.ts'
import { play } from './play.ts'
import { Worlds } from './world.ts'

/** Declares the tests for one kind of database. */
export async function playAll(dialect: DialectName): Promise<void> {
  const judges = await findJudges(`incidents-${dialect}`)
  const there = dialect === 'postgresql' ? judges.server !== null : judges.python !== null
  const ours = incidents.filter(({ on }) => on === undefined || on.includes(dialect))
  describe.skipIf(!there)(`on ${dialect}`, () => {
    const worlds = there ? new Worlds(judges, dialect) : null
    afterAll(() => worlds?.clear())
    test.each(ours.map((incident, index) => [incident.name, incident, index] as const))(
      '%s',
      async (_, incident, index) => {
        if (!worlds) throw new Error('skipped where nobody can be asked')
        const played = await play(incident, dialect, worlds)
        const file = `${dialect}-${String(index).padStart(3, '0')}.json`
        writeFileSync(join(inject('incidents'), file), JSON.stringify(played))
        await worlds.clear()
        expect(played.problems, incident.thread).toEqual([])
      },
    )
  })
}
