/** Lists the options of each command, as Markdown. */
import { commands } from '../../src/commands/index.ts'
import { type OptionName, type OptionSpec, options } from '../../src/commands/shell/options.ts'

/** Returns a section for each command other than `check`: what it does, and the options that `check` doesn't have. */
export async function commandOptions(): Promise<string> {
  const loaded = await Promise.all(commands.map(async (entry) => ({ ...entry, ...(await entry.load()) })))
  const check = new Set(loaded.find(({ name }) => name === 'check')?.options)
  return loaded
    .filter(({ name }) => name !== 'check')
    .map(({ name, describe, positional, options: names, formats }) => {
      const own = names.filter((option) => !check.has(option))
      const shared = names.filter((option) => check.has(option))
      const rows = own.map((option) => `| \`--${option}\` | ${meaningOf(option, formats)} |`)
      return [
        `### ${name}${positional ? ` [${positional}]` : ''}`,
        `${describe}.`,
        ...(rows.length > 0 ? [['| Option | Meaning |', '| --- | --- |', ...rows].join('\n')] : []),
        ...(shared.length > 0 ? [sharedText(shared, [...check])] : []),
      ].join('\n\n')
    })
    .join('\n\n')
}

function sharedText(shared: readonly OptionName[], all: readonly OptionName[]): string {
  const list = (names: readonly OptionName[]): string => names.map((one) => `\`--${one}\``).join(', ')
  const missing = all.filter((one) => !shared.includes(one))
  return missing.length > 4
    ? `It also accepts these options of \`check\`: ${list(shared)}.`
    : `It also accepts every option of \`check\`${missing.length > 0 ? ` except ${list(missing)}` : ''}.`
}

function meaningOf(option: OptionName, formats: readonly string[]): string {
  const { describe, choices }: OptionSpec = options[option]
  const values = option === 'format' ? formats : choices
  const meaning = values ? `${describe}: ${values.map((one) => `\`${one}\``).join(', ')}` : describe
  return meaning.replaceAll('|', String.raw`\|`)
}
