/**
 * Splits `version_locations` and `prepend_sys_path` as each Alembic release does (alembic/config.py; before 1.16,
 * alembic/script/base.py).
 */
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { PythonRaise, pythonTrim } from '../../python/source/python-error.ts'

/** A separator option from the ini file. */
export interface Separator {
  readonly key: string
  readonly value: string
}

/** Returns the options that can set the separator. The first one that is set wins. */
export function separatorKeys(version: AlembicVersion): readonly string[] {
  if (atLeast(version, '1.16.0')) return ['path_separator', 'version_path_separator']
  return atLeast(version, '1.7.0') ? ['version_path_separator'] : []
}

/**
 * Splits a list of version locations. If no separator option is set, splits at commas and spaces, but not at newlines
 * or colons.
 * @throws PythonRaise (`ValueError`) for an unknown separator.
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

/** Splits `prepend_sys_path`. Alembic before 1.16 always splits it at commas, spaces and colons. */
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

/** Returns the character for a separator option. `os` means `:`, because releases don't run on Windows. */
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
