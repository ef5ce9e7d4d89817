/** Text from other programs must be safe to print. Only extremely long text may be cut off. */
import { expect, test } from 'vitest'
import { shown, shownSentence } from '../../../../src/core/text/display.ts'

test('a sentence is longer than a name, and is not cut off', () => {
  const sentence =
    'a foreign key of table seats references table halls, which does not exist, so the batch operation fails'
  expect(shownSentence(sentence)).toBe(sentence)
  expect(shown(sentence)).toMatch(/\.\.\.$/)
})

test('a sentence is printed on one line', () => {
  expect(shownSentence('one\ntwo\x1b[31m')).toBe(String.raw`one\ntwo\x1b[31m`)
})

test('an extremely long sentence is cut off', () => {
  const short = shownSentence('x'.repeat(10_000))
  expect(short.length).toBeLessThan(1000)
  expect(short).toMatch(/x\.\.\.$/)
})
