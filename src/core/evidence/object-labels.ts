/** Formats labels of schema objects for messages, such as `table seats` or `column seats.size`. */

/**
 * Removes the labels of columns whose table is also listed, because `table seats` implies its columns. Keeps the order.
 */
export function withoutColumnsOf(labels: readonly string[]): readonly string[] {
  const tables = labels.filter((label) => label.startsWith('table ')).map((label) => label.slice(6))
  return labels.filter((label) => !tables.some((table) => label.startsWith(`column ${table}.`)))
}
