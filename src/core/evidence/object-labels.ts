/** Formats labels of schema objects, such as `table seats` and `column seats.size`. */

/** Removes columns whose table is also listed. Keeps the order. */
export function withoutColumnsOf(labels: readonly string[]): readonly string[] {
  const tables = labels.filter((label) => label.startsWith('table ')).map((label) => label.slice(6))
  return labels.filter((label) => !tables.some((table) => label.startsWith(`column ${table}.`)))
}
