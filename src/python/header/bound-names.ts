/** Checks that module-level code uses only bound names. If the tokens can't prove it, the interpreter decides. */
import { builtinNames } from '../interpreter/names/builtin-names.ts'
import { Kind } from '../tokens/token-kinds.ts'
import type { Tokens } from '../tokens/tokenize.ts'

/** Whether each name is bound before it's used. Adds new names to `bound`. */
export function usesBoundNames(tokens: Tokens, start: number, end: number, bound: Set<string>): boolean {
  const { kinds, starts, ends, text } = tokens
  const wordAt = (at: number): string => text.slice(starts[at], ends[at])
  bindTargets(tokens, start, end, bound)
  let open = 0
  for (let at = start; at < end; at++) {
    const kind = kinds[at] ?? Kind.end
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
    if (kind !== Kind.name || kinds[at - 1] === Kind.dot) continue
    const before = kinds[at - 1]
    const isKeyword = open > 0 && kinds[at + 1] === Kind.equal
    const isAssigned = open === 0 && (kinds[at + 1] === Kind.equal || isAnnotated(tokens, at))
    if (isAssigned || before === Kind.class || before === Kind.def || before === Kind.as)
      bound.add(wordAt(at))
    else if (!isKeyword && !isBound(wordAt(at), bound)) return false
    if (before !== Kind.def) continue
    if (!hasBoundDefaults(tokens, at + 1, bound)) return false
    at = endOfFunction(tokens, at + 1, end) - 1
  }
  return true
}

/** Binds loop targets in advance, because a comprehension uses them before its `for`. */
function bindTargets(
  { kinds, starts, ends, text }: Tokens,
  start: number,
  end: number,
  bound: Set<string>,
): void {
  let isTarget = false
  for (let at = start; at < end; at++) {
    if (kinds[at] === Kind.for) isTarget = true
    else if (kinds[at] === Kind.in) isTarget = false
    else if (isTarget && kinds[at] === Kind.name) bound.add(text.slice(starts[at], ends[at]))
  }
}

/** Whether the name begins a statement such as `name: annotation = …`. */
function isAnnotated({ kinds }: Tokens, at: number): boolean {
  const before = kinds[at - 1] ?? Kind.newline
  const begins = before === Kind.newline || before === Kind.indent || before === Kind.dedent
  return begins && kinds[at + 1] === Kind.colon
}

function isBound(name: string, bound: ReadonlySet<string>): boolean {
  return bound.has(name) || builtinNames.has(name) || name.startsWith('__')
}

/** Whether all names in parameter defaults are bound. `from` is the index of the first parameter token. */
export function hasBoundDefaults(tokens: Tokens, from: number, bound: ReadonlySet<string>): boolean {
  const { kinds, starts, ends, text } = tokens
  let open = 0
  let inDefault = false
  for (let at = from; ; at++) {
    const kind = kinds[at] ?? Kind.end
    if (kind >= Kind.openRound && kind <= Kind.closeCurly) open += kind % 2 === 0 ? 1 : -1
    if (open <= 0 || kind === Kind.end) return true
    if (open === 1 && kind === Kind.comma) inDefault = false
    else if (open === 1 && kind === Kind.equal) inDefault = true
    else if (inDefault && kind === Kind.name && kinds[at - 1] !== Kind.dot) {
      if (!isBound(text.slice(starts[at], ends[at]), bound)) return false
    }
  }
}

/** Returns the index of the token after a function's body. `from` is the index of the first parameter token. */
function endOfFunction({ kinds }: Tokens, from: number, end: number): number {
  let at = from
  while (at < end && kinds[at] !== Kind.newline) at++
  if (kinds[at + 1] !== Kind.indent) return at + 1
  let deep = 0
  for (at++; at < end; at++) {
    if (kinds[at] === Kind.indent) deep += 1
    if (kinds[at] === Kind.dedent && --deep === 0) return at + 1
  }
  return end
}
