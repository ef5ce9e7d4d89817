import type { PyValue } from '../../core/history/migration-module.ts'
import { typeOf } from '../../core/history/revision-values.ts'
import type { UnreadableReason } from '../../core/history/revision.ts'

/** Explains why a file can't be read. Names the variable if its value is the cause. */
export function unreadableReason(why: UnreadableReason): string {
  switch (why.kind) {
    case 'file':
      return why.reason
    case 'variable':
      return `${why.name}: ${why.reason}`
    case 'value':
      return `${why.name} is ${articleOf(why.value)}, and the guard can't tell how Alembic would interpret it`
    default:
      return why satisfies never
  }
}

function articleOf(value: PyValue): string {
  const held = 'items' in value ? value.items.find((item) => item.kind !== 'str') : undefined
  const within = held === undefined ? '' : ` with ${articleOf(held)} in it`
  const type = typeOf(value)
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}${within}`
}
