/**
 * Determines the database type for one of the project's `TypeDecorator` classes (`TypeDecorator.type_engine` in
 * sqlalchemy/sql/type_api.py).
 */
import { callFunction } from '../interpreter/functions.ts'
import { type Call, type Run, sourceOf } from '../interpreter/run.ts'
import type { ClassTerm, Instance, Made, Term } from '../interpreter/values.ts'
import { asDecorated, typeFacts } from './column-types.ts'

/** The base class of all type decorators. */
const decorator = /^sqlalchemy\.(?:\w+\.)*TypeDecorator$/

/** Returns whether the term is a project class whose only base is `TypeDecorator`. */
export function isTypeDecorator(term: Term): term is ClassTerm {
  if (term.kind !== 'class' || term.parents.length !== 1) return false
  const [parent] = term.parents
  return parent !== undefined && (isLibraryDecorator(parent) || isTypeDecorator(parent))
}

function isLibraryDecorator(term: Term): boolean {
  return term.kind === 'imported' && decorator.test(term.path)
}

/** Members that change how SQLAlchemy finds the type, or how it copies or creates the object. */
const decisive =
  /^(?:copy|adapt|type_engine|dialect_impl|get_col_spec|with_variant|impl_instance|_(?:gen|set|variant|unwrapped)_\w*|__(?:new|call|visit_name|getattr|getattribute|init_subclass|class_getitem)__)$/

/**
 * Returns the library type that SQLAlchemy uses to create a column of a type such as `GUID()`. Returns null if unknown.
 * `dialect` is the term for the connection's dialect.
 */
export function decoratedType(type: ClassTerm, call: Call, dialect: Term, run: Run): Made | null {
  const lineage = lineageOf(type)
  const members = new Map(lineage.toReversed().flatMap((one) => [...one.members]))
  const methods = new Map(lineage.toReversed().flatMap((one) => [...one.methods]))
  if ([...members.keys(), ...methods.keys()].some((name) => decisive.test(name))) return null
  if (methods.has('impl') || lineage.some((one) => compiled.has(one))) return null
  const loads = methods.get('load_dialect_impl')
  const initializes = methods.has('__init__')
  const impl = initializes ? null : implOf(members.get('impl'), call, dialect, run)
  if (loads === undefined) return impl
  if (loads.kind !== 'function' || loads.decorated || members.has('load_dialect_impl')) return null
  const self: Instance = {
    kind: 'instance',
    class: type,
    fields: new Map(impl ? [['impl', impl]] : []),
    // A project's `__init__` may set any attribute.
    spoiled: initializes,
  }
  const before = run.silent
  run.silent = true
  const loaded = callFunction({ ...loads, self }, [dialect], new Map(), call.node, run)
  run.silent = before
  const found = libraryType(loaded, call, dialect, run)
  // Whether an integer key gets a sequence depends on `impl`, not on the type that `load_dialect_impl` returns.
  return found && /Int(?:eger)?$|INT/i.test(found.path) ? null : found
}

/** Returns the class and its base classes in the project, nearest first. */
function lineageOf(type: ClassTerm): readonly ClassTerm[] {
  const [parent] = type.parents
  return parent?.kind === 'class' ? [type, ...lineageOf(parent)] : [type]
}

/**
 * Returns the object that `TypeDecorator.__init__` stores as `impl`. If `impl` is a class, the call's arguments are
 * passed to that class.
 */
function implOf(impl: Term | undefined, call: Call, dialect: Term, run: Run): Made | null {
  if (impl === undefined) return null
  if (impl.kind === 'imported' && impl.path.startsWith('sqlalchemy.')) {
    const { args, keywords } = call
    const source = sourceOf(run, call.node)
    return known({ kind: 'made', path: impl.path, args, keywords, source })
  }
  if (isTypeDecorator(impl)) return decoratedType(impl, call, dialect, run)
  return libraryType(impl, call, dialect, run)
}

function libraryType(term: Term, call: Call, dialect: Term, run: Run): Made | null {
  if (term.kind === 'imported' || isTypeDecorator(term)) {
    return implOf(term, { ...call, args: [], keywords: new Map() }, dialect, run)
  }
  return term.kind === 'made' ? known(term) : null
}

/**
 * Returns the type. Null if its spelling is unknown, or if creating a column of this type also creates other objects.
 */
function known(type: Made): Made | null {
  const facts = typeFacts(type, type.source)
  const created = facts.enum !== null || facts.type.enum !== null || facts.type.check === true
  return created || (facts.type.postgres === null && facts.type.sqlite === null) ? null : asDecorated(type)
}

/** Classes with `@compiles`: the project itself writes their SQL. */
const compiled = new WeakSet<ClassTerm>()

/** Records that `@compiles(type)` changes how SQLAlchemy spells the type. */
export function noteCompiled(type: Term | undefined): void {
  if (type?.kind === 'class') compiled.add(type)
}
