/**
 * Checks whether tokens form a valid module. This is much faster than parsing. The parser must confirm uncertain
 * errors.
 */
import { callArguments, parameters } from './grammar-calls.ts'
import {
  expression,
  expressionList,
  namedExpression,
  startsExpression,
  subjectList,
  targetList,
  valueList,
} from './grammar-expressions.ts'
import { simpleStatement, typeParameters } from './grammar-simple.ts'
import { nameAt, needs, refuse, sees, ExpressionShape, takes } from './grammar-cursor.ts'
import type { Recogniser } from './grammar-cursor.ts'
import { scanTokens } from '../tokens/tokenize.ts'
import { positionAt } from '../source/source-position.ts'
import type { Objection, Tokens } from '../tokens/tokenize.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Result of recognizing a module. */
export interface Recognised {
  /** The first token of each module-level statement, including those after a `;`. */
  readonly statements: readonly number[]
  readonly objection: Objection | null
}

/** Maximum nesting depth of f-strings (CPython's limit is 150). */
const maxFieldDepth = 20

/** Recognizes a module in linear time. Never throws. */
export function recogniseModule(tokens: Tokens): Recognised {
  const statements: number[] = []
  const g = recogniser(tokens)
  while (!sees(g, Kind.end)) {
    if (sees(g, Kind.indent)) {
      indentationError(g, 'unexpected indent')
      break
    }
    statements.push(g.at)
    if (!statement(g, statements)) break
  }
  return { statements, objection: firstOf(g.objection, tokens.problem, g.text) ?? inFields(tokens, 0) }
}

function recogniser(tokens: Tokens): Recogniser {
  const { text, kinds } = tokens
  return {
    tokens,
    text,
    kinds,
    at: 0,
    objection: null,
    depth: 0,
    scope: 'module',
    loop: false,
    names: [],
    nameCount: 0,
  }
}

/**
 * Returns the error that CPython reports. It prefers tokenizer errors, but reports an unclosed bracket only if the
 * grammar error is on a later line (pegen_errors.c).
 */
function firstOf(grammar: Objection | null, scanning: Objection | null, text: string): Objection | null {
  if (scanning === null || grammar === null) return grammar ?? scanning
  const { message, type } = scanning.error
  const unclosed = message.endsWith('was never closed')
  const later = unclosed
    ? positionAt(text, grammar.at).line > positionAt(text, scanning.at).line
    : type === 'SyntaxError' && message !== 'invalid syntax' && message !== 'unexpected EOF while parsing'
  const first = grammar.at >= scanning.at && !unclosed
  return later || first ? scanning : { ...grammar, certain: grammar.certain || scanning.certain }
}

/** Recognizes expressions in formatted strings, whose rules changed in Python 3.12. */
function inFields(tokens: Tokens, depth: number): Objection | null {
  const { fields, text } = tokens
  for (let index = 0; index < fields.length; index += 2) {
    const at = fields[index] ?? 0
    const source = text.slice(at, fields[index + 1])
    const inner = scanTokens(`(${source})`)
    const g = recogniser(inner)
    g.scope = 'async'
    const fine =
      inner.problem === null &&
      source.trim() !== '' &&
      takes(g, Kind.openRound) &&
      valueListOrNamed(g) &&
      takes(g, Kind.closeRound) &&
      sees(g, Kind.newline)
    if (!fine || (depth < maxFieldDepth && inFields(inner, depth + 1) !== null)) {
      return { at, error: { type: 'SyntaxError', message: 'f-string: invalid syntax' }, certain: false }
    }
  }
  return null
}

function valueListOrNamed(g: Recogniser): boolean {
  if (valueList(g) === 0) return false
  return takes(g, Kind.walrus) ? expression(g) !== 0 : true
}

function indentationError(g: Recogniser, message: string, at = g.at): false {
  g.objection ??= {
    at: g.tokens.starts[at] ?? g.text.length,
    error: { type: 'IndentationError', message },
    certain: true,
  }
  return false
}

function statement(g: Recogniser, starts: number[] | null): boolean {
  switch (g.kinds[g.at]) {
    case Kind.if:
      return ifStatement(g)
    case Kind.while:
      return header(g, "'while' statement", (s) => namedExpression(s) !== 0) && loopRest(g)
    case Kind.for:
      return forStatement(g)
    case Kind.try:
      return tryStatement(g)
    case Kind.with:
      return withStatement(g)
    case Kind.def:
      return functionDefinition(g, 'function')
    case Kind.class:
      return classDefinition(g)
    case Kind.at:
      return decorated(g)
    case Kind.async:
      return asyncStatement(g)
    case Kind.name:
      if (g.kinds[g.at + 1] === Kind.equal || g.kinds[g.at + 1] === Kind.dot) break
      if (startsMatch(g)) return matchStatement(g)
  }
  return simpleLine(g, starts)
}

function simpleLine(g: Recogniser, starts: number[] | null): boolean {
  for (;;) {
    if (!simpleStatement(g)) return false
    if (takes(g, Kind.newline)) return true
    if (!takes(g, Kind.semicolon)) return refuse(g, sayWhy(g)) !== 0
    if (takes(g, Kind.newline)) return true
    starts?.push(g.at)
  }
}

/** CPython's error message. Python 2's `print` and `exec` have special messages. */
function sayWhy(g: Recogniser): string {
  let first = g.at
  while (first > 0 && !endsStatement(g.kinds[first - 1])) first--
  const word = g.text.slice(g.tokens.starts[first], g.tokens.ends[first])
  if ((word === 'print' || word === 'exec') && first === g.at - 1) {
    return `Missing parentheses in call to '${word}'. Did you mean ${word}(...)?`
  }
  return 'invalid syntax'
}

function endsStatement(kind: number | undefined): boolean {
  return kind === Kind.newline || kind === Kind.indent || kind === Kind.dedent || kind === Kind.semicolon
}

/** Recognizes a `:` and its body. `what` describes the statement at token `from`. */
function block(g: Recogniser, what: string, from: number): boolean {
  if (!needs(g, Kind.colon, "expected ':'")) return false
  if (!takes(g, Kind.newline)) return simpleLine(g, null)
  if (!takes(g, Kind.indent)) {
    if (g.tokens.problem !== null && sees(g, Kind.end)) return false
    const line = positionAt(g.text, g.tokens.starts[from] ?? 0).line
    return indentationError(g, `expected an indented block after ${what} on line ${line}`)
  }
  while (!takes(g, Kind.dedent)) {
    if (sees(g, Kind.end)) return refuse(g) !== 0
    if (sees(g, Kind.indent)) return indentationError(g, 'unexpected indent')
    if (!statement(g, null)) return false
  }
  return true
}

/** Recognizes a compound statement: the keyword, its `head` and its block. */
function header(g: Recogniser, what: string, head: (g: Recogniser) => boolean, loop = true): boolean {
  const from = g.at++
  if (!head(g)) return false
  const outer = g.loop
  g.loop = loop || outer
  const fine = block(g, what, from)
  g.loop = outer
  return fine
}

function elseBlock(g: Recogniser): boolean {
  const from = g.at
  return !takes(g, Kind.else) || block(g, "'else' statement", from)
}

function loopRest(g: Recogniser): boolean {
  return elseBlock(g)
}

function ifStatement(g: Recogniser): boolean {
  const test = (s: Recogniser): boolean => namedExpression(s) !== 0
  if (!header(g, "'if' statement", test, false)) return false
  while (sees(g, Kind.elif)) if (!header(g, "'elif' statement", test, false)) return false
  return elseBlock(g)
}

function forStatement(g: Recogniser): boolean {
  const head = (s: Recogniser): boolean => targetList(s) !== 0 && needs(s, Kind.in) && expressionList(s) !== 0
  return header(g, "'for' statement", head) && loopRest(g)
}

function tryStatement(g: Recogniser): boolean {
  const from = g.at++
  if (!block(g, "'try' statement", from)) return false
  let handlers = 0
  let bare = false
  while (sees(g, Kind.except)) {
    const at = g.at++
    if (bare) return refuse(g, "default 'except:' must be last", true, at) !== 0
    handlers++
    const group = takes(g, Kind.star)
    if (sees(g, Kind.colon) && !group) bare = true
    else {
      if (expression(g) === 0) return false
      if (sees(g, Kind.comma)) return refuse(g, 'multiple exception types must be parenthesized') !== 0
      if (takes(g, Kind.as) && !needs(g, Kind.name)) return false
    }
    if (!block(g, `'except${group ? '*' : ''}' statement`, at)) return false
  }
  if (handlers > 0 && !elseBlock(g)) return false
  const at = g.at
  if (takes(g, Kind.finally)) return block(g, "'finally' statement", at)
  if (handlers > 0) return true
  if (g.tokens.problem !== null && sees(g, Kind.end)) return false
  return refuse(g, "expected 'except' or 'finally' block", true) !== 0
}

function withStatement(g: Recogniser): boolean {
  const from = g.at++
  const start = g.at
  // `with (a as b, c as d):` and `with (a, b)[0] as c:` begin the same way, so try both.
  if (
    takes(g, Kind.openRound) &&
    withItems(g, Kind.closeRound) &&
    takes(g, Kind.closeRound) &&
    sees(g, Kind.colon)
  ) {
    g.objection = null
  } else {
    g.objection = null
    g.at = start
    if (!withItems(g, Kind.colon)) return false
  }
  return block(g, "'with' statement", from)
}

function withItems(g: Recogniser, closer: number): boolean {
  do {
    if (closer === Kind.closeRound && sees(g, closer)) return true
    if (expression(g) === 0) return false
    if (takes(g, Kind.as)) {
      const shape = takes(g, Kind.star) ? 0 : expression(g)
      if (shape === 0) return refuse(g) !== 0
      if ((shape & (ExpressionShape.target | ExpressionShape.targets)) === 0)
        return refuse(g, 'invalid syntax', false, g.at - 1) !== 0
    }
  } while (takes(g, Kind.comma))
  return true
}

function functionDefinition(g: Recogniser, scope: 'function' | 'async'): boolean {
  const from = g.at++
  if (!needs(g, Kind.name) || !typeParameters(g) || !needs(g, Kind.openRound)) return false
  if (!parameters(g, Kind.closeRound)) return false
  g.at++
  if (takes(g, Kind.arrow) && expression(g) === 0) return false
  return body(g, scope, 'function definition', from)
}

function classDefinition(g: Recogniser): boolean {
  const from = g.at++
  if (!needs(g, Kind.name) || !typeParameters(g)) return false
  if (takes(g, Kind.openRound) && !callArguments(g)) return false
  return body(g, 'class', 'class definition', from)
}

function body(g: Recogniser, scope: Recogniser['scope'], what: string, from: number): boolean {
  const outer = g.scope
  const loop = g.loop
  g.scope = scope
  g.loop = false
  const fine = block(g, what, from)
  g.scope = outer
  g.loop = loop
  return fine
}

function decorated(g: Recogniser): boolean {
  while (takes(g, Kind.at)) {
    if (namedExpression(g) === 0 || !needs(g, Kind.newline)) return false
  }
  if (sees(g, Kind.def)) return functionDefinition(g, 'function')
  if (sees(g, Kind.class)) return classDefinition(g)
  if (sees(g, Kind.async) && g.kinds[g.at + 1] === Kind.def) return asyncStatement(g)
  return refuse(g, 'invalid syntax', true) !== 0
}

function asyncStatement(g: Recogniser): boolean {
  const next = g.kinds[g.at + 1]
  g.at++
  if (next === Kind.def) return functionDefinition(g, 'async')
  if (next !== Kind.with && next !== Kind.for) return refuse(g) !== 0
  if (g.scope !== 'async') {
    return (
      refuse(g, `'async ${next === Kind.with ? 'with' : 'for'}' outside async function`, true, g.at - 1) !== 0
    )
  }
  return next === Kind.with ? withStatement(g) : forStatement(g)
}

/** Whether the soft keyword `match` starts a statement here. Consumes no tokens. */
function startsMatch(g: Recogniser): boolean {
  if (nameAt(g) !== 'match') return false
  const from = g.at++
  const fine =
    startsExpression(g) &&
    subjectList(g) !== 0 &&
    takes(g, Kind.colon) &&
    takes(g, Kind.newline) &&
    takes(g, Kind.indent) &&
    nameAt(g) === 'case'
  g.at = from
  g.objection = null
  return fine
}

function matchStatement(g: Recogniser): boolean {
  while (!takes(g, Kind.indent)) g.at++
  while (!takes(g, Kind.dedent)) {
    const from = g.at
    if (nameAt(g) !== 'case') return refuse(g) !== 0
    // Don't check the pattern, because patterns are rare and have their own grammar.
    for (let open = 0; open > 0 || !sees(g, Kind.colon); g.at++) {
      const kind = g.kinds[g.at] ?? Kind.end
      if (kind === Kind.newline || kind === Kind.end) return refuse(g, "expected ':'") !== 0
      if (kind === Kind.openRound || kind === Kind.openSquare || kind === Kind.openCurly) open++
      if (kind === Kind.closeRound || kind === Kind.closeSquare || kind === Kind.closeCurly) open--
    }
    if (!block(g, "'case' statement", from)) return false
  }
  return true
}
