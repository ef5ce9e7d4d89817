/** Shows a progress line on a terminal once the work has been running for a second. */

/** Reports the progress of long-running work. */
export interface Progress {
  /** `total` is null if unknown. `done` is 0 if there is nothing to count. `what` must be constant text. */
  show(done: number, total: number | null, what: string): void
  /** Clears the line. It reappears after another second of work. */
  clear(): void
}

/** The terminal that shows the progress line. */
export interface Screen {
  readonly write: (text: string) => void
  readonly columns: () => number
  /** Milliseconds since an arbitrary starting point. */
  readonly now: () => number
}

/** A progress line that is never shown, for output that isn't a terminal. */
export const noProgress: Progress = { show: () => {}, clear: () => {} }

/** Time in milliseconds before the progress line appears. */
const patience = 1000

/** Minimum time in milliseconds between updates. */
const pause = 100

/** Carriage return and "erase to end of line". */
const erase = '\r\u001b[K'

/** Creates a progress line. A timer redraws it without keeping the process alive. */
export function progressLine({ write, columns, now }: Screen): Progress {
  let text = ''
  let started: number | null = null
  let drawn: number | null = null
  let timer: NodeJS.Timeout | null = null
  const draw = (): void => {
    const time = now()
    if (started === null || time - started < patience || (drawn !== null && time - drawn < pause)) return
    drawn = time
    write(`${erase}${text.slice(0, Math.max(0, columns() - 1))}`)
  }
  return {
    show(done, total, what) {
      const count = total === null ? (done > 0 ? `: ${done}` : '') : `: ${done} of ${total}`
      text = `alembic-guard: ${what}${count}`
      started ??= now()
      timer ??= setInterval(draw, pause * 2).unref()
      draw()
    },
    clear() {
      if (timer !== null) clearInterval(timer)
      if (drawn !== null) write(erase)
      timer = null
      started = null
      drawn = null
    },
  }
}
