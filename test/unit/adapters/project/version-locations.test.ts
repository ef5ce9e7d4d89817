import { expect, test } from 'vitest'
import { newestKnownVersion, parseAlembicVersion } from '../../../../src/core/history/alembic-version.ts'
import {
  separatorKeys,
  splitPrependSysPath,
  splitVersionLocations,
} from '../../../../src/adapters/project/version-locations.ts'
import { PythonRaise } from '../../../../src/python/source/python-error.ts'

const release = (text: string) => parseAlembicVersion(text) ?? newestKnownVersion

test.for([
  ['1.19.1', null, 'a b,c, d', ['a', 'b', 'c', 'd']],
  ['1.19.1', null, 'a:b\n c', ['a:b\n', 'c']],
  ['1.13.2', ':', ' a : b :: ', [' a ', ' b ', ' ']],
  ['1.13.3', ':', ' a : b :: ', ['a', 'b', '']],
  ['1.19.1', 'os', 'a:b', ['a', 'b']],
  ['1.19.1', ';', 'a;b', ['a', 'b']],
  ['1.19.1', 'space', 'a  b', ['a', 'b']],
  ['1.13.3', 'newline', '\na\nb', ['a', 'b']],
] as const)('Alembic %s with separator %s splits %j into %j', ([version, value, text, parts]) => {
  const separator = value === null ? null : { key: 'path_separator', value }
  expect(splitVersionLocations(text, separator, release(version))).toEqual(parts)
})

test.for([
  ['1.13.2', 'newline', "'space', 'os', ':', ';'"],
  ['1.13.3', 'x', "'space', 'newline', 'os', ':', ';'"],
] as const)('Alembic %s rejects the separator %s', ([version, value, expected]) => {
  const separator = { key: 'version_path_separator', value }
  const message = `'${value}' is not a valid value for version_path_separator; expected ${expected}`
  expect(() => splitVersionLocations('a', separator, release(version))).toThrow(
    new PythonRaise('ValueError', message),
  )
})

test('prepend_sys_path has a separator since 1.16, and splits at colons without one', () => {
  const separator = { key: 'path_separator', value: ';' }
  expect(splitPrependSysPath('a:b;c', separator, release('1.16.0'))).toEqual(['a:b', 'c'])
  expect(splitPrependSysPath('a:b, c', separator, release('1.15.2'))).toEqual(['a', 'b', 'c'])
})

test('the separator has two keys since 1.16, one since 1.7, none before', () => {
  expect(separatorKeys(release('1.16.0'))).toEqual(['path_separator', 'version_path_separator'])
  expect(separatorKeys(release('1.15.2'))).toEqual(['version_path_separator'])
  expect(separatorKeys(release('1.6.5'))).toEqual([])
})
