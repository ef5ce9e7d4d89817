/** An expression's type, or the reason why PostgreSQL rejects the expression. */

/** Names that an expression can refer to. */
export interface Names {
  /**
   * Returns a column's type. `?` if the type is unknown; `missing` if the column doesn't exist; null if it might not
   * exist.
   */
  column(table: string | null, name: string): string | null
  /** The type with this SQL name; null if unknown. */
  typeOf(written: string): string | null
  /** Whether the enum has the label. Null if unknown, or if the label may be too new to use. */
  hasLabel(type: string, label: string): boolean | null
  /** Null if unknown. */
  labelsOf(type: string): readonly string[] | null
  /** True if the name, as written in SQL, definitely refers to a relation. */
  hasRelation(written: string): boolean
  /** Resolves a call to a function that isn't built in. Null if unknown; `missing` if no function has that name. */
  calledFunction(name: string, types: readonly string[]): CalledFunction | 'missing' | null
}

/** The result of a function. */
export interface CalledFunction {
  readonly result: string
  readonly immutable: boolean
  /** True if the function never fails. */
  readonly safe: boolean
}

/** The value of an expression. */
export interface Value {
  readonly type: string
  /** True if the value depends only on the row. */
  readonly immutable: boolean
  /** True if the expression never fails. */
  readonly safe: boolean
  /** False if PostgreSQL may evaluate the expression before it reads any row. */
  readonly usesRow: boolean
  /** The text column that determines the collation; null if none does. */
  readonly collation: string | null
  /** Text of a quoted constant. */
  readonly constant?: string
  /** The enum that the text was converted from; undefined if unknown. */
  readonly labelOf?: string
  /** Maximum number of characters in the text; undefined if unknown. */
  readonly width?: number
  /** Text of a numeric literal. */
  readonly digits?: string
  /** True if the value is definitely NULL. */
  readonly isNull?: true
}

/** Why PostgreSQL rejects an expression. */
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

/** Returns the outcome of an inference, even if it's thrown as `Decided`. */
export function decided(infer: () => Value): Judged {
  try {
    return { kind: 'fits', value: infer() }
  } catch (error) {
    if (error instanceof Decided) return error.judged
    throw error
  }
}
