/** Models SQLAlchemy's mutable types (sqlalchemy/ext/mutable.py). */
import type { Term } from '../interpreter/values.ts'

/** Evaluates `MutableDict.as_mutable(type)`, which returns `type`; null for any other call. */
export function mutableType(called: Term, args: readonly Term[]): Term | null {
  const [type, ...others] = args
  const isOfLibrary =
    called.kind === 'imported' && /^sqlalchemy\.ext\.mutable\.\w+\.as_mutable$/.test(called.path)
  const isMutable =
    isOfLibrary || (called.kind === 'member' && called.name === 'as_mutable' && isMutableClass(called.owner))
  return type && isMutable && others.length === 0 ? type : null
}

/** Whether the class extends one of SQLAlchemy's mutable types without overriding `as_mutable`. */
function isMutableClass(term: Term): boolean {
  if (term.kind !== 'class' || term.methods.has('as_mutable')) return false
  return term.parents.some(
    (parent) => parent.kind === 'imported' && /^sqlalchemy\.ext\.mutable\.\w+$/.test(parent.path),
  )
}
