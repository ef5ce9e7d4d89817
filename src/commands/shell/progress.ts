/** A progress line on a terminal. Appears after a second of work. Whoever writes other output clears the line first. */

/** Reports the progress of long work. */
export interface Progress {
  /** `total` is null if unknown; `done` is then 0 if nothing can be counted. `what`: a fixed text of the guard. */
  show(done: number, total: number | null, what: string): void
  /** Clears the line; later work again waits a second before showing it. */
  clear(): void
}

/** A terminal to draw the line on. */
export interface Screen {
  readonly write: (text: string) => void
  /** Width in columns. */
  readonly columns: () => number
  /** Clock in milliseconds from an arbitrary start. */
  readonly now: () => number
}

/** A progress line that shows nothing, for output that isn't a terminal. */
export const noProgress: Progress = { show: () => {}, clear: () => {} }

/** Milliseconds of work before the line appears. */
const patience = 1000

/** Minimum number of milliseconds between updates. */
const pause = 100

/** Carriage return and "erase to end of line". */
const erase = '\r\u001b[K'

/** Creates a progress line. A timer redraws it as time passes, without keeping the process alive. */
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
