/** Describes an expression's type, or the reason why PostgreSQL rejects the expression. */

import type { Signature } from './functions.ts'

/** Names that an expression can refer to. */
export interface Names {
  /**
   * The type of a column. `?` if the column exists but its type is unknown; `missing` if there is no such column; null
   * if it's unknown whether the column exists.
   */
  column(table: string | null, name: string): string | null
  /** The type that this SQL type name refers to; null if unknown. */
  typeOf(written: string): string | null
  /** Whether the enum has the label. Null if unknown, or if the label may be too new to use. */
  hasLabel(type: string, label: string): boolean | null
  /** The labels of an enum; null if unknown. */
  labelsOf(type: string): readonly string[] | null
  /** The signature of a function that pending migrations create; null if unknown. */
  functionNamed?(name: string): Signature | null
  /** True if the name, as written in SQL, definitely refers to a relation. */
  hasRelation(written: string): boolean
  /**
   * The function that isn't built in and that a call with these argument types refers to; null if unknown. `missing` if
   * there is no function of that name.
   */
  calledFunction(name: string, types: readonly string[]): CalledFunction | 'missing' | null
}

/** The result of a function. */
export interface CalledFunction {
  readonly result: string
  readonly immutable: boolean
  /** True if no value makes the function fail. */
  readonly safe: boolean
}

/** The value of an expression. */
export interface Value {
  readonly type: string
  /** True if the value depends only on the row. */
  readonly immutable: boolean
  /** True if no row makes the expression fail. */
  readonly safe: boolean
  /** False if PostgreSQL may evaluate the expression before it reads any row. */
  readonly usesRow: boolean
  /** Name of the text column that determines the collation; null if there is none. */
  readonly collation: string | null
  /** A quoted constant's text; undefined for anything else. */
  readonly constant?: string
  /** The enum that the text was converted from; undefined if unknown. */
  readonly labelOf?: string
  /** Maximum number of characters in the text; undefined if unknown. */
  readonly width?: number
  /** The text of a numeric literal; undefined for anything else. */
  readonly digits?: string
  /** True if the value is known to be NULL. */
  readonly isNull?: true
}

/** Why PostgreSQL definitely rejects an expression. */
export type Refusal =
  | { readonly kind: 'missing column'; readonly table: string | null; readonly name: string }
  | { readonly kind: 'no operator'; readonly left: string; readonly right: string }
  | { readonly kind: 'no cast'; readonly from: string; readonly to: string }
  | { readonly kind: 'no label'; readonly type: string; readonly label: string }
  | { readonly kind: 'not boolean'; readonly type: string }
  | { readonly kind: 'no function'; readonly name: string; readonly types: readonly string[] }

export type Judged =
  | { readonly kind: 'fits'; readonly value: Value }
  | { readonly kind: 'refused'; readonly why: Refusal }
  | { readonly kind: 'unknown' }

/** Thrown when PostgreSQL rejects the expression or the outcome is unknown. Caught by `decided`. */
export class Decided extends Error {
  readonly judged: Judged

  constructor(why: Refusal | null) {
    super('decided')
    this.judged = why === null ? { kind: 'unknown' } : { kind: 'refused', why }
  }
}

/** Returns the outcome of an inference, including one thrown as `Decided`. */
export function decided(infer: () => Value): Judged {
  try {
    return { kind: 'fits', value: infer() }
  } catch (error) {
    if (error instanceof Decided) return error.judged
    throw error
  }
}
