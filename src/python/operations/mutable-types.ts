/** Models SQLAlchemy's mutable types (sqlalchemy/ext/mutable.py). */
import type { Term } from '../interpreter/values.ts'

/** Evaluates `MutableDict.as_mutable(type)`, which returns `type`; null for any other call. */
export function mutableType(called: Term, args: readonly Term[]): Term | null {
  const isMutable =
    called.kind === 'imported'
      ? called.path.endsWith('.as_mutable') && ofLibrary.test(called.path)
      : called.kind === 'member' && called.name === 'as_mutable' && isMutableClass(called.owner)
  return isMutable && args.length === 1 ? (args[0] ?? null) : null
}

const ofLibrary = /^sqlalchemy\.ext\.mutable\.\w+\.as_mutable$/

/** Whether the class extends one of SQLAlchemy's mutable types without overriding `as_mutable`. */
function isMutableClass(term: Term): boolean {
  if (term.kind !== 'class' || term.methods.has('as_mutable')) return false
  return term.parents.some(
    (parent) => parent.kind === 'imported' && /^sqlalchemy\.ext\.mutable\.\w+$/.test(parent.path),
  )
}
