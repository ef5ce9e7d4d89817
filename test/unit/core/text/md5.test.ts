/** Our MD5 against Node's. */
import { createHash } from 'node:crypto'
import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { md5Hex } from '../../../../src/core/text/md5.ts'

const judge = (text: string): string => createHash('md5').update(text).digest('hex')

test('any text has the digest that Node gives it', () => {
  assert(
    property(string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(md5Hex(text)).toBe(judge(text))
    }),
  )
})

test('at the borders of a block', () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128]) {
    expect(md5Hex('x'.repeat(length))).toBe(judge('x'.repeat(length)))
  }
})
