#!/usr/bin/env node
/**
 * The command itself: argv in, standard output and exit code out. The only file that touches `process`. It never
 * calls `process.exit`, so that what is printed is never cut off.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { completionRequest, completionShells, parseArguments } from './commands/arguments/parse-arguments.ts'
import { UsageMistake } from './commands/arguments/usage-mistake.ts'
import type { Context, ForwardedSignal, Logger } from './commands/shell/command.ts'
import { typedHelp } from './commands/forms/heroku-words.ts'
import { colored } from './commands/shell/colored.ts'
import { execute } from './commands/delivery/execute.ts'
import {
  embeddedWord,
  enterIsolation,
  insideWord,
  runEmbedded,
  runWatchdog,
  watchdogArgument,
} from './commands/shell/watchdog-entry.ts'
import type { Presentation } from './commands/shell/report-settings.ts'
import { noProgress, progressLine } from './commands/shell/progress.ts'
import { safeOutput } from './commands/shell/redact.ts'
import { exitCodes } from './errors.ts'

const name = 'alembic-guard'

/** Columns of a release log; at most so many on a terminal. */
const [logWidth, maxWidth] = [80, 100]

/** Milliseconds after which so much is left to do that optimised code pays for its making. */
const longWork = 200

// Newer engines have neither setting, and print that they don't know it.
if (process.version.startsWith('v20.')) {
  // Most checks are over before that, so at first the engine waits four times as long as it would.
  setFlagsFromString('--interrupt-budget=528000')
  setTimeout(() => setFlagsFromString('--interrupt-budget=132000'), longWork).unref()
  // New objects get 1 MB, not up to 16 twice: most die at once, and collecting few of them often takes no longer.
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** Filled in when everything is put into one file, which has no package.json beside it. */
declare const BUNDLED_VERSION: string | undefined

/** The version in package.json, which lies beside `dist` and beside `src`. */
function readVersion(): string {
  if (typeof BUNDLED_VERSION === 'string') return BUNDLED_VERSION
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version?: unknown }).version)
}

async function main(argv: readonly string[]): Promise<void> {
  const version = readVersion()
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    writeOutcome(`${version}\n`, exitCodes.pass)
    return
  }
  if (argv.length === 1 && argv[0] === watchdogArgument) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
      process.on(signal, () => undefined)
    return runWatchdog(process.stdin, process.stdout)
  }
  if (argv.length === 1 && argv[0] === insideWord) return enterIsolation(process.stdin, listenToSignals)
  if (argv.length === 1 && argv[0] === embeddedWord) {
    // Nothing of it is worth an orderly end, and its engine keeps the process alive.
    return runEmbedded(process.stdin, process.stdout, () => void process.kill(process.pid, 'SIGKILL'))
  }
  // Not yargs' work: it would make numbers of words that look like some, such as the revision 1e3.
  const dashes = argv[0] === completionRequest ? -1 : argv.indexOf('--')
  const wrapped = dashes < 0 ? [] : argv.slice(dashes + 1)
  const words = dashes < 0 ? argv : argv.slice(0, dashes)
  // yargs tells shells apart by this variable.
  if (words[0] === 'completion' && completionShells.some((shell) => shell === words[1]))
    process.env['SHELL'] = words[1]
  const parsed = await parseArguments(words, { name, version, columns: terminalColumns() })
  if (parsed.kind === 'done') {
    writeOutcome(parsed.text, exitCodes.pass)
    return
  }
  const { command, given } = parsed
  if (wrapped.length > 0 && !command.wraps) {
    throw new UsageMistake(`${command.name} starts no command; did you mean ${name} run -- ...?`, runHelp)
  }
  const interruption = new AbortController()
  const listeners = new Set<(signal: ForwardedSignal) => void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    const take = (): void => {
      for (const listener of listeners) listener(signal)
      if (listeners.size > 0) return
      interruption.abort()
      // Who asks again means it.
      process.off(signal, take)
    }
    process.on(signal, take)
  }
  const logger = bufferedLogger()
  const { stderr } = process
  const progress =
    stderr.isTTY && process.env['TERM'] !== 'dumb'
      ? progressLine({
          write: (text) => write('stderr', text),
          columns: () => stderr.columns || 80,
          now: () => performance.now(),
        })
      : noProgress
  const context: Context = {
    tool: { name, version },
    cwd: workingDirectory(),
    env: process.env,
    logger,
    signal: interruption.signal,
    wrapped,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    terminal: [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY),
    width: process.stdout.isTTY ? Math.min(process.stdout.columns || logWidth, maxWidth) : logWidth,
    onSignal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    progress,
    tell: (stream, text, { color }) => {
      progress.clear()
      const safe = safeOutput(text)
      write(stream, wantsColor(color) ? colored(safe) : safe)
    },
  }
  const { stdout, exitCode, human, presentation, onTerminal } = await execute(command, given, context)
  progress.clear()
  const color = wantsColor(presentation.color)
  const toTerminal = stdout !== '' && (color || process.stdout.isTTY) ? onTerminal : undefined
  const text = safeOutput(toTerminal ? toTerminal({ color }) : stdout)
  writeOutcome(human && color ? colored(text) : text, exitCode)
  await logger.flush(presentation)
}

/** Passes on every signal that would end the process; it ends by itself soon after the listener is done. */
function listenToSignals(listener: (signal: ForwardedSignal) => void): () => void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, listener)
  return () => undefined
}

const runHelp = `${name} run --help`

/** The width of the terminal, or what `COLUMNS` says; 80 where there is neither. */
function terminalColumns(): number {
  const said = Number(process.env['COLUMNS'])
  return process.stdout.columns || (Number.isInteger(said) && said > 0 ? said : 80)
}

/** It may be gone, where the shell that calls still stands in it. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    throw new UsageMistake('the working directory no longer exists; change into another one')
  }
}

/** Collects what there is to say; pino is loaded only when the level lets something through. */
function bufferedLogger(): Logger & { flush(presentation: Presentation): Promise<void> } {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const queue: { level: (typeof levels)[number]; message: string }[] = []
  const log = (level: (typeof levels)[number]) => (message: string) => {
    queue.push({ level, message: safeOutput(message) })
  }
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    async flush({ logLevel, logFormat }) {
      const least = logLevel === 'silent' ? levels.length : levels.indexOf(logLevel)
      const wanted = queue.splice(0).filter(({ level }) => levels.indexOf(level) >= least)
      if (wanted.length === 0) return
      const { default: pino } = await import('pino')
      const pretty = {
        write: (line: string) => {
          const { level, msg } = JSON.parse(line) as { level: string; msg: string }
          write('stderr', `${name}: ${level}: ${msg}\n`)
        },
      }
      const json = { write: (line: string) => write('stderr', line) }
      const logger = pino(
        { name, level: 'debug', base: null, formatters: { level: (label) => ({ level: label }) } },
        logFormat === 'json' ? json : pretty,
      )
      for (const { level, message } of wanted) logger[level](message)
    },
  }
}

function wantsColor(choice: Presentation['color']): boolean {
  if (choice === 'always' || choice === 'never') return choice === 'always'
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return process.stdout.isTTY === true && process.env['TERM'] !== 'dumb'
}

/**
 * The only way out of this process. A stream that can't be written (a full disk, a reader that has gone) ends neither
 * the process nor the command that it guards: whoever has to know is told.
 */
function write(stream: 'stdout' | 'stderr', text: string, onFailure?: (code: string) => void): void {
  process[stream].write(text, (error) => {
    if (error) onFailure?.('code' in error ? String(error.code) : error.message)
  })
}

/** Sets the exit code and writes what belongs to it: a pass that nobody can read is none. */
function writeOutcome(text: string, exitCode: number): void {
  process.exitCode = exitCode
  if (text === '') return
  write('stdout', text, (code) => {
    // A reader that stops reading (`| head`) has what it wanted.
    if (code === 'EPIPE') return
    if (exitCode === exitCodes.pass) process.exitCode = exitCodes.unavailable
    write('stderr', `${name}: standard output can't be written (${code})\n`)
  })
}

// Told to the write that failed; without a listener it would end the process.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

try {
  await main(process.argv.slice(2))
} catch (error) {
  const usage = error instanceof Error && (error instanceof UsageMistake || error.name === 'YError')
  const message = safeOutput(error instanceof Error ? error.message : String(error))
  const help = error instanceof UsageMistake ? error.help : `${name} --help`
  write(
    'stderr',
    usage
      ? `${name}: ${message}\nsee: ${typedHelp(help, process.argv[1] ?? '')}\n`
      : `${name}: the guard itself failed: ${message}\n`,
  )
  process.exitCode = usage ? exitCodes.usage : exitCodes.bug
}
