import { expect, test } from 'vitest'
import { compareReleases, newestAllowed } from '../../../../src/core/release/version-specifier.ts'

const releases = ['0.2.0', '0.3.1', '1.0.0', '1.7.0', '1.7.7', '1.8.0', '1.8.1', '1.9.0', '2.0.0']

test.each([
  ['>=1.7,<1.9', '1.8.1'],
  ['~=1.7.0', '1.7.7'],
  ['~=1.7', '1.9.0'],
  ['~=1', null],
  ['==1.8.*', '1.8.1'],
  ['<2,!=1.9.0', '1.8.1'],
  ['<2,!=1.9.*', '1.8.1'],
  ['>1.9', '2.0.0'],
  // 1.7.0 is newer than 1.7b1, and 1.9.0 isn't older than 1.9rc1.
  ['>=1.7b1,<1.8', '1.7.7'],
  ['<1.9rc1', '1.8.1'],
  ['<=1.8.0.post1', '1.8.0'],
  // Poetry's caret operator.
  ['^1.7', '1.9.0'],
  ['^0.2', '0.2.0'],
  ['~1.7', '1.7.7'],
  ['~1', '1.9.0'],
  ['1.8.*', '1.8.1'],
  ['=1.8', '1.8.0'],
  ['>3', null],
  ['newest', null],
  ['>=', null],
])('%s allows at most %s', (specifier, newest) => {
  expect(newestAllowed(releases, specifier.split(','))).toBe(newest)
})

test('missing version components count as 0', () => {
  expect(compareReleases([1, 4], [1, 4, 0])).toBe(0)
  expect(compareReleases([1, 4, 1], [1, 4])).toBeGreaterThan(0)
  expect(compareReleases([1, 4], [1, 10])).toBeLessThan(0)
})
