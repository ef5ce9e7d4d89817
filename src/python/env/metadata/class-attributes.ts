/** Follows attributes of the repository's classes and their instances. */
import type { Expression } from '../../syntax/syntax-tree.ts'
import type { ClassValue, Follow, Followed, FunctionValue, Place } from './followed-values.ts'
import { metadataOfDecorator, metadataOfLibraryClass } from './metadata-model.ts'
import { everyNode, namesIn, possibleIn } from './module-names.ts'

/** Values of a class attribute; null if neither the class nor its bases have it. */
export function attributeOfClass(
  follow: Follow,
  cls: ClassValue,
  name: string,
  at: Place,
): readonly Followed[] | null {
  const { node, scope } = cls
  for (const decorator of name === 'metadata' ? node.decorator_list : []) {
    const found = metadataOfDecorator(decorator, scope, follow)
    if (found === undefined) return [follow.unknown(decorator, scope)]
    if (found !== null) return found
  }
  const own = namesIn(node.body, scope.module.tree)
  const bindings = own.bound.get(name)
  if (bindings)
    return follow.bindings(possibleIn(bindings, Infinity), { ...scope, inner: [own, ...scope.inner] }, node)
  for (const base of node.bases) {
    const found = attributeOfBase(follow, base, cls, name, at)
    if (found !== null) return found
  }
  // A metaclass could define the attribute.
  const meta = node.keywords.find(({ arg }) => arg === 'metaclass')
  return meta && !/^(?:\w+\.)*(?:ABCMeta|DeclarativeMeta)$/.test(scope.module.tree.sourceOf(meta.value))
    ? [follow.unknown(meta.value, scope)]
    : null
}

/** Returns the values that a base class provides for an attribute; null if it provides none. */
function attributeOfBase(
  follow: Follow,
  base: Expression,
  cls: ClassValue,
  name: string,
  at: Place,
): readonly Followed[] | null {
  const plain = base.nodeType === 'Subscript' ? base.value : base
  const found = follow.value(plain, cls.scope).map((one): readonly Followed[] | null => {
    if (one.kind === 'library') {
      if (name === 'registry') return null
      const known = name === 'metadata' ? metadataOfLibraryClass(one.path, cls, follow) : undefined
      return known === undefined ? [follow.unknown(base, cls.scope)] : known
    }
    if (one.kind === 'unknown')
      return /^(?:object|Exception|Generic|Protocol|ABC)$/.test(cls.scope.module.tree.sourceOf(plain))
        ? null
        : [one]
    return one.kind === 'class' || one.kind === 'base'
      ? follow.attribute(one, name, at)
      : [follow.unknown(base, cls.scope)]
  })
  if (found.every((one) => one === null)) return null
  return found.flatMap((one) => one ?? [follow.unknown(base, cls.scope)])
}

/** Returns the values that methods assign to `self.name`, falling back to the class attribute. */
export function attributeOfInstance(
  follow: Follow,
  cls: ClassValue,
  name: string,
  at: Place,
): readonly Followed[] | null {
  const { node, scope } = cls
  const assigned = node.body.flatMap((method) => {
    if (method.nodeType !== 'FunctionDef') return []
    const inside = {
      ...scope,
      inner: [namesIn(method.body, scope.module.tree), ...scope.inner],
      given: follow.parameters(method, scope),
    }
    return everyNode(method.body).flatMap((one) => {
      if (one.nodeType !== 'Assign') return []
      const isOwn = one.targets.some(
        (target) =>
          target.nodeType === 'Attribute' &&
          target.attr === name &&
          target.value.nodeType === 'Name' &&
          target.value.id === 'self',
      )
      return isOwn ? follow.value(one.value, inside) : []
    })
  })
  if (assigned.length > 0) return assigned
  const found = attributeOfClass(follow, cls, name, at)
  return found?.flatMap((one) => (one.kind === 'function' ? propertyValues(follow, one, at) : [one])) ?? null
}

/** Returns the possible values of a property; unknown if the function isn't a property. */
function propertyValues(follow: Follow, one: FunctionValue, at: Place): readonly Followed[] {
  const [decorator, ...others] = one.node.decorator_list
  const isProperty =
    decorator &&
    others.length === 0 &&
    /^(?:functools\.)?(?:cached_)?property$/.test(one.scope.module.tree.sourceOf(decorator))
  return isProperty ? follow.returned(one, new Map()) : [{ kind: 'unknown', at }]
}
