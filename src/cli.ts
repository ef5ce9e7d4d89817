#!/usr/bin/env node
/**
 * Entry point: turns arguments into output and an exit code. Only this file uses `process`. Never calls
 * `process.exit`, which could truncate the output.
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

/** Line width in a release log, and maximum line width on a terminal. */
const [logWidth, maxWidth] = [80, 100]

/** Run time in milliseconds above which optimized code pays off. */
const longWork = 200

// Newer versions of Node would print a warning about unknown flags.
if (process.version.startsWith('v20.')) {
  // Most checks end too early for optimized code to pay off, so make V8 wait four times longer before it optimizes.
  setFlagsFromString('--interrupt-budget=528000')
  setTimeout(() => setFlagsFromString('--interrupt-budget=132000'), longWork).unref()
  // With less inlining, functions compile faster. Even the longest commands end before more inlining would pay off.
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200')
  // Let V8's young generation grow only while the program starts: to 2 or 4 MB instead of 16. Most new objects die
  // immediately, so frequent collections are cheap, and a small space stays in the processor's cache.
  setTimeout(() => setFlagsFromString('--semi-space-growth-factor=1'), 0).unref()
  // A minor garbage collection finishes before helper threads have even started.
  setFlagsFromString('--no-parallel-scavenge')
  // A minor garbage collection frees the contents of at most a few dozen files.
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
}

// Use a larger pool for small buffers. Node reads files into slices of pools, so larger pools mean that fewer are
// created and garbage-collected.
Buffer.poolSize = 64 * 1024

/** Defined by the bundler, because the bundle has no package.json next to it. */
declare const BUNDLED_VERSION: string | undefined

/** Returns the version from package.json, one folder above `dist` and `src`. */
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
    for (const signal of endingSignals) process.on(signal, () => undefined)
    return runWatchdog(process.stdin, process.stdout)
  }
  if (argv.length === 1 && argv[0] === insideWord) return enterIsolation(process.stdin, listenToSignals)
  if (argv.length === 1 && argv[0] === embeddedWord) {
    // The engine would keep the process alive, and doesn't need an orderly shutdown.
    return runEmbedded(process.stdin, process.stdout, () => void process.kill(process.pid, 'SIGKILL'))
  }
  // Split at `--` here. yargs would convert arguments that look like numbers, such as the revision 1e3.
  const dashes = argv[0] === completionRequest ? -1 : argv.indexOf('--')
  const wrapped = dashes < 0 ? [] : argv.slice(dashes + 1)
  const words = dashes < 0 ? argv : argv.slice(0, dashes)
  // yargs detects the shell from the SHELL variable.
  if (words[0] === 'completion' && completionShells.some((shell) => shell === words[1]))
    process.env['SHELL'] = words[1]
  const parsed = await parseArguments(words, { name, version, columns: terminalColumns() })
  if (parsed.kind === 'done') {
    writeOutcome(parsed.text, exitCodes.pass)
    return
  }
  const { command, given } = parsed
  if (wrapped.length > 0 && !command.wraps) {
    throw new UsageMistake(`${command.name} doesn't run commands; did you mean ${name} run -- ...?`, runHelp)
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
    wrapped,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    terminal: [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY),
    width: process.stdout.isTTY ? Math.min(process.stdout.columns || logWidth, maxWidth) : logWidth,
    ...catchSignals(),
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

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Catches signals only while something must be finished or cleaned up. At other times, a signal ends the process at
 * once, because a handler couldn't run until a long computation had ended.
 */
function catchSignals(): Pick<Context, 'signal' | 'onSignal' | 'untilDone'> {
  const interruption = new AbortController()
  const listeners = new Set<(signal: ForwardedSignal) => void>()
  let unfinished = 0
  const take = (signal: ForwardedSignal): void => {
    for (const listener of listeners) listener(signal)
    if (listeners.size === 0) interruption.abort()
    update()
  }
  const update = (): void => {
    // A second interrupt ends the process at once.
    const wanted = listeners.size > 0 || (unfinished > 0 && !interruption.signal.aborted)
    for (const signal of endingSignals) {
      process.off(signal, take)
      if (wanted) process.on(signal, take)
    }
  }
  return {
    signal: interruption.signal,
    onSignal(listener) {
      listeners.add(listener)
      update()
      return () => {
        listeners.delete(listener)
        update()
      }
    },
    async untilDone(work) {
      unfinished += 1
      update()
      try {
        return await work()
      } finally {
        unfinished -= 1
        update()
      }
    },
  }
}

/**
 * Passes signals to the listener instead of letting them end the process. The process exits soon after the listener
 * is done.
 */
function listenToSignals(listener: (signal: ForwardedSignal) => void): () => void {
  for (const signal of endingSignals) process.on(signal, listener)
  return () => undefined
}

const runHelp = `${name} run --help`

/** Returns the terminal's width, falling back to `COLUMNS`, then to 80. */
function terminalColumns(): number {
  const said = Number(process.env['COLUMNS'])
  return process.stdout.columns || (Number.isInteger(said) && said > 0 ? said : 80)
}

/**
 * Returns the working directory.
 * @throws UsageMistake if it was deleted.
 */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    throw new UsageMistake('the working directory no longer exists; change to another one')
  }
}

/** Buffers log records. Loads pino only if a record will be printed. */
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
 * Writes all of the process's output. Write errors, such as a closed pipe, are reported to the caller, because they
 * must not terminate the process.
 */
function write(stream: 'stdout' | 'stderr', text: string, onFailure?: (code: string) => void): void {
  process[stream].write(text, (error) => {
    if (error) onFailure?.('code' in error ? String(error.code) : error.message)
  })
}

/** Sets the exit code and writes the output. If writing fails, a pass becomes an error. */
function writeOutcome(text: string, exitCode: number): void {
  process.exitCode = exitCode
  if (text === '') return
  write('stdout', text, (code) => {
    // The reader has closed the pipe, as in `| head`.
    if (code === 'EPIPE') return
    if (exitCode === exitCodes.pass) process.exitCode = exitCodes.unavailable
    write('stderr', `${name}: can't write to standard output (${code})\n`)
  })
}

// Without this listener, a write error would end the process. The write callback reports it.
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
