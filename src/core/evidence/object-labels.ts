/** Filters labels for schema objects, such as `table seats` and `column seats.size`. */

/** Removes each column whose table is also listed. Preserves the order. */
export function withoutColumnsOf(labels: readonly string[]): readonly string[] {
  const tables = labels.filter((label) => label.startsWith('table ')).map((label) => label.slice(6))
  return labels.filter((label) => !tables.some((table) => label.startsWith(`column ${table}.`)))
}
