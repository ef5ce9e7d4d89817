/**
 * Parses workflow logs as GitHub's runner does. It recognizes `::name key=value::data` at the start of a line, and
 * `##[name]data` anywhere.
 */

/** A command that the runner would execute. */
export interface RunnerCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/** Returns all commands. Like .NET, splits lines at CR, LF and CRLF. */
export function runnerCommands(text: string): readonly RunnerCommand[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => second(line.trimStart()) ?? first(line) ?? [])
}

/** The runner treats all other names as text. */
const known =
  /^(error|warning|notice|debug|group|endgroup|add-mask|add-path|add-matcher|remove-matcher|set-env|set-output|save-state|stop-commands|echo|owned)$/i

function second(line: string): RunnerCommand | null {
  if (!line.startsWith('::')) return null
  const end = line.indexOf('::', 2)
  if (end < 0) return null
  const info = line.slice(2, end)
  const blank = info.indexOf(' ')
  const name = blank < 0 ? info : info.slice(0, blank)
  if (!known.test(name)) return null
  const properties = blank < 0 ? {} : propertiesOf(info.slice(blank + 1), ',')
  return { name, properties, data: unescape(line.slice(end + 2)) }
}

function first(line: string): RunnerCommand | null {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return null
  const [name = '', ...rest] = line.slice(start + 3, end).split(' ')
  if (!known.test(name)) return null
  return { name, properties: propertiesOf(rest.join(' '), ';'), data: unescape(line.slice(end + 1)) }
}

function propertiesOf(text: string, separator: string): Record<string, string> {
  const pairs = text.trim().split(separator).filter(Boolean)
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [] : [[pair.slice(0, at), unescape(pair.slice(at + 1))]]
    }),
  )
}

function unescape(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')
}
