/**
 * Recognizes Python expressions and assignment targets. Accepts some invalid code where a strict check would be slow.
 */
import { callArguments, parameters } from './grammar-calls.ts'
import {
  needs,
  refuse,
  sees,
  ExpressionShape,
  takes,
  type Recogniser,
  chainTooLong,
} from './grammar-cursor.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Maximum nesting of conditional expressions and lambdas. The parser handles deeper nesting. */
const maxDepth = 400

/**
 * Maximum length of a chain such as `a.b().c()` or `a + b + c`. Python 3.11 and earlier can't compile chains of
 * about 2,980 links (`recursion_limit` times `COMPILER_STACK_FRAME_SCALE` in symtable.c). In nested imports, the
 * limit is lower.
 */
const maxChain = 2500

/** Recognizes Python's `expression`: a conditional, a disjunction or a lambda. */
export function expression(g: Recogniser): number {
  const lone = loneAtom(g)
  if (lone !== 0) return lone
  if (sees(g, Kind.lambda)) return lambda(g)
  const shape = disjunction(g)
  if (shape === 0 || !takes(g, Kind.if)) return shape
  if (disjunction(g) === 0) return 0
  if (!needs(g, Kind.else, "expected 'else' after 'if' expression")) return 0
  return deeper(g, expression) === 0 ? 0 : ExpressionShape.value
}

/** Fast path for the most common case: a single name or literal. */
function loneAtom(g: Recogniser): number {
  const next = g.kinds[g.at + 1]
  if (next !== Kind.comma && next !== Kind.closeRound && next !== Kind.closeSquare && next !== Kind.newline) {
    return 0
  }
  switch (g.kinds[g.at]) {
    case Kind.name:
      g.at++
      return ExpressionShape.value | ExpressionShape.target | ExpressionShape.name
    case Kind.string:
    case Kind.number:
    case Kind.none:
    case Kind.true:
    case Kind.false:
      g.at++
      return ExpressionShape.value
    default:
      return 0
  }
}

/** Recognizes an `expression` or `name := expression`. */
export function namedExpression(g: Recogniser): number {
  const shape = expression(g)
  if (shape === 0 || !sees(g, Kind.walrus)) return shape
  if ((shape & ExpressionShape.name) === 0) return refuse(g, 'invalid syntax', true)
  g.at++
  return expression(g) === 0 ? 0 : ExpressionShape.value
}

/** Recognizes comma-separated expressions, including starred ones, as found after `=`, `return` and `for … in`. */
export function expressionList(g: Recogniser): number {
  return list(g, expression)
}

/** Recognizes the subject of a `match`: a list that may contain `:=`. */
export function subjectList(g: Recogniser): number {
  return list(g, namedExpression)
}

/** Recognizes the targets before `in` in a loop. Operators aren't allowed, because `in` is an operator too. */
export function targetList(g: Recogniser): number {
  const shape = list(g, operand)
  if (shape === 0) return 0
  if (
    (shape & (ExpressionShape.target | ExpressionShape.targets)) === 0 ||
    (shape & ExpressionShape.starred) !== 0
  ) {
    return refuse(g, 'invalid syntax', true, g.at - 1)
  }
  return shape
}

/** Recognizes `yield`, `yield from x` or `yield x, y`. */
function yieldExpression(g: Recogniser): number {
  if (g.scope === 'module' || g.scope === 'class') return refuse(g, "'yield' outside function", true)
  g.at++
  if (takes(g, Kind.from)) return expression(g)
  return startsExpression(g) ? expressionList(g) : ExpressionShape.value
}

/** Whether the next token can begin an expression, including a starred one. */
export function startsExpression(g: Recogniser): boolean {
  switch (g.kinds[g.at]) {
    case Kind.name:
    case Kind.number:
    case Kind.string:
    case Kind.bytes:
    case Kind.formatted:
    case Kind.openRound:
    case Kind.openSquare:
    case Kind.openCurly:
    case Kind.ellipsis:
    case Kind.star:
    case Kind.sign:
    case Kind.tilde:
    case Kind.false:
    case Kind.none:
    case Kind.true:
    case Kind.await:
    case Kind.lambda:
    case Kind.not:
      return true
    default:
      return false
  }
}

/** Recognizes `yield …` or a list of expressions. */
export function valueList(g: Recogniser): number {
  return sees(g, Kind.yield) ? yieldExpression(g) : expressionList(g)
}

function deeper(g: Recogniser, inner: (g: Recogniser) => number): number {
  if (g.depth >= maxDepth) return refuse(g, 'too many nested expressions')
  g.depth++
  const shape = inner(g)
  g.depth--
  return shape
}

function list(g: Recogniser, item: (g: Recogniser) => number): number {
  let shape = starOr(g, item)
  if (shape === 0 || !sees(g, Kind.comma)) return shape
  const assignable = ExpressionShape.target | ExpressionShape.targets
  let targets = (shape & assignable) !== 0
  while (takes(g, Kind.comma)) {
    if (!startsExpression(g)) break
    shape = starOr(g, item)
    if (shape === 0) return 0
    targets &&= (shape & assignable) !== 0
  }
  return ExpressionShape.value | ExpressionShape.bareTuple | (targets ? ExpressionShape.targets : 0)
}

function starOr(g: Recogniser, item: (g: Recogniser) => number): number {
  if (!takes(g, Kind.star)) return item(g)
  const shape = item === operand ? operand(g) : binaryOperators(g)
  return shape === 0
    ? 0
    : ExpressionShape.value |
        ExpressionShape.starred |
        (shape & (ExpressionShape.target | ExpressionShape.targets))
}

function lambda(g: Recogniser): number {
  g.at++
  const scope = g.scope
  if (!parameters(g, Kind.colon)) return 0
  g.at++
  // A lambda may contain `yield`, but not `await`.
  g.scope = 'function'
  const shape = deeper(g, expression)
  g.scope = scope
  return shape === 0 ? 0 : ExpressionShape.value
}

/** Recognizes operands and operators. Precedence rarely decides whether code is valid. */
function disjunction(g: Recogniser): number {
  for (let shape = 0; ;) {
    let negations = 0
    while (takes(g, Kind.not)) negations++
    const operands = binaryOperators(g)
    if (operands === 0) return 0
    shape = shape === 0 && negations === 0 ? operands : ExpressionShape.value
    if (!takes(g, Kind.and) && !takes(g, Kind.or)) return shape
    if (!sees(g, Kind.not) && !startsExpression(g)) return refuse(g)
    if (sees(g, Kind.star) || sees(g, Kind.lambda)) return refuse(g)
    shape = ExpressionShape.value
  }
}

/** Recognizes operands joined by binary operators. */
export function binaryOperators(g: Recogniser): number {
  let shape = operand(g)
  let links = 0
  while (shape !== 0 && takesOperator(g)) {
    if (++links > maxChain) return refuse(g, chainTooLong)
    shape = operand(g) === 0 ? 0 : ExpressionShape.value
  }
  return shape
}

function takesOperator(g: Recogniser): boolean {
  switch (g.kinds[g.at]) {
    case Kind.binary:
    case Kind.sign:
    case Kind.star:
    case Kind.doubleStar:
    case Kind.slash:
    case Kind.at:
    case Kind.in:
      g.at++
      return true
    case Kind.is:
      g.at++
      takes(g, Kind.not)
      return true
    case Kind.not:
      if (g.kinds[g.at + 1] !== Kind.in) return false
      g.at += 2
      return true
    default:
      return false
  }
}

function operand(g: Recogniser): number {
  const kind = g.kinds[g.at]
  if (kind !== Kind.sign && kind !== Kind.tilde && kind !== Kind.await) return primary(g)
  while (takes(g, Kind.sign) || takes(g, Kind.tilde));
  if (sees(g, Kind.await)) {
    // This may be valid: generator expressions may contain `await` anywhere.
    if (g.scope !== 'async') return refuse(g, "'await' outside async function")
    g.at++
  }
  return primary(g) === 0 ? 0 : ExpressionShape.value
}

function primary(g: Recogniser): number {
  let shape = atom(g)
  for (let links = 0; shape !== 0; links++) {
    if (links > maxChain) return refuse(g, chainTooLong)
    switch (g.kinds[g.at]) {
      case Kind.dot:
        g.at++
        if (!needs(g, Kind.name)) return 0
        shape = ExpressionShape.value | ExpressionShape.target
        break
      case Kind.openRound:
        g.at++
        shape = callArguments(g) ? ExpressionShape.value : 0
        break
      case Kind.openSquare:
        g.at++
        shape = subscript(g) ? ExpressionShape.value | ExpressionShape.target : 0
        break
      default:
        return shape
    }
  }
  return 0
}

function atom(g: Recogniser): number {
  const kind = g.kinds[g.at]
  switch (kind) {
    case Kind.name:
      g.at++
      return ExpressionShape.value | ExpressionShape.target | ExpressionShape.name
    case Kind.number:
    case Kind.none:
    case Kind.true:
    case Kind.false:
    case Kind.ellipsis:
      g.at++
      return ExpressionShape.value
    case Kind.string:
    case Kind.formatted:
    case Kind.bytes:
      return strings(g, kind === Kind.bytes)
    case Kind.openRound:
      g.at++
      return display(g, Kind.closeRound)
    case Kind.openSquare:
      g.at++
      return display(g, Kind.closeSquare)
    case Kind.openCurly:
      g.at++
      return braces(g)
    default:
      return refuse(g)
  }
}

function strings(g: Recogniser, bytes: boolean): number {
  for (;;) {
    const kind = g.kinds[g.at]
    if (kind !== Kind.string && kind !== Kind.formatted && kind !== Kind.bytes) return ExpressionShape.value
    if ((kind === Kind.bytes) !== bytes) return refuse(g, 'cannot mix bytes and nonbytes literals', true)
    g.at++
  }
}

/** Recognizes the rest of `( … )` or `[ … ]`. */
function display(g: Recogniser, closer: number): number {
  const round = closer === Kind.closeRound
  if (takes(g, closer)) return ExpressionShape.value | ExpressionShape.targets
  if (round && sees(g, Kind.yield)) {
    if (yieldExpression(g) === 0) return 0
    return needs(g, closer) ? ExpressionShape.value : 0
  }
  const first = starOr(g, namedExpression)
  if (first === 0) return 0
  if (sees(g, Kind.for) || sees(g, Kind.async)) {
    if ((first & ExpressionShape.starred) !== 0)
      return refuse(g, 'iterable unpacking cannot be used in comprehension', true)
    return comprehension(g) && needs(g, closer) ? ExpressionShape.value : 0
  }
  const assignable = ExpressionShape.target | ExpressionShape.targets
  let targets = (first & assignable) !== 0
  if (round && !sees(g, Kind.comma)) {
    if (!needs(g, closer)) return 0
    if ((first & ExpressionShape.starred) !== 0) {
      return refuse(g, 'cannot use starred expression here', true, g.at - 1)
    }
    return ExpressionShape.value | (first & assignable)
  }
  while (takes(g, Kind.comma)) {
    if (sees(g, closer)) break
    const shape = starOr(g, namedExpression)
    if (shape === 0) return 0
    targets &&= (shape & assignable) !== 0
  }
  return needs(g, closer) ? ExpressionShape.value | (targets ? ExpressionShape.targets : 0) : 0
}

/** Recognizes a dict, set or comprehension, after the opening `{`. */
function braces(g: Recogniser): number {
  if (takes(g, Kind.closeCurly)) return ExpressionShape.value
  let pairs: boolean | null = null
  do {
    if (sees(g, Kind.closeCurly)) break
    const pair = entry(g, pairs)
    if (pair === null) return 0
    if (pairs === null && (sees(g, Kind.for) || sees(g, Kind.async))) {
      return comprehension(g) && needs(g, Kind.closeCurly) ? ExpressionShape.value : 0
    }
    pairs = pair
  } while (takes(g, Kind.comma))
  return needs(g, Kind.closeCurly) ? ExpressionShape.value : 0
}

/** Recognizes a dict or set entry: true for a pair, false for an element, null if rejected. */
function entry(g: Recogniser, pairs: boolean | null): boolean | null {
  if (sees(g, Kind.doubleStar)) {
    if (pairs === false) return refused(g)
    g.at++
    return binaryOperators(g) === 0 ? null : true
  }
  if (sees(g, Kind.star) && pairs === true) return refused(g)
  const shape = starOr(g, namedExpression)
  if (shape === 0) return null
  const pair = sees(g, Kind.colon)
  if (pairs !== null && pair !== pairs) return refused(g)
  if (!pair) return false
  g.at++
  return expression(g) === 0 ? null : true
}

function refused(g: Recogniser): null {
  refuse(g)
  return null
}

/** Recognizes a comprehension's `for … in … if …` clauses. */
export function comprehension(g: Recogniser): boolean {
  do {
    takes(g, Kind.async)
    if (!needs(g, Kind.for) || targetList(g) === 0) return false
    if (!needs(g, Kind.in) || disjunction(g) === 0) return false
    while (takes(g, Kind.if)) if (disjunction(g) === 0) return false
  } while (sees(g, Kind.for) || sees(g, Kind.async))
  return true
}

/** Recognizes a subscript, after the opening `[`. */
function subscript(g: Recogniser): boolean {
  do {
    if (sees(g, Kind.closeSquare)) break
    if (!sees(g, Kind.colon)) {
      const shape = starOr(g, namedExpression)
      if (shape === 0) return false
      if ((shape & ExpressionShape.starred) !== 0) continue
    }
    for (let colons = 0; colons < 2 && takes(g, Kind.colon); colons++) {
      if (startsExpression(g) && expression(g) === 0) return false
    }
  } while (takes(g, Kind.comma))
  if (g.kinds[g.at - 1] === Kind.openSquare) return refuse(g) !== 0
  return needs(g, Kind.closeSquare)
}
