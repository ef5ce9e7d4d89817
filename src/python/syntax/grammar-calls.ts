/** Recognizes call arguments and function parameters. Rejects duplicate names. */
import { comprehension, expression, namedExpression, binaryOperators } from './grammar-expressions.ts'
import { nameAt, needs, refuse, sees, takes } from './grammar-cursor.ts'
import type { Recogniser } from './grammar-cursor.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** Recognizes a call's arguments or a class's bases, after the opening `(`. */
export function callArguments(g: Recogniser): boolean {
  const before = g.nameCount
  let keywords: 'none' | 'some' | 'unpacked' = 'none'
  let first = true
  while (!sees(g, Kind.closeRound)) {
    if (takes(g, Kind.doubleStar)) {
      if (expression(g) === 0) return false
      keywords = 'unpacked'
    } else if (sees(g, Kind.star)) {
      if (keywords === 'unpacked') {
        return refuse(g, 'iterable argument unpacking follows keyword argument unpacking') !== 0
      }
      g.at++
      if (expression(g) === 0) return false
    } else if (sees(g, Kind.name) && g.kinds[g.at + 1] === Kind.equal) {
      if (!newName(g, before)) return refuse(g, `keyword argument repeated: ${nameAt(g)}`, true) !== 0
      g.at += 2
      if (expression(g) === 0) return false
      if (keywords === 'none') keywords = 'some'
    } else {
      const start = g.at
      if (namedExpression(g) === 0) return false
      if (sees(g, Kind.for) || sees(g, Kind.async)) {
        if (!comprehension(g)) return false
        if (!first || !sees(g, Kind.closeRound)) {
          return refuse(g, 'Generator expression must be parenthesized', true, start) !== 0
        }
      }
      if (keywords !== 'none') {
        const unpacking = keywords === 'unpacked' ? ' unpacking' : ''
        return refuse(g, `positional argument follows keyword argument${unpacking}`, false, start) !== 0
      }
    }
    first = false
    if (!takes(g, Kind.comma)) break
  }
  g.nameCount = before
  return needs(g, Kind.closeRound)
}

/** Maximum number of names that a new name is compared with, to keep the time linear. */
const comparedNames = 64

/** Records the current name; false if this call or signature already has it. */
function newName(g: Recogniser, since: number): boolean {
  const oldest = Math.max(since, g.nameCount - comparedNames)
  for (let index = g.nameCount - 1; index >= oldest; index--) {
    if (sameText(g, g.names[index] ?? 0, g.at)) return false
  }
  g.names[g.nameCount++] = g.at
  return true
}

function sameText(g: Recogniser, one: number, other: number): boolean {
  const { starts, ends } = g.tokens
  const from = starts[one] ?? 0
  const to = starts[other] ?? 0
  const length = (ends[one] ?? 0) - from
  if (length !== (ends[other] ?? 0) - to) return false
  for (let index = 0; index < length; index++) {
    if (g.text.charCodeAt(from + index) !== g.text.charCodeAt(to + index)) return false
  }
  return true
}

/** Recognizes parameters before `closer`: `)` for `def`, where annotations are allowed, or `:` for `lambda`. */
export function parameters(g: Recogniser, closer: number): boolean {
  const before = g.nameCount
  let defaults = false
  let star = false
  let slash = false
  let bareStar = false
  while (!sees(g, closer)) {
    if (takes(g, Kind.doubleStar)) {
      if (!parameter(g, closer, before, false)) return false
      takes(g, Kind.comma)
      if (!sees(g, closer)) return refuse(g, 'arguments cannot follow var-keyword argument') !== 0
      break
    }
    if (sees(g, Kind.star)) {
      if (star) return refuse(g, '* argument may appear only once') !== 0
      g.at++
      star = true
      bareStar = sees(g, Kind.comma)
      if (!bareStar && !parameter(g, closer, before, true)) return false
    } else if (sees(g, Kind.slash)) {
      if (slash || star || g.nameCount === before) return refuse(g) !== 0
      g.at++
      slash = true
    } else {
      if (!parameter(g, closer, before, false)) return false
      bareStar = false
      if (takes(g, Kind.equal)) {
        if (expression(g) === 0) return false
        defaults = true
      } else if (defaults && !star) {
        return refuse(g, 'non-default argument follows default argument', true, g.at - 1) !== 0
      }
    }
    if (!takes(g, Kind.comma)) break
  }
  g.nameCount = before
  if (bareStar) return refuse(g, 'named arguments must follow bare *') !== 0
  return sees(g, closer) || refuse(g) !== 0
}

function parameter(g: Recogniser, closer: number, since: number, starred: boolean): boolean {
  if (!sees(g, Kind.name)) return refuse(g) !== 0
  if (!newName(g, since))
    return refuse(g, `duplicate argument '${nameAt(g)}' in function definition`, true) !== 0
  g.at++
  if (closer === Kind.colon || !takes(g, Kind.colon)) return true
  if (starred && takes(g, Kind.star)) return binaryOperators(g) !== 0
  return expression(g) !== 0
}
