/** Compares the version rows after a command with the prediction. */
import type { ChildEnd } from '../../adapters/scratch/child-process.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { listed } from '../../core/text/display.ts'
import { exitCodes } from '../../errors.ts'
import { aligned, linesAt, logWidth, paragraph } from '../../report/text/layout.ts'

/** What to print, where to print it, and the exit status. */
export interface Verification {
  readonly lines: readonly string[]
  readonly stream: 'stdout' | 'stderr'
  readonly status: number
}

/** The version rows before and after the command, and the predicted ones. */
export interface RowsAfterward {
  readonly before: DatabaseState
  readonly predicted: readonly string[]
  readonly after: DatabaseState
}

/**
 * Compares the version rows with the prediction. If they differ, changes status 0 to 1, so that no new code goes live
 * on an unchecked schema.
 */
export function verify({ before, predicted, after }: RowsAfterward, end: ChildEnd): Verification {
  const rows = {
    before: textsOf(before),
    predicted: [...predicted].sort(),
    after: textsOf(after),
  }
  const same = equal(rows.after, rows.predicted)
  if (end.status === 0 && same) {
    return {
      lines: [`       verified: the database is at ${shownRows(rows.after)}`],
      stream: 'stdout',
      status: 0,
    }
  }
  const table = aligned(
    [
      ['before', shownRows(rows.before)],
      ['predicted', shownRows(rows.predicted)],
      ['found', shownRows(rows.after)],
    ],
    '       ',
  )
  if (end.status === 0) {
    return {
      lines: linesAt(
        [
          "ERROR: the command exited with 0, but the version rows don't match the",
          '       prediction. Stop the release.',
          ...table,
          ...paragraph(
            'Does env.py use a different database, or does something else write version rows? --no-verify skips this comparison.',
            '      ',
            'hint: ',
          ),
        ],
        logWidth,
      ),
      stream: 'stderr',
      status: exitCodes.blocked,
    }
  }
  const ended = end.signal === null ? `exited with status ${end.status}` : `was killed by ${end.signal}`
  if (equal(rows.after, rows.before)) {
    const what = `the command ${ended}; the version rows are unchanged: ${shownRows(rows.after)}`
    return {
      lines: linesAt(paragraph(what, '      ', 'hint: '), logWidth),
      stream: 'stderr',
      status: end.status,
    }
  }
  const how = same ? 'although the version rows match the prediction.' : 'partway through.'
  return {
    lines: linesAt([...paragraph(`WARNING: the command ${ended} ${how}`, '       ', ''), ...table], logWidth),
    stream: 'stderr',
    status: end.status,
  }
}

function textsOf({ versions }: DatabaseState): readonly string[] {
  return versions
    .flatMap((row) => (row.kind === 'text' ? [row.value] : row.kind === 'null' ? [] : [row.repr]))
    .sort()
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}

function shownRows(rows: readonly string[]): string {
  return rows.length === 0 ? 'no revision' : listed(rows)
}
