/** The recognizer's state and basic operations. */
import type { Objection, Tokens } from '../tokens/tokenize.ts'

/** The recognizer's state. */
export interface Recogniser {
  readonly tokens: Tokens
  readonly text: string
  readonly kinds: readonly number[]
  /** Index of the next token. */
  at: number
  /** The first error found. Later errors are ignored. */
  objection: Objection | null
  /** Current depth of expressions that nest without brackets, such as `not not …` or `lambda: lambda: …`. */
  depth: number
  /** Innermost scope. `scope` and `loop` determine whether `return`, `await` and `break` are allowed. */
  scope: 'module' | 'class' | 'function' | 'async'
  loop: boolean
  /** Argument or parameter names in each open call or signature, used to find duplicates. */
  readonly names: number[]
  /** Number of `names` in use. Later entries are stale. */
  nameCount: number
}

/** Bit flags for a recognized expression. 0 means no expression. */
export const ExpressionShape = {
  failed: 0,
  value: 1,
  /** A name, attribute or subscript: valid on the left of `=`, `+=` and `:`. */
  target: 2,
  /** A tuple or list of targets, which is valid on the left-hand side of `=`. */
  targets: 4,
  /** A starred expression, `*x`. */
  starred: 8,
  /** A name without parentheses. */
  name: 16,
  /** A tuple without parentheses. */
  bareTuple: 32,
} as const

/** Error for an expression that some Python versions can't compile. */
export const chainTooLong = 'a chain of operators or calls is too long'

/**
 * Records a syntax error unless one was already recorded. Always returns 0, which means "false" or "no expression".
 */
export function refuse(g: Recogniser, message = 'invalid syntax', certain = false, token = g.at): 0 {
  g.objection ??= {
    at: g.tokens.starts[token] ?? g.text.length,
    error: { type: 'SyntaxError', message },
    certain,
  }
  return 0
}

/** Whether the next token is of this kind. */
export function sees(g: Recogniser, kind: number): boolean {
  return g.kinds[g.at] === kind
}

/** Moves past the next token if it's of this kind. */
export function takes(g: Recogniser, kind: number): boolean {
  if (g.kinds[g.at] !== kind) return false
  g.at++
  return true
}

/** Moves past a token of this kind, or records a syntax error. */
export function needs(g: Recogniser, kind: number, message?: string): boolean {
  return takes(g, kind) || refuse(g, message) !== 0
}

/** The current token's text. */
export function nameAt(g: Recogniser): string {
  return wordAt(g, g.at)
}

/** A token's text. */
export function wordAt(g: Recogniser, token: number): string {
  return g.text.slice(g.tokens.starts[token], g.tokens.ends[token])
}
