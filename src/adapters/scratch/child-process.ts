/** Runs a command without a shell. The command inherits this process's streams unless its output is captured. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { shown } from '../../core/text/display.ts'

/** Signals to forward to the command. */
export type ForwardedSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT'

/** Options for running a command. */
export interface ChildOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Subscribes to this process's signals. Returns a function that unsubscribes. */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * Whether this process runs in a terminal, where Ctrl-C reaches the command directly. In that case, only SIGTERM is
   * forwarded.
   */
  readonly terminal: boolean
  /** Whether the command gets its own process group. All forwarded signals are then sent to that group. */
  readonly group?: boolean
  /** Receives the command's output. If set, the command has no input. */
  onOutput?(stream: 'stdout' | 'stderr', text: string): void
  onStart?(pid: number): void
}

/** How a command ended. */
export interface ChildEnd {
  /**
   * Exit status: 128 plus the signal number if a signal killed the command; 127 if the program doesn't exist; 126 if it
   * isn't executable.
   */
  readonly status: number
  readonly signal: string | null
  /** The reason why the command couldn't be started; null if it was started. */
  readonly problem: string | null
}

/** Runs a command until it exits. Never rejects. */
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
      // Node also emits `error` if a signal can't be delivered. In that case, the command is still running.
      if (child.pid !== undefined) return
      unsubscribe()
      resolve({ ...refusalOf(program, error.code ?? ''), signal: null })
    })
    child.on('exit', (code, signal) => {
      unsubscribe()
      const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
      const end = (): void => resolve({ status, signal, problem: null })
      if (!onOutput) return end()
      // The command's child processes may keep its output open forever.
      const late = setTimeout(end, 500)
      child.on('close', () => {
        clearTimeout(late)
        end()
      })
    })
  })
}

/** Signals a process group, which may have exited already. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // All processes in the group have exited.
  }
}

/** Returns the exit status that a POSIX shell would use for a program that can't be started. */
function refusalOf(program: string, code: string): Pick<ChildEnd, 'status' | 'problem'> {
  if (code === 'ENOENT') return { status: 127, problem: `the program ${shown(program)} doesn't exist` }
  return { status: 126, problem: `${shown(program)} can't be started (${code})` }
}
