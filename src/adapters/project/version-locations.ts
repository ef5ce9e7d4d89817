/**
 * Splits `version_locations` and `prepend_sys_path` as each Alembic release does (alembic/config.py and, before 1.16,
 * alembic/script/base.py). Works on text only; doesn't check whether folders exist.
 */
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { PythonRaise, pythonTrim } from '../../python/source/python-error.ts'

/** The first separator option in the ini file, and its value. */
export interface Separator {
  readonly key: string
  readonly value: string
}

/** Returns the options that set the separator of `version_locations`; the first one present wins. */
export function separatorKeys(version: AlembicVersion): readonly string[] {
  if (atLeast(version, '1.16.0')) return ['path_separator', 'version_path_separator']
  return atLeast(version, '1.7.0') ? ['version_path_separator'] : []
}

/**
 * Splits the value. Without a separator option, the legacy rule applies: split on commas and spaces, but not on
 * newlines or colons. Throws {@link PythonRaise} with `ValueError` for a separator that Alembic doesn't know.
 */
export function splitVersionLocations(
  text: string,
  separator: Separator | null,
  version: AlembicVersion,
): readonly string[] {
  if (!separator) return text.split(/, *| +/)
  const parts = text.split(separatorCharacter(separator, version)).filter((part) => part !== '')
  return atLeast(version, '1.13.3') ? parts.map(pythonTrim) : parts
}

/**
 * Splits `prepend_sys_path`. Before 1.16, its separator wasn't configurable, and the value was split on commas, spaces
 * and colons.
 */
export function splitPrependSysPath(
  text: string,
  separator: Separator | null,
  version: AlembicVersion,
): readonly string[] {
  if (!separator || !atLeast(version, '1.16.0')) return text.split(/, *| +|:/)
  return text
    .split(separatorCharacter(separator, version))
    .filter((part) => part !== '')
    .map(pythonTrim)
}

/** `os` is `:`, because releases don't run on Windows, where it would be `;`. */
function separatorCharacter(separator: Separator, version: AlembicVersion): string {
  const newline = atLeast(version, '1.13.3')
  const characters = new Map([
    ['space', ' '],
    ...(newline ? ([['newline', '\n']] as const) : []),
    ['os', ':'],
    [':', ':'],
    [';', ';'],
  ])
  const character = characters.get(separator.value)
  if (character !== undefined) return character
  const expected = [...characters.keys()].map((name) => `'${name}'`).join(', ')
  throw new PythonRaise(
    'ValueError',
    `'${separator.value}' is not a valid value for ${separator.key}; expected ${expected}`,
  )
}
