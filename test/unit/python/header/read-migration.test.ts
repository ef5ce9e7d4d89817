/** Parses common and random headers, which must be read back unchanged. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MigrationModule, PyValue } from '../../../../src/core/history/migration-module.ts'
import { messageOf, readMigration } from '../../../../src/python/header/read-migration.ts'
import { checkWholeFile } from '../../../support/check-whole-file.ts'

const read = (text: string): MigrationModule => readMigration(Buffer.from(text), 'v/a.py')

/** Returns a random Python literal that evaluates to this string. */
const literal = (value: string): fc.Arbitrary<string> => {
  const escaped = (quote: string): string =>
    Array.from(value, (character) => {
      if (character === quote[0] || character === '\\') return `\\${character}`
      return character === '\n' ? '\\n' : character
    }).join('')
  const hex = Array.from(
    value,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  const half = Math.floor(value.length / 2)
  const plain = /^[\w .-]*$/.test(value)
  const whole = fc.constantFrom(
    ...["'", '"', "'''", '"""'].flatMap((quote) => [
      quote + escaped(quote) + quote,
      `u${quote}${escaped(quote)}${quote}`,
    ]),
    `"${hex.join('')}"`,
    ...(plain ? [`r'${value}'`, `f"${value}"`, `("${value.slice(0, half)}" '${value.slice(half)}')`] : []),
    ...(plain ? [`"${value.slice(0, half)}" + "${value.slice(half)}"`, `("${value}")`] : []),
  )
  return whole
}

const identifier = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{4,12}$/),
  fc.stringMatching(/^[\w .-]{1,20}$/),
  fc.string({
    minLength: 1,
    maxLength: 8,
    unit: fc.constantFrom('é', "'", '"', '\\', '#', '\n', '😀', '{', '%', 'a'),
  }),
)

interface Header {
  readonly ids: readonly string[]
  readonly source: string
  readonly kind: 'none' | 'str' | 'tuple' | 'list' | 'set'
}

const none: fc.Arbitrary<Header> = fc
  .constantFrom('None', '(None)')
  .map((source) => ({ ids: [], source, kind: 'none' }))

const one: fc.Arbitrary<Header> = identifier.chain((id) =>
  literal(id).map((source) => ({ ids: [id], source, kind: 'str' as const })),
)

const several: fc.Arbitrary<Header> = fc
  .uniqueArray(identifier, { minLength: 1, maxLength: 4 })
  .chain((ids) =>
    fc.tuple(fc.constant(ids), fc.tuple(...ids.map(literal)), fc.constantFrom('', ' ', '\n    # left\n    ')),
  )
  .chain(([ids, items, gap]) => {
    const inside = gap + items.join(`,${gap}`)
    const forms: Header[] = [
      { ids, kind: 'tuple', source: `(${inside},)` },
      { ids, kind: 'list', source: `[${inside}${gap}]` },
      { ids, kind: 'set', source: `{${inside}}` },
      { ids, kind: 'tuple', source: `tuple([${inside}])` },
      { ids, kind: 'tuple', source: `(${items[0]},) + (${[...items.slice(1), ''].join(', ')})` },
    ]
    if (ids.length > 1) forms.push({ ids, kind: 'tuple', source: items.join(', ') })
    if (ids.length === 1) return fc.constantFrom(...forms.slice(0, 4))
    return fc.constantFrom(...forms)
  })

const header = fc.oneof(none, one, several)

const assignment = (name: string, value: Header): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', ': str', ': Union[str, Sequence[str], None]', ': "str | None"', ': Final'),
      fc.constantFrom(' = ', '=', '\t=\t', ' = \\\n    '),
      fc.constantFrom('', '  # note: "zzz"', ';', ' ; pass'),
      fc.boolean(),
    )
    .map(([annotation, equal, end, byName]) => {
      if (byName) return `_${name}${equal}${value.source}\n${name}${annotation} = _${name}${end}`
      // An unparenthesized tuple in an annotated assignment needs Python 3.8, the oldest version we support.
      return `${name}${annotation}${equal}${value.source}${end}`
    })

const decoy = fc.constantFrom(
  '# revision = "zzz"',
  'SQL = """\nrevision = "zzz"\n"""',
  'def helper():\n    revision = "zzz"\n    down_revision = None\n    return revision',
  'class Row:\n    depends_on = "zzz"',
  'import sqlalchemy as sa',
  'from alembic import op',
  '',
  'if TYPE_CHECKING:\n    import typing',
  'naming = {"revision": "zzz"}',
)

const file = fc
  .tuple(
    header.filter((value) => value.kind === 'str'),
    header,
    header,
    header,
  )
  .chain((values) => {
    const names = ['revision', 'down_revision', 'branch_labels', 'depends_on']
    const lines = values.map((value, index) => assignment(names[index] ?? '', value))
    return fc.tuple(
      fc.constant(values),
      fc.tuple(...lines),
      fc.array(decoy, { minLength: 5, maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.constantFrom('', '"""A title\n\nrevision = "zzz"\n"""\n', '# -*- coding: utf-8 -*-\n'),
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
    )
  })
  .map(([values, lines, decoys, newline, top, order]) => {
    const parts = order.flatMap((index, place) => [decoys[place] ?? '', lines[index] ?? ''])
    const text = `${top}from typing import *\n${[...parts, decoys[4]].join('\n')}\n\ndef upgrade():\n    pass\n`
    return { values, text: text.replaceAll('\n', newline) }
  })

function idsOf(value: PyValue): string[] {
  if (value.kind === 'str') return [value.value]
  return 'items' in value ? value.items.flatMap(idsOf) : []
}

test('a header printed in any form is parsed back unchanged', () => {
  fc.assert(
    fc.property(file, ({ values, text }) => {
      const module = read(text)
      expect(module.raises).toBeNull()
      expect(module.unreadable).toBeNull()
      const bindings = [module.revision, module.downRevision, module.branchLabels, module.dependsOn]
      bindings.forEach((binding, index) => {
        const want = values[index]
        if (binding.kind !== 'value') throw new Error(`${index} is ${JSON.stringify(binding)}`)
        expect(binding.value.kind).toBe(want?.kind)
        expect(idsOf(binding.value)).toEqual(want?.ids)
      })
      expect(module.upgrade).toMatchObject({ kind: 'function', required: [], keywords: [] })
    }),
    { numRuns: 400 },
  )
})

describe('upgrade and downgrade', () => {
  test.each([
    ['def upgrade(): pass', [], []],
    ['def upgrade(engine_name): pass', ['engine_name'], ['engine_name']],
    ['def upgrade(a, b=1, *, c, d=2): pass', ['a', 'c'], ['a', 'b', 'c', 'd']],
    ['def upgrade(a, /, b): pass', ['a', 'b'], ['b']],
    ['def upgrade(*args, **kwargs): pass', [], null],
    [
      'def upgrade(\n    a: "Dict[str, int]" = {"x": (1, 2)},\n    b: List[int] = [],\n) -> None: pass',
      [],
      ['a', 'b'],
    ],
    ['def upgrade(a, f=lambda x, y: 1): pass', ['a'], ['a', 'f']],
    ['def upgrade[T](a: T): pass', ['a'], ['a']],
    ['if True:\n  def upgrade(a): pass', ['a'], ['a']],
  ])('%s', (text, required, keywords) => {
    expect(read(text).upgrade).toMatchObject({ kind: 'function', required, keywords })
  })

  test.each([
    'from app import upgrade',
    'upgrade = None',
    '@step\ndef upgrade(): pass',
    'async def upgrade(): pass',
    'from app import unknown\nif unknown():\n  def upgrade(): pass',
    'class upgrade: pass',
  ])('is not a plain function: %s', (text) => {
    expect(read(text).upgrade).toMatchObject({ kind: 'unreadable', span: { path: 'v/a.py' } })
  })

  test('is missing', () => {
    expect(read('def downgrade(): pass\ndel downgrade').downgrade).toEqual({ kind: 'unbound' })
  })
})

describe('the message of a revision', () => {
  test.each([
    ['"""title"""', 'title'],
    ['"""\n  one\n  two\n\nthree"""', 'one\n  two'],
    ['\'a\' "b"', 'ab'],
    ['("a")', 'a'],
    ['f"a"', ''],
    ['b"a"', ''],
    ['x = 1\n"""a"""', ''],
    ['"a" + "b"', ''],
    ['# c\n\n"""a\\tb"""', 'a\tb'],
    ['"""a"""\n__doc__ = "b"', 'b'],
    ['"""a"""\n__doc__ = None', ''],
    ['"""a \\N{DASH}"""', 'a \\N{DASH}'],
  ])('%s', (text, message) => {
    expect(messageOf(read(text).doc)).toBe(message)
  })
})

describe('no input makes the reader throw', () => {
  const survives = (bytes: Uint8Array): void => {
    expect(readMigration(bytes, 'a.py').path).toBe('a.py')
    expect(() => checkWholeFile(bytes, 'a.py')).not.toThrow()
  }

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 500 })
  })

  test('random tokens', () => {
    const words =
      `revision down_revision = == : , ( ) [ ] { } "a" ' """ f"{ }" # ; def class if else for in lambda not * ** ` +
      'upgrade global import from 1 0x . @ match case _ with as try except'
    const token = fc.constantFrom('\n', '\n  ', '\n\t', '\\\n', ...words.split(' '))
    const soup = fc.array(token, { maxLength: 40 }).map((tokens) => Buffer.from(tokens.join(' ')))
    fc.assert(fc.property(soup, survives), { numRuns: 1500 })
  })

  const top = 'revision = "a"\ndown_revision = None\n'
  test.each([
    ['a line of 2 MB', `${top}x = [${'1,'.repeat(1_000_000)}]\n`],
    ['a string of 6 MB', `${top}x = "${'a'.repeat(6_000_000)}"\n`],
    ['100,000 lines', top + 'x = "a"\n'.repeat(100_000)],
    ['100,000 times not', `${top}x = ${'not '.repeat(100_000)}1\n`],
    ['2,500 sums', `${top}x = ${'"a" + '.repeat(2500)}"b"\n`],
    ['a list that doubles repeatedly', `${top}x = ["a"]\n${'x = x + x\n'.repeat(200)}`],
    ['a string that doubles repeatedly', `${top}x = "a"\n${'x += x\n'.repeat(200)}branch_labels = x\n`],
    [
      'mutually recursive functions',
      top + Array.from({ length: 500 }, (_, n) => `def f${n}(): f${n + 1}()\n`).join(''),
    ],
  ])('%s', (_, text) => {
    expect(read(text).revision).toMatchObject({ kind: 'value', value: { kind: 'str', value: 'a' } })
  })

  test('a list that contains itself', () => {
    survives(Buffer.from(`${top}x = ["a"]\nx.append(x)\ndepends_on = x\n`))
  })

  test('100,000 brackets are too many for Python too', () => {
    const text = `x = ${'('.repeat(100_000)}${')'.repeat(100_000)}`
    expect(read(text).raises?.error.message).toBe('too many nested parentheses')
  })

  test('a file that is too large is reported as such', () => {
    const module = readMigration(new Uint8Array(16_000_001).fill(32), 'a.py')
    expect(module.unreadable?.reason).toBe('the file is larger than 16 MB')
  })
})
