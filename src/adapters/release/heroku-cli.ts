/** Reads a config var with the Heroku CLI. Never writes the value to a file, a message or a log. */
import { spawn } from 'node:child_process'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/** One of a Heroku app's config vars. */
export interface HerokuQuestion {
  /** If null, the CLI uses the app that the git remote points to. */
  readonly app: string | null
  readonly remote: string | null
  readonly variable: string
}

/** Options for running the CLI. */
export interface HerokuOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
  /** Time limit in milliseconds (default: 60,000). The CLI may update itself first. */
  readonly timeoutMs?: number
}

/** Excludes names such as `-a`, which the CLI would parse as an option. */
const namePattern = /^[A-Za-z0-9][\w.-]*$/

/**
 * Runs `heroku config:get VARIABLE -a APP`. Null if the variable isn't set, in which case the CLI prints an empty
 * line and succeeds.
 * @throws GuardError (usage) if a name is invalid; (unavailable) if the CLI fails.
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
      throw new GuardError('usage', `${flag} must be a name, not ${shown(value)}`)
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

/** Runs the Heroku CLI without standard input, so that it can't ask for a login. */
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
      // A process that the CLI started may keep the CLI's output open.
      if (late || options.signal.aborted) {
        child.stdout.destroy()
        child.stderr.destroy()
      }
    })
    child.on('close', (status) => {
      settle()
      if (options.signal.aborted) reject(unavailable('The call to the Heroku CLI was interrupted.', null))
      else if (late && !loggedOut.test(errors)) reject(tooSlow(timeoutMs))
      else resolve({ status, output, errors })
    })
  })
}

const loggedOut = /not logged in|heroku login|to login|log ?in again|invalid credentials|unauthorized/i

/** Explains the CLI's error without quoting its text, which could contain secrets. */
function refusal(errors: string, { app, remote }: HerokuQuestion): GuardError {
  const which =
    app === null ? `the app that the git remote ${shown(remote ?? '')} points to` : `the app ${shown(app)}`
  if (loggedOut.test(errors)) {
    return unavailable("The Heroku CLI isn't logged in.", 'Run "heroku login", or set HEROKU_API_KEY in CI.')
  }
  if (/find that app|app not found|not_found|HTTP 404/i.test(errors)) {
    return unavailable(`Heroku can't find ${which}.`, '"heroku apps" lists your apps.')
  }
  if (/do not have access|forbidden|HTTP 403/i.test(errors)) {
    return unavailable(
      `The account that the Heroku CLI is logged in to has no access to ${which}.`,
      '"heroku auth:whoami" shows the account.',
    )
  }
  if (/remote .*not found|not find .*remote|missing required flag|multiple apps/i.test(errors)) {
    return unavailable(`The Heroku CLI can't determine the app (${which}).`, 'Pass --app NAME.')
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/i.test(errors)) {
    return unavailable("The Heroku CLI can't reach Heroku.", null)
  }
  return unavailable(
    `The Heroku CLI couldn't read a config var of ${which}.`,
    'To see the error, run: heroku config:get DATABASE_URL -a APP',
  )
}

function cannotStart(code: string): GuardError {
  return code === 'ENOENT'
    ? unavailable(
        "The Heroku CLI isn't installed: heroku isn't on the PATH.",
        'Install it (devcenter.heroku.com/articles/heroku-cli), or set DATABASE_URL to the database URL.',
      )
    : unavailable(`The Heroku CLI can't be started (${code}).`, null)
}

function tooSlow(timeoutMs: number): GuardError {
  return unavailable(
    `The Heroku CLI didn't respond within ${Number((timeoutMs / 1000).toFixed(1))} s.`,
    'Check whether "heroku auth:whoami" responds.',
  )
}

function unavailable(message: string, hint: string | null): GuardError {
  return new GuardError('unavailable', message, hint)
}
