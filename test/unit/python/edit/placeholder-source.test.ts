/** A placeholder must be readable as a migration and match the style of its neighbors. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { headerStyleOf, placeholderSource } from '../../../../src/python/edit/placeholder-source.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const facts = {
  id: 'lost',
  parents: ['a1'],
  message: 'stands in for lost',
  created: '2026-01-31 12:00:00',
  paragraphs: ['What it is.', 'Why.'],
  upgrade: [],
}
const annotated = `"""x"""
from typing import Sequence, Union

revision: str = "a1"
down_revision: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    pass
`

test('without neighbors, or next to an undecodable one, it is plain', () => {
  const plain = headerStyleOf(null)
  expect(headerStyleOf(new Uint8Array([0xff, 0xfe, 0x00]))).toEqual(plain)
  const text = placeholderSource(facts, plain)
  expect(text).toContain("revision = 'lost'\ndown_revision = 'a1'\n")
  expect(text).toContain('def upgrade(*args, **kwargs):\n    pass\n')
})

test('next to an annotated neighbor it is annotated, with the necessary imports', () => {
  const text = placeholderSource({ ...facts, parents: ['a1', 'b2'] }, headerStyleOf(bytes(annotated)))
  expect(text).toContain('from typing import Sequence, Union\n')
  expect(text).toContain(
    'revision: str = "lost"\ndown_revision: Union[str, Sequence[str], None] = ("a1", "b2")\n',
  )
  expect(text).toContain('def upgrade(*args, **kwargs) -> None:\n')
})

test("an annotation whose import is missing, or that isn't a plain type, is omitted", () => {
  const style = headerStyleOf(bytes(annotated.replace('from typing import Sequence, Union\n', '')))
  expect(style.annotations.down_revision).toBeNull()
  expect(headerStyleOf(bytes('revision: evil() = "a"\n')).annotations.revision).toBeNull()
})

test("line endings match the neighbor's", () => {
  const text = placeholderSource(facts, headerStyleOf(bytes(annotated.replaceAll('\n', '\r\n'))))
  expect(text.split('\r\n').length).toBe(text.split('\n').length)
})

test('statements of the lost migration are in upgrade(), indented', () => {
  const text = placeholderSource(
    { ...facts, upgrade: ['op.execute("SELECT 1")', '', 'pass'] },
    headerStyleOf(null),
  )
  expect(text).toContain('from alembic import op\nimport sqlalchemy as sa\n')
  expect(text).toContain('    op.execute("SELECT 1")\n\n    pass\n')
})

test('any id, parents and texts: the parsed header has the same values', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      name,
      fc.uniqueArray(name, { maxLength: 3 }),
      name,
      name,
      fc.constantFrom(null, annotated),
      (id, parents, message, paragraph, neighbour) => {
        const text = placeholderSource(
          { ...facts, id, parents, message, paragraphs: [paragraph] },
          headerStyleOf(neighbour === null ? null : bytes(neighbour)),
        )
        expect(text).toMatch(/^[\n\u0020-\u007e]*$/)
        const { revision, downRevision, raises, unreadable } = readMigration(bytes(text), 'lost.py')
        expect({ raises, unreadable }).toEqual({ raises: null, unreadable: null })
        expect(revision).toMatchObject({ value: { kind: 'str', value: id } })
        expect(downRevision).toMatchObject({
          value:
            parents.length === 0
              ? { kind: 'none' }
              : parents.length === 1
                ? { kind: 'str', value: parents[0] }
                : { kind: 'tuple', items: parents.map((value) => ({ kind: 'str', value })) },
        })
      },
    ),
    { numRuns: 200 },
  )
})
