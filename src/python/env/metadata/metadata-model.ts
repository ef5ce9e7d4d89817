/**
 * Models how SQLAlchemy, SQLModel and Flask-SQLAlchemy create `MetaData` (sqlalchemy/orm/decl_api.py,
 * flask_sqlalchemy/extension.py).
 */
import type { Expression, NodeOf, SyntaxNode } from '../../syntax/syntax-tree.ts'
import { namesIn } from './module-names.ts'
import type { ClassValue, Follow, Followed, MetadataValue, Scope } from './followed-values.ts'

type Call = NodeOf<'Call'>

/** A `MetaData` value without a naming convention. */
function plainMetadata(made: SyntaxNode | string, path: string): MetadataValue {
  return { kind: 'metadata', made, path, convention: null }
}

/** A keyword argument's value; undefined if missing, null if unpacked arguments may contain it. */
function keywordOf({ keywords }: Call, name: string): Expression | null | undefined {
  const found = keywords.find(({ arg }) => arg === name)
  if (found) return found.value
  return keywords.some(({ arg }) => arg == null) ? null : undefined
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

const isSqlalchemy = (path: string): boolean => /^(?:sqlalchemy|sqlmodel)\./.test(path)
const isFlaskSqlalchemy = (path: string): boolean => /^flask_sqlalchemy\.(?:\w+\.)*SQLAlchemy$/.test(path)
const isMigrate = (path: string): boolean => /^flask_migrate\.(?:\w+\.)*Migrate$/.test(path)

/** Result of calling a library's function or class; null if the guard doesn't model it. */
export function callOfLibrary(
  path: string,
  call: Call,
  scope: Scope,
  follow: Follow,
): readonly Followed[] | null {
  if (isFlaskSqlalchemy(path)) return flaskObject(call, scope, follow)
  if (isMigrate(path)) {
    const db = call.args[1] ?? keywordOf(call, 'db')
    return [{ kind: 'migrate', db: db ? follow.value(db, scope) : [] }]
  }
  if (/^typing(?:_extensions)?\.cast$/.test(path)) {
    const [, cast] = call.args
    return cast ? follow.value(cast, scope) : null
  }
  if (!isSqlalchemy(path)) return null
  switch (lastOf(path)) {
    case 'MetaData':
      return [metadataOf(call, scope, follow)]
    case 'automap_base':
      if (keywordOf(call, 'declarative_base') !== undefined) return null
      return [{ kind: 'base', metadata: givenMetadata(call, scope, follow) }]
    case 'declarative_base':
      return [{ kind: 'base', metadata: givenMetadata(call, scope, follow) }]
    case 'registry':
      return [{ kind: 'registry', metadata: givenMetadata(call, scope, follow) }]
    default:
      return null
  }
}

/**
 * Before SQLAlchemy 2, `naming_convention` could be positional: `MetaData(bind, schema, quote_schema,
 * naming_convention)`.
 */
function metadataOf(call: Call, scope: Scope, follow: Follow): Followed {
  const convention = keywordOf(call, 'naming_convention')
  const isStarred = call.args.some(({ nodeType }) => nodeType === 'Starred')
  if (convention === null || isStarred || call.args.length > 2) return follow.unknown(call, scope)
  return {
    kind: 'metadata',
    made: call,
    path: scope.module.path,
    convention: convention ? { node: convention, scope } : null,
  }
}

/** The metadata passed as `metadata=…`, or new metadata. */
function givenMetadata(call: Call, scope: Scope, follow: Follow): readonly Followed[] {
  const given = keywordOf(call, 'metadata')
  if (given === null || call.args.length > 0) return [follow.unknown(call, scope)]
  if (given === undefined) return [plainMetadata(call, scope.module.path)]
  return follow
    .value(given, scope)
    .map((one) => (one.kind === 'none' ? plainMetadata(call, scope.module.path) : one))
}

/** Models `SQLAlchemy(…)` in Flask-SQLAlchemy 2 and 3. */
function flaskObject(call: Call, scope: Scope, follow: Follow): readonly Followed[] {
  const given = keywordOf(call, 'metadata')
  const model = keywordOf(call, 'model_class')
  if (given === null || model === null || call.args.length > 1) return [follow.unknown(call, scope)]
  const own: Followed = plainMetadata(call, scope.module.path)
  const ofModel = (): readonly Followed[] =>
    model === undefined
      ? [own]
      : follow
          .value(model, scope)
          .flatMap((one) => metadataOfModel(one, own, { path: scope.module.path, node: call }, follow))
  const metadata =
    given === undefined
      ? ofModel()
      : follow.value(given, scope).flatMap((one) => (one.kind === 'none' ? ofModel() : [one]))
  return [{ kind: 'flask', metadata }]
}

function metadataOfModel(
  model: Followed,
  own: Followed,
  at: { path: string; node: SyntaxNode },
  follow: Follow,
): readonly Followed[] {
  if (model.kind === 'library') {
    if (/^flask_sqlalchemy\.(?:\w+\.)*(?:Base)?Model$/.test(model.path)) return [own]
    // Flask-SQLAlchemy makes this class a declarative base with new metadata.
    if (/^sqlalchemy\.orm\.(?:\w+\.)*DeclarativeBase(?:NoMeta)?$/.test(model.path)) return [own]
    const metadata = metadataOfLibraryClass(model.path, null, follow)
    return metadata === undefined ? [{ kind: 'unknown', at }] : (metadata ?? [own])
  }
  if (model.kind === 'unknown') return [model]
  return follow.attribute(model, 'metadata', at) ?? [own]
}

/** Classes without metadata that a model may inherit from. */
const withoutMetadata =
  /^(?:builtins\.object|object|typing(?:_extensions)?\.\w+|abc\.ABC|enum\.\w+|dataclasses\.\w+|sqlalchemy\.ext\.asyncio\.(?:\w+\.)*AsyncAttrs|sqlalchemy\.(?:\w+\.)*MappedAsDataclass|flask_sqlalchemy\.(?:\w+\.)*(?:Base)?Model|oslo_db\.sqlalchemy\.models\.\w+)$/

/**
 * Returns the `metadata` values of a library class that `owner` inherits from. Null if it has none; undefined if the
 * class is unknown.
 */
export function metadataOfLibraryClass(
  path: string,
  owner: ClassValue | null,
  follow: Follow,
): readonly Followed[] | null | undefined {
  if (/^sqlmodel\.(?:\w+\.)*SQLModel$/.test(path)) return [plainMetadata('sqlmodel.SQLModel', '')]
  if (/^sqlalchemy\.orm\.(?:\w+\.)*DeclarativeBase(?:NoMeta)?$/.test(path) && owner) {
    const registry = follow.attribute(owner, 'registry', { path: owner.scope.module.path, node: owner.node })
    return registry
      ? registry.flatMap((one) =>
          one.kind === 'registry' ? one.metadata : [follow.unknown(owner.node, owner.scope)],
        )
      : [plainMetadata(owner.node, owner.scope.module.path)]
  }
  return withoutMetadata.test(path) ? null : undefined
}

/**
 * Returns the metadata that a class decorator assigns. Null if it assigns none; undefined if the decorator is
 * unknown.
 */
export function metadataOfDecorator(
  decorator: Expression,
  scope: Scope,
  follow: Follow,
): readonly Followed[] | null | undefined {
  const call = decorator.nodeType === 'Call' ? decorator : null
  const func = call?.func ?? decorator
  if (
    func.nodeType === 'Attribute' &&
    /^(?:as_declarative_base|mapped|mapped_as_dataclass)$/.test(func.attr)
  ) {
    const owner = follow.value(func.value, scope)
    if (owner.length > 0 && owner.every(({ kind }) => kind === 'registry'))
      return func.attr === 'as_declarative_base'
        ? owner.flatMap((one) => (one.kind === 'registry' ? one.metadata : []))
        : null
  }
  const all = follow.value(func, scope)
  const [only, ...more] = all
  if (only?.kind !== 'library' || more.length > 0) return undefined
  if (/^sqlalchemy\.(?:\w+\.)*as_declarative$/.test(only.path))
    return call ? givenMetadata(call, scope, follow) : undefined
  return /^(?:dataclasses|typing|typing_extensions|functools|attr|attrs)\.|^sqlalchemy\.orm\.mapped_as_dataclass$/.test(
    only.path,
  )
    ? null
    : undefined
}

/** Whether the class directly extends Flask-SQLAlchemy's `SQLAlchemy` without changing how metadata is created. */
export function isPlainFlaskClass(cls: ClassValue, bases: readonly (readonly Followed[])[]): boolean {
  const { node, scope } = cls
  const [base, ...others] = bases
  const [only, ...more] = base ?? []
  const isPlain =
    only?.kind === 'library' && isFlaskSqlalchemy(only.path) && more.length + others.length === 0
  const names = [...namesIn(node.body, scope.module.tree).bound.keys()]
  return isPlain && node.decorator_list.length === 0 && !names.some((name) => replacing.test(name))
}

/** Members that a subclass of `SQLAlchemy` can override to change its metadata. */
const replacing = /^(?:__init__|__new__|_?make_declarative_base|_make_metadata|metadatas?|Model)$/
