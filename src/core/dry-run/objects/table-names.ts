/**
 * Resolves the names that a table's expressions can use: its columns, and the simulated schema's types and sequences.
 */
import type { Names } from '../../expressions/judged.ts'
import { typeNamed } from '../../expressions/types.ts'
import { calledFunction } from '../rows/called-functions.ts'
import type { ObjectName } from '../../history/operation.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedType,
  findRelation,
  findType,
  folded,
  keyOf,
} from '../simulated-schema.ts'

/** The columns that an expression can use. */
export interface TableColumns {
  /** The table's name, which may qualify a column, as in `users.id`. */
  readonly name: string
  readonly columns: ReadonlyMap<
    string,
    Pick<SimulatedColumn, 'type' | 'userType' | 'isEnum' | 'enum' | 'generated' | 'perhaps'>
  >
  /** False if the list of columns may be wrong. */
  readonly columnsSure: boolean
}

/**
 * Returns the names that the table's expressions can refer to. `isRun` is false if PostgreSQL neither plans nor
 * evaluates the expression.
 */
export function namesIn(world: SimulatedSchema, table: TableColumns, isRun = true): Names {
  const enums = new Map<string, { readonly key: string; readonly type: SimulatedType }>()
  const enumNamed = (name: ObjectName | null): string | null => {
    const found = name && findType(world, name)
    if (!found || found.presence !== 'present' || !found.value?.values) return null
    const key = keyOf(world, found.name)
    const type = `enum ${key.replace('\0', '.')}`
    enums.set(type, { key, type: found.value })
    return type
  }
  return {
    column: (qualifier, name) => {
      if (!table.columnsSure || (qualifier !== null && qualifier !== table.name)) return null
      const column = table.columns.get(folded(world, name))
      if (column === undefined) return world.dialect.systemColumns.has(name) ? null : 'missing'
      if (column.perhaps) return null
      if (column.enum) return enumNamed(column.enum) ?? '?'
      if (column.type === null) return '?'
      if (column.isEnum) return enumNamed(nameWritten(column.type)) ?? '?'
      const own = extensionTypeIn(column.type)
      if (own !== null) return own
      if (column.userType) return '?'
      return typeNamed(column.type) ?? enumNamed(nameWritten(column.type)) ?? '?'
    },
    typeOf: (written) => {
      const own = extensionTypeIn(written)
      if (own !== null && isExtensionType(world, own)) return own
      return typeNamed(written) ?? enumNamed(nameWritten(written))
    },
    hasLabel: (type, label) => {
      const known = enums.get(type)
      if (!known || world.newLabels.get(known.key)?.labels.has(label)) return null
      return known.type.values?.has(label) ?? null
    },
    labelsOf: (type) => {
      const values = enums.get(type)?.type.values
      return values ? [...values] : null
    },
    hasRelation: (written) => {
      const name = nameWritten(written)
      return name !== null && findRelation(world, name).presence === 'present'
    },
    calledFunction: (name, types) => {
      const found = calledFunction(world, name, types, !isRun)
      if (found === null || found === 'missing') return found
      const result = typeNamed(found.result)
      return result === null ? null : { ...found, result }
    },
  }
}

/** Extension types whose operators are known, as spelled in the catalog. */
const extensionType = /^(citext|vector|halfvec|sparsevec|geometry|geography)(?:\([\w,]*\))?$/

function extensionTypeIn(written: string): string | null {
  return extensionType.exec(written)?.[1] ?? null
}

/** Whether the extension type with this name definitely exists in the search path. */
export function isExtensionType(world: SimulatedSchema, name: string): boolean {
  const { presence, value } = findType(world, { schema: null, name })
  return presence === 'present' && value?.values === null && value.kind !== 'domain'
}

/** Parses a name from SQL or the catalog, such as `mood` or `app."Mood"`. Returns null for anything else. */
function nameWritten(written: string): ObjectName | null {
  const part = '([a-z_]\\w*|"[^"]+")'
  const [, first, second] = new RegExp(`^${part}(?:\\.${part})?$`).exec(written) ?? []
  if (first === undefined) return null
  const plain = (text: string): string => text.replace(/^"(.*)"$/, '$1')
  return second === undefined
    ? { schema: null, name: plain(first) }
    : { schema: plain(first), name: plain(second) }
}
