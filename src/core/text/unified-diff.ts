/** Formats differences as a unified diff. Designed for small edits. */

const context = 3

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** Returns the lines that `diff -u` would print; empty if nothing changed. `before` is null for a new file. */
export function unifiedDiff(path: string, before: string | null, after: string): readonly string[] {
  const lines = compared(linesOf(before ?? ''), linesOf(after))
  const changed = lines.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]))
  const [first] = changed
  if (first === undefined) return []
  const hunks: { from: number; to: number }[] = []
  for (const index of changed) {
    const last = hunks.at(-1)
    const from = Math.max(0, index - context)
    const to = Math.min(lines.length, index + context + 1)
    if (last && from <= last.to) last.to = to
    else hunks.push({ from, to })
  }
  const head = before === null ? ['--- /dev/null', `+++ ${path}`] : [`--- ${path}`, `+++ ${path}`]
  return [...head, ...hunks.flatMap(({ from, to }) => hunkOf(lines, from, to))]
}

function hunkOf(lines: readonly Line[], from: number, to: number): string[] {
  const before = lines.slice(0, from)
  const inside = lines.slice(from, to)
  const range = (mark: '-' | '+'): string => {
    const count = inside.filter((line) => line.mark !== (mark === '-' ? '+' : '-')).length
    const start =
      before.filter((line) => line.mark !== (mark === '-' ? '+' : '-')).length + (count > 0 ? 1 : 0)
    return `${mark}${start},${count}`
  }
  return [`@@ ${range('-')} ${range('+')} @@`, ...inside.map(({ mark, text }) => mark + text)]
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Compares two lists of lines. Skips equal lines at the start and end. */
function compared(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  const room = Math.min(before.length, after.length) - start
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  const same = (text: string): Line => ({ mark: ' ', text })
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ]
}

/** Compares lines by computing their longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  const at = (row: number, column: number): number => table[row]?.[column] ?? 0
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const cells = table[row]
      if (!cells) continue
      cells[column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: Line[] = []
  let row = 0
  let column = 0
  while (row < before.length || column < after.length) {
    const old = before[row]
    const fresh = after[column]
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old })
      row += 1
      column += 1
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ mark: '-', text: old })
      row += 1
    } else if (fresh !== undefined) {
      lines.push({ mark: '+', text: fresh })
      column += 1
    }
  }
  return lines
}
