/** Tests expressions that exceed the recursion limit of CPython 3.11 and earlier. */
import { expect, test } from 'vitest'
import { readMigration } from '../../../../src/python/header/read-migration.ts'

const withLine = (line: string) =>
  readMigration(
    Buffer.from(`revision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    x = ${line}\n`),
    'a.py',
  )

test.each([
  ['calls', (links: number) => `f${'.b()'.repeat(Math.ceil(links / 2))}`],
  ['attributes', (links: number) => `f${'.b'.repeat(links)}`],
  ['subscripts', (links: number) => `f${'[0]'.repeat(links)}`],
  ['operators', (links: number) => `a${' + a'.repeat(links)}`],
])('a chain of %s is read up to 2,500 links and unreadable beyond that', (_, chain) => {
  expect(withLine(chain(2500)).unreadable).toBeNull()
  expect(withLine(chain(2600)).unreadable?.reason).toMatch(/too long for some versions of Python/)
  expect(withLine(chain(200_000)).unreadable?.span).toMatchObject({ path: 'a.py', line: 6 })
})
