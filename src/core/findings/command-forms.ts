/** Formats commands the way users of this project type them. */
import { shellCommand } from '../text/shell-quoting.ts'
import type { Finding, Remedy } from './finding.ts'

/** How commands are run in this project. Doesn't change while the guard runs. */
export interface CommandForms {
  /** Command line before Alembic's subcommand, such as `alembic -c conf/alembic.ini` or `poetry run flask db`. */
  readonly alembic: readonly string[]
  /** Options after the subcommand, such as Flask-Migrate's `-d folder`. */
  readonly behindVerb: readonly string[]
  /** Shell prefix for Alembic commands, such as `DATABASE_URL="$STAGING_URL"`; null if not needed. */
  readonly assignment: string | null
  /** Command that starts the guard, such as `npx alembic-guard`. */
  readonly guard: readonly string[]
  /** Full command lines for guard subcommands that another program provides, such as `heroku alembic:check`. */
  readonly guardVerbs: ReadonlyMap<string, readonly string[]>
  /** For each guard command, the options of this run that it accepts, such as `['-c', 'a.ini']`. */
  readonly guardOptions: ReadonlyMap<string, readonly (readonly string[])[]>
}

/** The commands as they appear in the documentation. */
export const plainForms: CommandForms = {
  alembic: ['alembic'],
  behindVerb: [],
  assignment: null,
  guard: ['alembic-guard'],
  guardVerbs: new Map(),
  guardOptions: new Map(),
}

/**
 * Returns the command that the user should type. Leaves commands other than `alembic` and `alembic-guard` unchanged.
 */
export function typedCommand(argv: readonly string[], forms: CommandForms): readonly string[] {
  const [program, verb = '', ...rest] = argv
  const verbWords = argv.length > 1 ? [verb] : []
  if (program === 'alembic-guard') {
    const options = forms.guardOptions.get(verb) ?? []
    const start = forms.guardVerbs.get(verb) ?? [...forms.guard, ...verbWords]
    return [...start, ...rest, ...withoutRepeated(options, rest)]
  }
  if (program !== 'alembic') return argv
  return [...forms.alembic, ...verbWords, ...forms.behindVerb, ...rest]
}

/** Rewrites the commands in a remedy and its title to match how they are run in this project. */
export function typedRemedy(remedy: Remedy, forms: CommandForms): Remedy {
  const { argv } = remedy
  const title = typedSentence(remedy.title, forms)
  if (argv === null) return { ...remedy, title }
  const assigned = argv[0] === 'alembic' && forms.assignment !== null
  return {
    ...remedy,
    title,
    argv: typedCommand(argv, forms),
    ...(assigned ? { assignment: forms.assignment } : {}),
  }
}

/** Matches Alembic commands in double quotes, such as `"alembic upgrade head"`. */
const mentioned = /"alembic (upgrade|downgrade|stamp|merge|revision|history|heads|current|check)\b([^"]*)"/g

/**
 * Rewrites Alembic commands in a sentence as this project's users would type them, unless they use `alembic` itself.
 */
export function typedSentence(sentence: string, { alembic, behindVerb }: CommandForms): string {
  if (alembic.includes('alembic')) return sentence
  return sentence.replace(mentioned, (_, verb: string, rest: string) => {
    const words = shellCommand([...alembic, verb, ...behindVerb])
    return `"${words}${rest}"`
  })
}

/** Rewrites guard commands in backticks to match how the user started the guard. */
export function typedPage(page: string, { guardVerbs }: CommandForms): string {
  return page.replace(/`alembic-guard ([a-z]+)\b/g, (written, verb: string) => {
    const words = guardVerbs.get(verb)
    return words ? `\`${shellCommand(words)}` : written
  })
}

/** Rewrites the commands in all findings, except in quoted evidence. */
export function typedFindings(findings: readonly Finding[], forms: CommandForms): readonly Finding[] {
  const typed = (sentence: string): string => typedSentence(sentence, forms)
  return findings.map((finding) => ({
    ...finding,
    message: typed(finding.message),
    why: typed(finding.why),
    ...(finding.details && { details: finding.details.map(typed) }),
    remedies: finding.remedies.map((remedy) => typedRemedy(remedy, forms)),
    notAdvised: finding.notAdvised === null ? null : typed(finding.notAdvised),
  }))
}

/** Formats a command as a single line for the shell. */
export function commandText(argv: readonly string[], forms: CommandForms): string {
  const typed = shellCommand(typedCommand(argv, forms))
  return argv[0] === 'alembic' && forms.assignment !== null ? `${forms.assignment} ${typed}` : typed
}

/** A hint with a command, such as `alembic-guard check names it; fix that row first`. */
export interface CommandHint {
  readonly before?: string
  readonly command: readonly string[]
  readonly after?: string
}

/** The text of a hint, with its command adapted to the project. */
export function hintText(hint: string | CommandHint, forms: CommandForms): string {
  if (typeof hint === 'string') return hint
  const { before = '', command, after = '' } = hint
  return `${before}${commandText(command, forms)}${after}`
}

/** Removes options that the command already specifies. */
function withoutRepeated(
  options: readonly (readonly string[])[],
  given: readonly string[],
): readonly string[] {
  return options.filter(([option = '']) => !given.includes(option)).flat()
}
