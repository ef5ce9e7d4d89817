/** The values that env.py is followed with: text, constants, functions of the file, connections. Pure data. */
import { hole } from '../interpreter/values.ts'
import type { NodeOf } from '../syntax/syntax-tree.ts'

/** What an expression stands for. */
export type Value =
  | { readonly kind: 'unknown' }
  /** A string, or a statement that is made of one; `hole` stands for parts that are not known. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, Value> }
  | { readonly kind: 'function'; readonly node: FunctionNode; readonly frame: Frame }
  | { readonly kind: 'class'; readonly node: NodeOf<'ClassDef'>; readonly frame: Frame }
  /** Something imported: `sqlalchemy.text`. */
  | { readonly kind: 'imported'; readonly name: string }
  /** An engine, a connection, a session or a cursor. */
  | { readonly kind: 'database'; readonly connection: number | null }

/** A function of the file. */
export type FunctionNode = NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'> | NodeOf<'Lambda'>

/** The names of a module or of one call of a function. */
export interface Frame {
  readonly names: Map<string, Value>
  readonly outer: Frame | null
}

/** Something that nothing is known of. */
export const unknown: Value = { kind: 'unknown' }

/** True, False or None. */
export function constant(value: boolean | null): Value {
  return { kind: 'constant', value }
}

/** A string. */
export function text(value: string): Value {
  return { kind: 'text', text: value }
}

/** What a name is bound to; undefined: nothing that was seen. */
export function lookUp(frame: Frame, name: string): Value | undefined {
  for (let at: Frame | null = frame; at; at = at.outer) {
    const value = at.names.get(name)
    if (value) return value
  }
  return undefined
}

/** Whether Python takes it for true; null: not known. */
export function truthOf(value: Value): boolean | null {
  switch (value.kind) {
    case 'constant':
      return value.value === true
    case 'text':
      if (value.text === '') return false
      return value.text.replaceAll(hole, '') === '' ? null : true
    case 'list':
      return value.items.length > 0
    case 'function':
    case 'class':
    case 'imported':
      return value.kind === 'imported' ? null : true
    default:
      return null
  }
}

/** The text that a value is in another text. */
export function textOf(value: Value): string {
  return value.kind === 'text' ? value.text : hole
}

/** What a name is after either of two courses. */
export function joined(a: Value | undefined, b: Value | undefined): Value {
  if (!a || !b) return a ?? b ?? unknown
  if (a === b) return a
  if (a.kind === 'text' && b.kind === 'text' && a.text === b.text) return a
  if (a.kind === 'constant' && b.kind === 'constant' && a.value === b.value) return a
  if (a.kind === 'database' || b.kind === 'database') {
    const same = a.kind === 'database' && b.kind === 'database' && a.connection === b.connection
    return same ? a : { kind: 'database', connection: null }
  }
  return unknown
}

/** `"…%s…" % value`; what can't be filled in is a hole. */
export function percentFormatted(format: string, value: Value): string {
  const values = value.kind === 'list' ? value.items : [value]
  let index = 0
  return format.replaceAll(/%(?:\((?<key>\w+)\))?[sdr]|%%/g, (form, key: string | undefined) => {
    if (form === '%%') return '%'
    if (key !== undefined) return value.kind === 'dict' ? textOf(value.entries.get(key) ?? unknown) : hole
    return textOf(values[index++] ?? unknown)
  })
}

/** `"…{}…".format(value)` and its named fields. */
export function braceFormatted(
  format: string,
  values: readonly Value[],
  named: ReadonlyMap<string, Value>,
): string {
  let index = 0
  return format.replaceAll(/\{\{|\}\}|\{(?<field>[^{}]*)\}/g, (form, field: string | undefined) => {
    if (field === undefined) return form.charAt(0)
    if (field === '') return textOf(values[index++] ?? unknown)
    if (/^\d+$/.test(field)) return textOf(values[Number(field)] ?? unknown)
    return textOf(named.get(field) ?? unknown)
  })
}
