/**
 * How Alembic splits `version_locations` and `prepend_sys_path`, release by release (alembic/config.py and, before
 * 1.16, alembic/script/base.py). Knows the texts only; whether a folder exists is somebody else's question.
 */
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { PythonRaise, pythonTrim } from '../../python/source/python-error.ts'

/** What the ini says about the separator: the first of the keys that it has, and that key's value. */
export interface Separator {
  readonly key: string
  readonly value: string
}

/** The keys that name the separator of `version_locations`, the first one that is there wins. */
export function separatorKeys(version: AlembicVersion): readonly string[] {
  if (atLeast(version, '1.16.0')) return ['path_separator', 'version_path_separator']
  return atLeast(version, '1.7.0') ? ['version_path_separator'] : []
}

/**
 * Splits the ini's text. Without a separator the old rule holds: commas and spaces, and neither line ends nor
 * colons. Throws {@link PythonRaise} with `ValueError` for a separator that Alembic does not know.
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

/** Splits `prepend_sys_path`. Before 1.16 there was no separator for it: commas, spaces and colons. */
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

/** `os` is `:`; Alembic on Windows would take `;`, and a release does not run there. */
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
