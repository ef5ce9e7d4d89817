/**
 * Starts the command that `run` guards, without a shell, on this process's own input and output, and says how it
 * ended. Knows nothing of Alembic and of databases.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { shown } from '../../core/text/display.ts'

/** Signals that are passed on. */
export type ForwardedSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT'

/** How a command is started. */
export interface ChildOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Subscribes to the signals that this process gets; what it returns unsubscribes. */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * There is a terminal: it sends what is typed (Ctrl-C) to every process in front of it, so that only SIGTERM,
   * which comes from elsewhere, is passed on; the command would otherwise be interrupted twice.
   */
  readonly terminal: boolean
  /** It leads a process group of its own, which gets the signals as a whole. */
  readonly group?: boolean
  /** Takes what it prints; then it gets no input either. Without: it prints on this process's own output. */
  onOutput?(stream: 'stdout' | 'stderr', text: string): void
  /** It was started. */
  onStart?(pid: number): void
}

/** How it ended. */
export interface ChildEnd {
  /** Its own status; 128 + signal; 127 when there is no such program, 126 when it may not be started. */
  readonly status: number
  readonly signal: string | null
  /** Why it could not be started; null: it was. */
  readonly problem: string | null
}

/** Runs a command to its end. Never rejects. */
export function runChild(argv: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const [program = '', ...words] = argv
  return new Promise((resolve) => {
    const onOutput = options.onOutput?.bind(options)
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      detached: options.group === true,
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.('stdout', text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => onOutput?.('stderr', text))
    if (child.pid !== undefined) options.onStart?.(child.pid)
    const unsubscribe = options.onSignal((signal) => {
      if (options.terminal && signal !== 'SIGTERM') return
      const ended = child.exitCode !== null || child.signalCode !== null
      if (options.group !== true) child.kill(signal)
      else if (child.pid !== undefined && !ended) signalGroup(child.pid, signal)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also raised when a signal can't be delivered; then the command is there and its end is still to come.
      if (child.pid !== undefined) return
      unsubscribe()
      resolve({ ...refusalOf(program, error.code ?? ''), signal: null })
    })
    child.on('exit', (code, signal) => {
      unsubscribe()
      const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
      const end = (): void => resolve({ status, signal, problem: null })
      if (!onOutput) return end()
      // What it started itself may keep its output open for ever.
      const late = setTimeout(end, 500)
      child.on('close', () => {
        clearTimeout(late)
        end()
      })
    })
  })
}

/** Sends a signal to a whole process group, which may have ended. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // Nothing of it runs.
  }
}

/** The statuses of a POSIX shell. */
function refusalOf(program: string, code: string): Pick<ChildEnd, 'status' | 'problem'> {
  if (code === 'ENOENT') return { status: 127, problem: `there is no program ${shown(program)}` }
  return { status: 126, problem: `${shown(program)} can't be started (${code})` }
}
