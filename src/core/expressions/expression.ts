/** A parsed SQL expression. */

export type Expression =
  | { readonly kind: 'column'; readonly table: string | null; readonly name: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean' | 'null' }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: readonly Expression[]
      /** True if the name is qualified with `pg_catalog`. */
      readonly inCatalog?: true
    }
  /** An explicit cast. `type` is the type as written, in lower case with single spaces. */
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: string }
  | {
      readonly kind: 'operator'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'isNull'; readonly of: Expression }
  /** IS [NOT] TRUE, FALSE or UNKNOWN. */
  | { readonly kind: 'isTruth'; readonly of: Expression }
  | { readonly kind: 'isDistinct'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly values: readonly Expression[] }
  /** `of = ANY (array)`, possibly with another operator or ALL. */
  | {
      readonly kind: 'any'
      readonly operator: string
      readonly of: Expression
      readonly array: Expression
    }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'like'; readonly of: Expression; readonly pattern: Expression }
  | {
      readonly kind: 'case'
      readonly conditions: readonly Expression[]
      readonly results: readonly Expression[]
    }

/** Immediate subexpressions. */
function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return expression.args
    case 'operator':
    case 'isDistinct':
      return [expression.left, expression.right]
    case 'and':
    case 'or':
      return expression.parts
    case 'in':
      return [expression.of, ...expression.values]
    case 'any':
      return [expression.of, expression.array]
    case 'array':
      return expression.items
    case 'like':
      return [expression.of, expression.pattern]
    case 'case':
      return [...expression.conditions, ...expression.results]
    case 'cast':
    case 'negative':
    case 'not':
    case 'isNull':
    case 'isTruth':
      return [expression.of]
    default:
      return []
  }
}

/** Names of all functions called in the expression. */
export function functionCalls(expression: Expression): readonly string[] {
  const inner = partsOf(expression).flatMap(functionCalls)
  return expression.kind === 'call' && !expression.inCatalog ? [expression.name, ...inner] : inner
}

/** Text constants that the expression passes to calls of the function, possibly cast. */
export function textArguments(expression: Expression, name: string): readonly string[] {
  const inner = partsOf(expression).flatMap((part) => textArguments(part, name))
  if (expression.kind !== 'call' || expression.name !== name) return inner
  const own = expression.args.map((arg) => (arg.kind === 'cast' ? arg.of : arg))
  return [...own.flatMap((arg) => (arg.kind === 'text' ? [arg.value] : [])), ...inner]
}

type ColumnReference = Extract<Expression, { kind: 'column' }>

/** All column references in the expression. */
export function columnReferences(expression: Expression): readonly ColumnReference[] {
  if (expression.kind === 'column') return [expression]
  return partsOf(expression).flatMap(columnReferences)
}
