/**
 * One line that says what takes so long: on a terminal, after a second, gone before anything else is printed. Knows no
 * process; who writes to the screen clears it first.
 */

/** Where long work says how far it is. */
export interface Progress {
  /** `total` null: nobody knows how much there is; `done` 0 then: it can't be counted. `what`: our own words. */
  show(done: number, total: number | null, what: string): void
  /** Takes the line away; the next work has its second again. */
  clear(): void
}

/** A line of a terminal. */
export interface Screen {
  readonly write: (text: string) => void
  /** How wide it is. */
  readonly columns: () => number
  /** Milliseconds, from anywhere. */
  readonly now: () => number
}

/** For everything that is no terminal. */
export const noProgress: Progress = { show: () => {}, clear: () => {} }

/** Work that is done sooner is not worth a line. */
const patience = 1000

/** The line changes no more often, in milliseconds. */
const pause = 100

/** `\r` and "erase to the end of the line". */
const erase = '\r\u001b[K'

/** A line on a terminal. While only time passes, a timer draws it; it keeps no process alive. */
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
