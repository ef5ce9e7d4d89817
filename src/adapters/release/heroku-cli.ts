/**
 * Asks the Heroku CLI for a config var. The value goes to whoever asked and nowhere else: no file, no message, no
 * log. Knows nothing of databases.
 */
import { spawn } from 'node:child_process'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/** Which config var of which app. */
export interface HerokuQuestion {
  /** Null: the CLI takes the app of the git remote. */
  readonly app: string | null
  readonly remote: string | null
  readonly variable: string
}

/** How the CLI is run. */
export interface HerokuOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
  /** Default 60 000 milliseconds: the CLI sometimes brings itself up to date first. */
  readonly timeoutMs?: number
}

/** An app called `-a` would be an option. */
const namePattern = /^[A-Za-z0-9][\w.-]*$/

/**
 * `heroku config:get VARIABLE -a APP`. An empty answer is null: the CLI prints an empty line for a variable that is
 * not set, and ends with 0.
 * @throws GuardError (usage) for a name that can't be one; (unavailable) when the CLI is absent, logged out, knows
 * no such app, or does not answer.
 */
export async function readHerokuConfig(
  question: HerokuQuestion,
  options: HerokuOptions,
): Promise<string | null> {
  const { app, remote, variable } = question
  for (const [flag, value] of [
    ['--app', app],
    ['--remote', remote],
    ['--database-url-env', variable],
  ] as const) {
    if (value !== null && !namePattern.test(value)) {
      throw new GuardError('usage', `${flag} takes a name, not ${shown(value)}`)
    }
  }
  const words = [
    'config:get',
    variable,
    ...(app === null ? [] : ['-a', app]),
    ...(remote === null ? [] : ['-r', remote]),
  ]
  const { status, output, errors } = await ask(words, options)
  if (status !== 0) throw refusal(errors, question)
  const value = output.trim()
  return value === '' ? null : value
}

interface Answer {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Standard input is closed: a CLI that wants to ask for a login can't. */
function ask(words: readonly string[], options: HerokuOptions): Promise<Answer> {
  const timeoutMs = options.timeoutMs ?? 60_000
  return new Promise((resolve, reject) => {
    const child = spawn('heroku', [...words], {
      env: { ...options.env },
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [output, errors, late] = ['', '', false]
    const stop = (): void => void child.kill('SIGKILL')
    const clock = setTimeout(() => {
      late = true
      stop()
    }, timeoutMs)
    options.signal.addEventListener('abort', stop)
    const settle = (): void => {
      clearTimeout(clock)
      options.signal.removeEventListener('abort', stop)
    }
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      reject(cannotStart(error.code ?? ''))
    })
    child.on('exit', () => {
      // Somebody whom the CLI started may keep its output open.
      if (late || options.signal.aborted) {
        child.stdout.destroy()
        child.stderr.destroy()
      }
    })
    child.on('close', (status) => {
      settle()
      if (options.signal.aborted) reject(unavailable('Asking the Heroku CLI was interrupted.', null))
      else if (late && !loggedOut.test(errors)) reject(tooSlow(timeoutMs))
      else resolve({ status, output, errors })
    })
  })
}

const loggedOut = /not logged in|heroku login|to login|log ?in again|invalid credentials|unauthorized/i

/** The CLI's own words are not repeated as they are: only what they are known to mean. */
function refusal(errors: string, { app, remote }: HerokuQuestion): GuardError {
  const which = app === null ? `the app of the remote ${shown(remote ?? '')}` : `the app ${shown(app)}`
  if (loggedOut.test(errors)) {
    return unavailable('The Heroku CLI is not logged in.', 'heroku login, or set HEROKU_API_KEY in CI.')
  }
  if (/find that app|app not found|not_found|HTTP 404/i.test(errors)) {
    return unavailable(`Heroku knows no such app: ${which}.`, 'heroku apps lists yours.')
  }
  if (/do not have access|forbidden|HTTP 403/i.test(errors)) {
    return unavailable(`The account of the Heroku CLI has no access to ${which}.`, 'heroku auth:whoami')
  }
  if (/remote .*not found|not find .*remote|missing required flag|multiple apps/i.test(errors)) {
    return unavailable(`The Heroku CLI can't determine the app (${which}).`, 'Give --app NAME.')
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/i.test(errors)) {
    return unavailable("The Heroku CLI can't reach Heroku.", null)
  }
  return unavailable(
    `The Heroku CLI couldn't read the config var of ${which}.`,
    'Try the same by hand: heroku config:get DATABASE_URL -a APP',
  )
}

function cannotStart(code: string): GuardError {
  return code === 'ENOENT'
    ? unavailable(
        'The Heroku CLI is not installed: there is no program heroku on the PATH.',
        'Install it (devcenter.heroku.com/articles/heroku-cli), or put the URL into DATABASE_URL.',
      )
    : unavailable(`The Heroku CLI can't be started (${code}).`, null)
}

function tooSlow(timeoutMs: number): GuardError {
  return unavailable(
    `The Heroku CLI did not answer within ${Number((timeoutMs / 1000).toFixed(1))} s.`,
    'Try "heroku auth:whoami" by hand.',
  )
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
