/** How commands are typed where a report is read: rules name Alembic's and the guard's, this spells them. */
import { shellCommand } from '../text/shell-quoting.ts'
import type { Finding, Remedy } from './finding.ts'

/** The spelling of commands in one project, for one call of the guard. */
export interface CommandForms {
  /** Words that start Alembic, up to its verb: `alembic -c conf/alembic.ini`, `poetry run flask db`. */
  readonly alembic: readonly string[]
  /** Options that stand behind the verb: Flask-Migrate's `-d folder`. */
  readonly behindVerb: readonly string[]
  /** Shell text in front of Alembic's commands: `DATABASE_URL="$STAGING_URL"`; null: they need none. */
  readonly assignment: string | null
  /** Words that start the guard: `alembic-guard`, `npx alembic-guard`. */
  readonly guard: readonly string[]
  /** Verbs of the guard that are another program's commands, with all of their words: `heroku alembic:check`. */
  readonly guardVerbs: ReadonlyMap<string, readonly string[]>
  /** Options of this call that a verb of the guard takes too, by verb; each with its value: `['-c', 'a.ini']`. */
  readonly guardOptions: ReadonlyMap<string, readonly (readonly string[])[]>
}

/** Commands as their documentation spells them. */
export const plainForms: CommandForms = {
  alembic: ['alembic'],
  behindVerb: [],
  assignment: null,
  guard: ['alembic-guard'],
  guardVerbs: new Map(),
  guardOptions: new Map(),
}

/** The command as it is typed; `argv` begins with `alembic`, `alembic-guard`, or a program that is left as it is. */
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

/** The remedy with its command, and those that its title mentions, as they are typed. */
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

/** Sentences of ours put a command of Alembic that they mention in double quotes: `"alembic upgrade head"`. */
const mentioned = /"alembic (upgrade|downgrade|stamp|merge|revision|history|heads|current|check)\b([^"]*)"/g

/**
 * The sentence with the commands that it mentions under the name that they have here: `"flask db upgrade head"`. Where
 * Alembic is started as `alembic` it stays as it is: a mention is short, and needs no options to be understood.
 */
export function typedSentence(sentence: string, { alembic, behindVerb }: CommandForms): string {
  if (alembic.includes('alembic')) return sentence
  return sentence.replace(mentioned, (_, verb: string, rest: string) => {
    const words = shellCommand([...alembic, verb, ...behindVerb])
    return `"${words}${rest}"`
  })
}

/** A page about a finding with the guard's commands that it mentions in backquotes as they are started here, without options. */
export function typedPage(page: string, { guardVerbs }: CommandForms): string {
  return page.replace(/`alembic-guard ([a-z]+)\b/g, (written, verb: string) => {
    const words = guardVerbs.get(verb)
    return words ? `\`${shellCommand(words)}` : written
  })
}

/** The findings with their commands as they are typed. What evidence quotes is left as it was said. */
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

/** The command in one line, as a shell takes it. */
export function commandText(argv: readonly string[], forms: CommandForms): string {
  const typed = shellCommand(typedCommand(argv, forms))
  return argv[0] === 'alembic' && forms.assignment !== null ? `${forms.assignment} ${typed}` : typed
}

/** Advice with a command in it: `alembic-guard check names it; fix that row first`. */
export interface CommandHint {
  readonly before?: string
  readonly command: readonly string[]
  readonly after?: string
}

/** What a hint says; a command in it as it is typed. */
export function hintText(hint: string | CommandHint, forms: CommandForms): string {
  if (typeof hint === 'string') return hint
  const { before = '', command, after = '' } = hint
  return `${before}${commandText(command, forms)}${after}`
}

/** A command that names an option itself means another value than the call's. */
function withoutRepeated(
  options: readonly (readonly string[])[],
  given: readonly string[],
): readonly string[] {
  return options.filter(([option = '']) => !given.includes(option)).flat()
}
