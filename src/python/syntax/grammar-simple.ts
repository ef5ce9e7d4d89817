/** Recognizes single-line statements: assignments, imports, `return`, `del` and the like. */
import { expression, expressionList, startsExpression, valueList } from './grammar-expressions.ts'
import { nameAt, needs, refuse, sees, ExpressionShape, takes, wordAt } from './grammar-cursor.ts'
import type { Recogniser } from './grammar-cursor.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Features accepted by `from __future__ import` in Python 3.7 to 3.14. */
const futureFeatures = new Set([
  'nested_scopes',
  'generators',
  'division',
  'absolute_import',
  'with_statement',
  'print_function',
  'unicode_literals',
  'barry_as_FLUFL',
  'generator_stop',
  'annotations',
])

/** Recognizes one simple statement, up to the `;` or the end of the line (exclusive). */
export function simpleStatement(g: Recogniser): boolean {
  const { scope } = g
  const kind = g.kinds[g.at]
  switch (kind) {
    case Kind.pass:
      g.at++
      return true
    case Kind.break:
    case Kind.continue:
      if (!g.loop) {
        return (
          refuse(
            g,
            kind === Kind.break ? "'break' outside loop" : "'continue' not properly in loop",
            true,
          ) !== 0
        )
      }
      g.at++
      return true
    case Kind.return:
      if (scope === 'module' || scope === 'class') return refuse(g, "'return' outside function", true) !== 0
      g.at++
      return !startsExpression(g) || notStarred(g, expressionList(g))
    case Kind.raise:
      g.at++
      if (!startsExpression(g)) return true
      return expression(g) !== 0 && (!takes(g, Kind.from) || expression(g) !== 0)
    case Kind.global:
    case Kind.nonlocal:
      if (kind === Kind.nonlocal && scope === 'module') {
        return refuse(g, 'nonlocal declaration not allowed at module level', true) !== 0
      }
      do {
        g.at++
        if (!needs(g, Kind.name)) return false
      } while (sees(g, Kind.comma))
      return true
    case Kind.del:
      g.at++
      return deletion(g)
    case Kind.assert:
      g.at++
      return expression(g) !== 0 && (!takes(g, Kind.comma) || expression(g) !== 0)
    case Kind.import:
      g.at++
      return importedModules(g)
    case Kind.from:
      g.at++
      return importedNames(g)
    case Kind.yield:
      return valueList(g) !== 0 && (!sees(g, Kind.equal) || refuse(g) !== 0)
    default:
      return expressionStatement(g)
  }
}

function notStarred(g: Recogniser, shape: number): boolean {
  if (shape === 0) return false
  return (
    (shape & ExpressionShape.starred) === 0 ||
    refuse(g, "can't use starred expression here", true, g.at - 1) !== 0
  )
}

function deletion(g: Recogniser): boolean {
  if (sees(g, Kind.star)) return refuse(g) !== 0
  const shape = expressionList(g)
  if (shape === 0) return false
  return (
    (shape & (ExpressionShape.target | ExpressionShape.targets)) !== 0 ||
    refuse(g, 'invalid syntax', false, g.at - 1) !== 0
  )
}

function importedModules(g: Recogniser): boolean {
  do {
    if (!dottedName(g) || (takes(g, Kind.as) && !needs(g, Kind.name))) return false
  } while (takes(g, Kind.comma))
  return true
}

function dottedName(g: Recogniser): boolean {
  do {
    if (!needs(g, Kind.name)) return false
  } while (takes(g, Kind.dot))
  return true
}

function importedNames(g: Recogniser): boolean {
  let dots = 0
  while (takes(g, Kind.dot) || takes(g, Kind.ellipsis)) dots++
  if (dots === 0 && sees(g, Kind.import)) return refuse(g, 'invalid syntax', true) !== 0
  if (!sees(g, Kind.import) && !dottedName(g)) return false
  if (!needs(g, Kind.import)) return false
  if (sees(g, Kind.star)) {
    if (g.scope !== 'module') return refuse(g, 'import * only allowed at module level', true) !== 0
    g.at++
    return true
  }
  const future = dots === 0 && wordAt(g, g.at - 2) === '__future__'
  const round = takes(g, Kind.openRound)
  do {
    if (round && sees(g, Kind.closeRound) && g.kinds[g.at - 1] === Kind.comma) break
    if (!round && sees(g, Kind.newline) && g.kinds[g.at - 1] === Kind.comma) {
      return refuse(g, 'trailing comma not allowed without surrounding parentheses', true) !== 0
    }
    if (future && sees(g, Kind.name) && !futureFeatures.has(nameAt(g))) {
      return refuse(g, `future feature ${nameAt(g)} is not defined`, true) !== 0
    }
    if (!needs(g, Kind.name) || (takes(g, Kind.as) && !needs(g, Kind.name))) return false
  } while (takes(g, Kind.comma))
  return !round || needs(g, Kind.closeRound)
}

/** Recognizes an expression statement, or an assignment of any kind. */
function expressionStatement(g: Recogniser): boolean {
  if (sees(g, Kind.name) && g.kinds[g.at + 1] === Kind.name && nameAt(g) === 'type') return typeAlias(g)
  let shape = expressionList(g)
  if (shape === 0) return false
  const from = g.at - 1
  if (takes(g, Kind.colon)) {
    if ((shape & ExpressionShape.target) === 0) return refuse(g, 'invalid syntax', true, from) !== 0
    if (expression(g) === 0) return false
    return !takes(g, Kind.equal) || notStarred(g, valueList(g))
  }
  if (sees(g, Kind.augment)) {
    if ((shape & ExpressionShape.target) === 0) return refuse(g) !== 0
    g.at++
    return notStarred(g, valueList(g))
  }
  while (sees(g, Kind.equal)) {
    if ((shape & (ExpressionShape.target | ExpressionShape.targets)) === 0) return refuse(g) !== 0
    if ((shape & ExpressionShape.starred) !== 0) {
      return refuse(g, 'starred assignment target must be in a list or tuple', true) !== 0
    }
    g.at++
    if (sees(g, Kind.yield)) return valueList(g) !== 0
    shape = expressionList(g)
    if (shape === 0) return false
  }
  return notStarred(g, shape)
}

function typeAlias(g: Recogniser): boolean {
  g.at += 2
  return typeParameters(g) && needs(g, Kind.equal) && expression(g) !== 0
}

/** Recognizes type parameters such as `[T, *Ts, **P]`, if there are any. */
export function typeParameters(g: Recogniser): boolean {
  if (!takes(g, Kind.openSquare)) return true
  do {
    if (sees(g, Kind.closeSquare)) break
    if (!takes(g, Kind.star)) takes(g, Kind.doubleStar)
    if (!needs(g, Kind.name)) return false
    if (takes(g, Kind.colon) && expression(g) === 0) return false
    if (takes(g, Kind.equal) && expressionList(g) === 0) return false
  } while (takes(g, Kind.comma))
  return needs(g, Kind.closeSquare)
}
