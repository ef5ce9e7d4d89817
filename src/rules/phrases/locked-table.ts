/** Describes the size of a table that a lock would block. */
import type { LintLockedTable } from '../../core/lint/lock-facts.ts'
import { counted } from '../../core/text/display.ts'

/** An evidence row with the table's size; empty if unknown. */
export function sizeRows({ name, size }: LintLockedTable): readonly (readonly [string, string])[] {
  if (size === null) return []
  const { rows, bytes } = size
  const figures = rows === null ? sizeOf(bytes) : `about ${counted(rows, 'row')}, ${sizeOf(bytes)}`
  return [[`${name} has`, figures]]
}

/** Formats a size, such as `3.4 GB`. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024
  return `${size < 10 && unit > 0 ? size.toFixed(1) : size.toFixed(0)} ${units[unit] ?? ''}`
}
