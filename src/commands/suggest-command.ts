/** What somebody may have meant who mistyped a command or an option. */
import { withinEdits } from '../core/text/display.ts'
import { commands } from './index.ts'
import { options } from './shell/options.ts'

/**
 * `; did you mean check?` for a message that yargs gives about an unknown word; empty when nothing comes close.
 * `command`: the first word of the command line.
 */
export function suggestion(message: string, command: string | undefined): string {
  const unknown = /^Unknown (?:argument|command)s?: ([\w-]+)/.exec(message)?.[1]
  if (unknown === undefined) return ''
  if (command === 'run') return '; the command to start stands after "--"'
  const names = [...commands.map(({ name }) => name), ...Object.keys(options).map((name) => `--${name}`)]
  const meant = [1, 2].flatMap((edits) =>
    names.filter((name) => withinEdits(unknown, name.replace(/^--/, ''), edits)),
  )[0]
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
