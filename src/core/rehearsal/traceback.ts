/** The cause of a failure, as far as it can be determined from the command's output. */
export interface CommandFailure {
  /** The message, such as `ValueError: no such room`; null if none was found. */
  readonly error: string | null
  /** Files and lines in the traceback, outermost call first. */
  readonly frames: readonly { readonly path: string; readonly line: number }[]
}

/** Parses the output of a failed command. */
export function parseFailure(output: string): CommandFailure {
  const lines = output.split(/\r?\n/)
  const start = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last):'))
  if (start < 0) return { error: alembicsOwn(lines), frames: [] }
  const frames: { path: string; line: number }[] = []
  for (const line of lines.slice(start + 1)) {
    const frame = /^ {2}File "(.+)", line (\d+)/.exec(line)
    if (frame) frames.push({ path: frame[1] ?? '', line: Number(frame[2]) })
    else if (/^[A-Za-z_][\w.]*(:|$)/.test(line)) return { error: line, frames }
  }
  return { error: null, frames }
}

/**
 * Returns the error message from Alembic or Flask-Migrate, falling back to the last line with `error: `. Alembic
 * wraps long messages on terminals, so only the first line is used.
 */
function alembicsOwn(lines: readonly string[]): string | null {
  for (const line of lines.toReversed()) {
    const found = /^\s*FAILED: (.+)$/.exec(line) ?? /^ERROR \[flask_migrate\] Error: (.+)$/.exec(line)
    if (found) return found[1] ?? null
  }
  return lines.findLast((line) => /\berror: /.test(line)) ?? null
}
