/** Finds a declarative base's models and their tables. */
import type { Run } from '../../interpreter/run.ts'
import { scopeOf } from '../../interpreter/modules.ts'
import {
  type ClassTerm,
  type Made,
  type Term,
  itemsOfTerm,
  stringOf,
  textTerm,
} from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { isPlainBase } from '../models.ts'
import { type ReadModule, readImports, withImports } from './imported-modules.ts'

/** Arguments to `sa.Table`, excluding the `MetaData`. */
export interface ModelTable {
  readonly name: string
  readonly args: readonly Term[]
}

/** Code that may add a table to a `MetaData` object. */
const declares =
  /__tablename__|__table__|\b[Tt]able\s*\(|\btable\s*=\s*True|automap|\bregistry\b|\bmap_imperatively\b/
/** Code that may import modules by name. */
const importsByName = /\bimportlib\b|\b__import__\b|\bpkgutil\b|\bimport_module\b|\bload_entry_point\b/

/**
 * Returns the tables for all models derived from a declarative base; null if uncertain. `started` contains the files
 * that Alembic runs: env.py and the migrations.
 */
export function tablesOfBase(
  base: Made,
  imported: readonly string[],
  started: readonly Uint8Array[],
  run: Run,
): readonly ModelTable[] | null {
  if (!isPlainBase(base)) return null
  const files = started.map((bytes) => readImports(bytes, null))
  if (files.includes(null)) return null
  const scripts = files.filter((file) => file !== null)
  const begun = [...imported, ...scripts.flatMap(({ certain: names }) => names)]
  const certain = withImports(begun, run.modules, 'certain')
  if (certain === null) return null
  const all = withImports(
    [...imported, ...scripts.flatMap(({ possible }) => possible)],
    run.modules,
    'possible',
  )
  if (all === null || !isComplete(certain, all, scripts, run)) return null
  const tables: ModelTable[] = []
  for (const [name, { text }] of certain) {
    if (!declares.test(text)) continue
    const found = modelsIn(name, base, run)?.map(tableOf) ?? [null]
    // A class may be declared in a function, conditionally, or under the name of another class.
    const declared = text.match(/__tablename__/g)?.length ?? 0
    if (found.includes(null) || found.length !== declared || /__table__|\b[Tt]able\s*\(/.test(text))
      return null
    tables.push(...found.filter((table) => table !== null))
  }
  return tables
}

/** Whether all modules that may declare tables are definitely imported. */
function isComplete(
  certain: ReadonlyMap<string, ReadModule>,
  all: ReadonlyMap<string, ReadModule>,
  scripts: readonly ReadModule[],
  run: Run,
): boolean {
  const others = [...all].flatMap(([name, module]) => (certain.has(name) ? [] : [module]))
  const reaches = ({ possible }: ReadModule): boolean =>
    possible.some((name) => run.modules.find(name) !== null)
  return (
    ![...all.values(), ...scripts].some(({ text }) => importsByName.test(text)) &&
    !others.some(({ text }) => declares.test(text)) &&
    !scripts.some((script) => declares.test(script.text) && reaches(script))
  )
}

/** Returns the module's classes that inherit only from this base; null if the module can't be interpreted. */
function modelsIn(module: string, base: Made, run: Run): readonly ClassTerm[] | null {
  const scope = scopeOf(module, run)
  if (scope === null) return null
  const classes = [...scope.names.values()].filter((term) => term.kind === 'class')
  return classes.filter(({ parents }) => parents.length === 1 && isSameBase(parents[0], base, run))
}

function isSameBase(parent: Term | undefined, base: Made, run: Run): boolean {
  if (parent?.kind !== 'imported' || parent.module === undefined) return parent === base
  const scope = scopeOf(parent.module, run)
  return scope?.names.get(parent.path.slice(parent.module.length + 1)) === base
}

function tableOf({ members, methods, annotated }: ClassTerm): ModelTable | null {
  const name = stringOf(members.get('__tablename__'))
  if (name === null || annotated.length > 0 || ![...methods.values()].every(isPlainMethod)) return null
  const args: Term[] = []
  for (const [attribute, member] of members) {
    if (/^__(?:tablename|doc)__$/.test(attribute)) continue
    if (attribute === '__table_args__') {
      const parts = itemsOfTerm(member)
      if (parts === null || !parts.every((part) => /Constraint$|^Index$/.test(classOf(part) ?? '')))
        return null
      args.push(...parts)
    } else if (member.kind === 'made' && classOf(member) === 'Column') args.push(named(member, attribute))
    else if (!isAside(attribute, member)) return null
  }
  return { name, args }
}

function isPlainMethod(method: Term): boolean {
  if (method.kind !== 'function' || method.node.nodeType === 'Lambda') return false
  return method.node.decorator_list.every(
    (one) => one.nodeType === 'Name' && /^(?:property|staticmethod|classmethod)$/.test(one.id),
  )
}

/** Whether a model's attribute has no effect on its table. */
function isAside(attribute: string, member: Term): boolean {
  if (attribute.startsWith('__')) return false
  if (member.kind === 'made') return /^(?:relationship|backref)$/.test(classOf(member) ?? '')
  return ['str', 'int', 'bool', 'none'].includes(member.kind)
}

/** Gives the column the attribute's name, unless the column already has a name. */
function named(column: Made, attribute: string): Made {
  const isNamed = column.args[0]?.kind === 'str' || column.keywords.has('name')
  return isNamed ? column : { ...column, args: [textTerm(attribute), ...column.args] }
}
