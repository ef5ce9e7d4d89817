/** Models subclasses of SQLAlchemy's `TypeDecorator` that the project defines. */
import type { ClassTerm, Made, Term } from '../interpreter/values.ts'

const typeDecorator = /^sqlalchemy\.(?:types\.|sql\.(?:sqltypes|type_api)\.)?TypeDecorator$/
/** Methods that convert or compare values. The others may change the column's type. */
const ofValues =
  /^(?:process_bind_param|process_result_value|process_literal_param|coerce_compared_value|compare_values|python_type|__repr__|__str__)$/

/** Returns whether the class is a `TypeDecorator` that always has the type in `impl`. */
export function isTypeDecorator(made: ClassTerm): boolean {
  return implOf(made) !== null
}

/** Returns the value of `impl`, which a class may inherit; null if the class isn't such a `TypeDecorator`. */
function implOf({ parents, members, methods }: ClassTerm): Term | null {
  const [parent, ...others] = parents
  if (!parent || others.length > 0 || ![...methods.keys()].every((name) => ofValues.test(name))) return null
  const inherited = parent.kind === 'class' ? implOf(parent) : null
  const isPlain = inherited !== null || (parent.kind === 'imported' && typeDecorator.test(parent.path))
  return isPlain ? (members.get('impl') ?? inherited) : null
}

/**
 * Returns the SQLAlchemy type that the database gets for a `TypeDecorator` created with these arguments. Returns null for
 * any other class, and for types that need more than a column.
 */
export function decoratedType(
  made: ClassTerm,
  { args, keywords, source }: Pick<Made, 'args' | 'keywords' | 'source'>,
): Made | null {
  const impl = implOf(made)
  if (impl?.kind !== 'made' && impl?.kind !== 'imported') return null
  if (!/^sqlalchemy\./.test(impl.path) || /\.(?:Enum|ENUM|Boolean|BOOLEAN)$/.test(impl.path)) return null
  // SQLAlchemy passes the arguments on only if `impl` is a class.
  return impl.kind === 'made'
    ? { ...impl, source }
    : { kind: 'made', path: impl.path, args, keywords, source }
}

/** Evaluates `MutableDict.as_mutable(type)`, which returns the type; null for any other call. */
export function mutableType(called: Term, args: readonly Term[]): Term | null {
  const [type, ...others] = args
  const isOfLibrary =
    called.kind === 'imported' && /^sqlalchemy\.ext\.mutable\.\w+\.as_mutable$/.test(called.path)
  const isMutable =
    isOfLibrary || (called.kind === 'member' && called.name === 'as_mutable' && isMutableClass(called.owner))
  return type && isMutable && others.length === 0 ? type : null
}

/** Returns whether the class extends one of SQLAlchemy's mutable types without changing `as_mutable`. */
function isMutableClass(term: Term): boolean {
  if (term.kind !== 'class' || term.methods.has('as_mutable')) return false
  return term.parents.some(
    (parent) => parent.kind === 'imported' && /^sqlalchemy\.ext\.mutable\.\w+$/.test(parent.path),
  )
}
