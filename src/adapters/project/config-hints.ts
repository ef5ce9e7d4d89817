/** Hints for configurations that Alembic rejects. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { shown } from '../../core/text/display.ts'
import type { RefusedAt } from './config-refused.ts'

/**
 * Returns a hint for an error, or null if Alembic's message suffices. `sections` lists the usable sections of the ini
 * file.
 */
export function hintFor(
  { file, key }: RefusedAt,
  error: PythonError,
  sections: readonly string[],
): string | null {
  const option = key ?? 'the option'
  const place = file ?? 'the configuration'
  switch (error.type) {
    case 'DuplicateOptionError':
      return 'keep one of the two lines'
    case 'DuplicateSectionError':
      return 'merge the two sections into one'
    case 'MissingSectionHeaderError':
      return 'start the file with [alembic], and save it without a byte-order mark'
    case 'ParsingError':
      return 'write `key = value` on these lines, or indent them to continue the value above'
    case 'InterpolationMissingOptionError':
    case 'InterpolationSyntaxError':
      return 'write %% for a literal percent sign'
    case 'InterpolationDepthError':
      return 'the value refers to itself: replace the reference with the actual text'
    case 'UnicodeDecodeError':
      return `save ${place} as UTF-8`
    case 'TOMLDecodeError':
      return `fix ${place}: since 1.16, Alembic reads it even if there is an alembic.ini`
    case 'ModuleNotFoundError':
      return hintForPackage(key)
    case 'ValueError':
      return hintForValue(option, error.message)
    case 'CommandError':
      return hintForCommandError(option, place, error.message, sections)
    default:
      return key === null ? null : `change ${option} in ${place}`
  }
}

function hintForPackage(key: string | null): string {
  const option = key === 'version_locations' ? '--version-location' : '--script-location'
  return `the package isn't in this folder; specify its folder with ${option} DIR`
}

function hintForValue(option: string, message: string): string | null {
  if (message === 'Empty module name')
    return `a colon in ${option} denotes a package; separate paths with another character`
  const separator = / is not a valid value for (\w+);/.exec(message)?.[1]
  if (separator !== undefined && /^'[^']*[#;] ?[^']+'/.test(message)) {
    return `move the comment after ${separator} to a separate line: ini files don't support inline comments`
  }
  if (separator !== undefined) return `use one of these values for ${separator}`
  return `change ${option}`
}

function hintForCommandError(
  option: string,
  place: string,
  message: string,
  sections: readonly string[],
): string | null {
  if (message.startsWith('No ') && sections.length > 0) {
    return `select a section of ${place} that sets script_location: ${sections.map((name) => `-n ${shown(name)}`).join(', ')}`
  }
  if (message.startsWith('No ')) {
    return `add script_location to ${place}, select another file with -c FILE or another section with -n NAME, or pass --script-location DIR (with Flask-Migrate: -d DIR)`
  }
  if (message.startsWith("Path doesn't exist")) {
    return 'a relative script_location is relative to the working directory: change to the right folder, or pass --script-location DIR'
  }
  if (message.startsWith('boolean value')) return `set ${option} to true or false, without quotes`
  if (message.startsWith('unsupported TOML'))
    return `set ${option} to a quoted string, or use a newer version of Alembic`
  return null
}
