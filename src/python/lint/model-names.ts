/** Finds the models that map a table or column. Ignores inheritance, so it may miss some. */
import { positionAt } from '../source/source-position.ts'
import type { RemovedName, NamedPlace } from '../../core/lint/lint-facts.ts'

/** Finds the places where models map these tables or columns. */
export function findModels(
  text: string,
  path: string,
  wanted: readonly RemovedName[],
): readonly NamedPlace[] {
  if (!/__tablename__|\bTable\(/.test(text)) return []
  const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  return wanted.flatMap((name) =>
    offsetsOf(source, name).map((offset) => ({
      name,
      kind: 'model' as const,
      span: { path, ...positionAt(source, offset) },
    })),
  )
}

function offsetsOf(source: string, { table, column }: RemovedName): readonly number[] {
  const quoted = `(['"])${escaped(table)}\\1`
  const mapping = new RegExp(`^([ \\t]*)__tablename__[^=\\n]*=\\s*${quoted.replace('\\1', '\\2')}`, 'gm')
  const classes = [...source.matchAll(mapping)]
  if (column === null) {
    const tables = [...source.matchAll(new RegExp(`(?<![\\w.])(?:\\w+\\.)?Table\\(\\s*${quoted}`, 'g'))]
    return [
      ...classes.map((found) => found.index + (found[1]?.length ?? 0)),
      ...tables.map(({ index }) => index),
    ]
  }
  return classes.flatMap((found) => {
    const indent = found[1] ?? ''
    const block = blockAround(source, found.index, indent)
    // In `status = Column('state', …)`, the attribute and the column have different names. Relationships have no
    // column.
    const attribute = new RegExp(
      `^${indent}${escaped(column)}[ \\t]*[:=](?!=)(?!.*\\b(?:relationship|association_proxy|synonym|property)\\()(?![^\\n(]*[Cc]olumn\\(\\s*(['"])(?!${escaped(column)}\\1))`,
      'm',
    ).exec(source.slice(block.start, block.end))
    return attribute === null ? [] : [block.start + attribute.index + indent.length]
  })
}

/** Returns the start and end of the class body that contains a position. */
function blockAround(source: string, at: number, indent: string): { start: number; end: number } {
  const inside = (line: string): boolean => line.trim() === '' || line.startsWith(indent)
  let start = at
  while (start > 0) {
    const previous = source.lastIndexOf('\n', start - 2) + 1
    if (!inside(source.slice(previous, start - 1))) break
    start = previous
  }
  let end = at
  while (end < source.length) {
    const next = source.indexOf('\n', end)
    const stop = next === -1 ? source.length : next
    if (!inside(source.slice(end, stop))) break
    end = stop + 1
  }
  return { start, end }
}

function escaped(name: string): string {
  return name.replace(/[^\w]/g, '\\$&')
}
