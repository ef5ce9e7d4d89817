/** Answers pending migrations' schema queries from the simulated schema. */
import type { ObjectName } from '../../history/operation.ts'
import type {
  CatalogColumn,
  CatalogConstraint,
  CatalogIndex,
  CatalogKey,
  CatalogNamedConstraint,
  CatalogRelation,
  CatalogTable,
  Listed,
  LiveCatalog,
} from '../../history/live-catalog.ts'
import { isEmptyTable } from '../objects/new-rows.ts'
import {
  type SimulatedColumn,
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  findSchema,
  folded,
  indexesOf,
  isFetched,
  keyOf,
} from '../simulated-schema.ts'

/** Returns a view of the simulated schema as a catalog. The view stays up to date as operations are simulated. */
export function liveCatalog(world: SimulatedSchema): LiveCatalog {
  return {
    dialect: world.dialect.name,
    defaultSchema: world.defaultSchema,
    resolve: (name, kind) => {
      const { presence, value } = findRelation(world, name, kind)
      if (presence === 'absent') return 'absent'
      return value && !value.likely ? relationOf(world, value) : null
    },
    named: (name, kind) => {
      const all = [...world.relations.values()].filter(
        (one) =>
          (one.kind === 'index') === (kind === 'index') && folded(world, one.name) === folded(world, name),
      )
      const known = all.filter(({ likely }) => !likely).map((one) => relationOf(world, one))
      const open =
        isOpen(world, 'relations') || (kind === 'index' && isOpen(world, 'indexes', 'keys', 'parts'))
      const certain = known.length === all.length && isFetched(world, name) && !open
      return { known, perhaps: certain && !keysNamed(world.doubtful, world, name) ? [] : 'any' }
    },
    keysTo: (name) => keysTo(world, name),
    constraintsNamed: (name) => constraintsNamed(world, name),
    typesNamed: (name) => {
      if (!isFetched(world, name) || isOpen(world, 'types')) return null
      return [...world.types].flatMap(([key, { values }]) => {
        const [schema = '', own = ''] = key.split('\0')
        return own === name ? [{ schema, name, labels: values && [...values] }] : []
      })
    },
    tableNames: (schema) => tableNames(world, schema),
    isEmpty: (name) => isEmptyTable(world, name),
    hasOneSchema: hasOneSchema(world),
    schemaNames: schemaNames(world),
    hasSchema: (name) => {
      if (world.schemas.has(name)) return true
      const known = world.listed?.schemas.includes(name)
      if (known !== undefined && !world.open.has('schemas')) return known
      const presence = findSchema(world, name)
      return presence === 'unsure' ? null : presence === 'present'
    },
  }
}

function hasOneSchema({ dialect, listed, schemas, open, defaultSchema }: SimulatedSchema): boolean {
  if (!listed || open.has('schemas')) return false
  return [...listed.schemas, ...schemas.keys()].every(
    (name) => name === defaultSchema || dialect.schemas?.isSystem(name) === true,
  )
}

function schemaNames({ dialect, listed, schemas, open }: SimulatedSchema): readonly string[] | null {
  if (!listed || open.has('schemas') || !dialect.schemas) return null
  const names = new Set([...listed.schemas, ...schemas.keys()])
  return [...names].filter((name) => !/^pg./.test(name)).toSorted()
}

function isOpen(
  { open }: SimulatedSchema,
  ...kinds: readonly ('relations' | 'indexes' | 'keys' | 'parts' | 'types')[]
): boolean {
  return kinds.some((kind) => open.has(kind))
}

function keysNamed(keys: ReadonlySet<string>, world: SimulatedSchema, name: string): boolean {
  const own = folded(world, name)
  return [...keys].some((key) => key.slice(key.indexOf('\0') + 1) === own)
}

function relationOf(world: SimulatedSchema, relation: SimulatedRelation): CatalogRelation {
  const { kind, schema, name, table, pending, invalid } = relation
  return {
    kind,
    schema,
    name,
    table: kind === 'table' && table ? tableOf(world, table) : null,
    owner: kind === 'index' ? nameOf(world, table) : null,
    ...(invalid && { invalid }),
    owned: !world.rightsKept
      ? null
      : pending
        ? true
        : kind === 'table'
          ? (table?.access?.owned ?? null)
          : null,
  }
}

function nameOf(world: SimulatedSchema, table: SimulatedTable | null): string | null {
  for (const one of world.relations.values()) if (one.kind === 'table' && one.table === table) return one.name
  return null
}

function tableOf(world: SimulatedSchema, table: SimulatedTable): CatalogTable {
  const columns = [...table.columns.values()].map(columnOf)
  const areKnown = table.columnsSure && [...table.columns.values()].every(({ perhaps }) => !perhaps)
  return {
    columns: areKnown ? columns : null,
    primaryKey: areKnown ? primaryKeyOf(table) : null,
    indexes: table.columnsSure ? indexesListed(world, table) : { known: [], perhaps: 'any' },
    constraints: table.columnsSure ? constraintsListed(world, table) : { known: [], perhaps: 'any' },
  }
}

function columnOf({
  name,
  type,
  nullable,
  serverDefault,
  generated,
  isEnum,
  enum: named,
}: SimulatedColumn): CatalogColumn {
  return {
    name,
    type,
    nullable,
    ...(serverDefault === null && { hasNoDefault: true as const }),
    ...((isEnum ?? named) && { isEnum: true as const }),
    ...(generated && { generated }),
  }
}

function primaryKeyOf({ constraints, namesSure }: SimulatedTable): readonly string[] | null {
  const [key, ...others] = [...constraints.values()].filter(({ kind }) => kind === 'primaryKey')
  if (key === undefined) return namesSure ? [] : null
  return key.sure && others.length === 0 ? key.columns : null
}

/** Sorts indexes by name, as PostgreSQL and SQLAlchemy do. */
function indexesListed(world: SimulatedSchema, table: SimulatedTable): Listed<CatalogIndex> {
  const known = indexesOf(world, table)
    .filter(({ likely }) => !likely)
    .map(({ name, columns }) => ({ name, columns }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return { known, perhaps: table.unlistedIndexes === true || isOpen(world, 'indexes') ? 'any' : [] }
}

function constraintsListed(world: SimulatedSchema, table: SimulatedTable): Listed<CatalogConstraint> {
  const all = [...table.constraints].map(
    ([name, { kind, columns, sure, likely, target, targetColumns, refersTo }]) => ({
      one: {
        name,
        kind,
        columns,
        ...targetOf(world, target, refersTo),
        ...(targetColumns && { targetColumns }),
      },
      sure: sure && !likely && (kind !== 'foreignKey' || world.foreignKeysSure),
    }),
  )
  // Unnamed primary keys are stored under a placeholder name that no real constraint can have.
  const named = all.filter(({ one }) => one.name !== ' primary key')
  const known = named.filter(({ sure }) => sure).map(({ one }) => one)
  const perhaps = named.filter(({ sure }) => !sure).map(({ one }) => one)
  return { known, perhaps: table.namesSure ? perhaps : 'any' }
}

/** Lists the foreign keys that reference the table. The list is incomplete if any table may have unlisted keys. */
function keysTo(world: SimulatedSchema, name: ObjectName): Listed<CatalogKey> {
  const target = world.relations.get(keyOf(world, name))?.table
  if (!target) return { known: [], perhaps: 'any' }
  const known: CatalogKey[] = []
  let isComplete = world.foreignKeysSure && !isOpen(world, 'relations')
  for (const { kind, table, ...place } of world.relations.values()) {
    if (kind !== 'table' || table === null) continue
    if (!table.namesSure || table.partsDoubtful || !table.columnsSure) isComplete = false
    for (const [
      own,
      { kind: part, columns, sure, likely, target: other, targetColumns, refersTo },
    ] of table.constraints) {
      if (part !== 'foreignKey') continue
      const isOfTarget = other ? other === target : refersTo && isNamed(target, refersTo)
      if (other === undefined && refersTo === undefined) isComplete = false
      if (!isOfTarget) continue
      if (!sure || likely) isComplete = false
      else
        known.push({
          table: { schema: place.schema, name: place.name },
          key: { name: own, kind: part, columns, ...(targetColumns && { targetColumns }) },
        })
    }
  }
  // A table that is uncertain or wasn't fetched may reference the target.
  const tables = [...world.doubtful].filter(
    (key) => !world.onlySequences.has(key) && !world.onlyIndexes.has(key),
  )
  const others = target.dependents.some(({ kind, owner }) => kind === 'foreign key' && owner === null)
  return { known, perhaps: isComplete && tables.length === 0 && !others ? [] : 'any' }
}

/**
 * Lists the constraints with a name. Incomplete if a table's constraints are uncertain, or if the name may belong to a
 * constraint that the simulation doesn't track: on another table, on a domain, or of a constraint trigger.
 */
function constraintsNamed(world: SimulatedSchema, name: string): Listed<CatalogNamedConstraint> {
  const own = folded(world, name)
  const known: CatalogNamedConstraint[] = []
  let isComplete =
    isFetched(world, name) &&
    !isOpen(world, 'relations', 'keys', 'types') &&
    !mayBeUntracked(world, own) &&
    [...world.doubtful].every((key) => world.onlySequences.has(key) || world.onlyIndexes.has(key))
  for (const relation of world.relations.values()) {
    const { kind, table, schema, name: of, likely } = relation
    if (kind !== 'table' || table === null) continue
    if (likely || table.children || table.partsDoubtful || !table.columnsSure) isComplete = false
    const { known: sure, perhaps } = constraintsListed(world, table)
    if (perhaps === 'any' || perhaps.some((one) => folded(world, one.name) === own)) isComplete = false
    const constraint = sure.find((one) => folded(world, one.name) === own)
    if (!constraint || likely || !table.columnsSure) continue
    known.push({ table: { schema, name: of }, owned: relationOf(world, relation).owned, constraint })
  }
  return { known, perhaps: isComplete ? [] : 'any' }
}

/** Whether a constraint that the simulation doesn't track may have this name. */
function mayBeUntracked(world: SimulatedSchema, name: string): boolean {
  // Since PostgreSQL 18, NOT NULL is a constraint, too.
  if (/_not_null\d*$/.test(name)) return true
  if (world.callers.some((one) => one.name === null || folded(world, one.name) === name)) return true
  if ([...world.types.values()].some(({ pending, values }) => pending && values === null)) return true
  return [...world.otherConstraints].some((key) => key.slice(key.indexOf('\0') + 1) === name)
}

function isNamed({ origin }: SimulatedTable, { schema, name }: ObjectName): boolean {
  return origin !== null && origin.schema === schema && origin.name === name
}

/** Returns the current name of a foreign key's target table. */
function targetOf(
  world: SimulatedSchema,
  target: SimulatedTable | undefined,
  refersTo: ObjectName | undefined,
): { readonly target?: string } {
  const tables = [...world.relations.values()].filter(({ kind }) => kind === 'table')
  const found = tables.find(
    ({ table }) =>
      table &&
      (target
        ? table === target
        : table.origin !== null &&
          table.origin.name === refersTo?.name &&
          table.origin.schema === refersTo.schema),
  )
  const name = found?.name ?? (target ? undefined : refersTo?.name)
  return name === undefined ? {} : { target: name }
}

function tableNames(world: SimulatedSchema, schema: string | null): Listed<string> | null {
  const { listed, fetched, dialect } = world
  if (world.open.has('relations') || (fetched !== null && listed === null)) return null
  if (schema === null && world.defaultSchema === undefined) return null
  const where = schema ?? world.defaultSchema ?? null
  /**
   * For unqualified names, SQLAlchemy 1.4 searches only the first schema of the search path; 2.0 searches all of
   * them.
   */
  const others =
    schema === null && dialect.schemas !== null ? world.searchPath.filter((one) => one !== where) : []
  const known: string[] = []
  const perhaps: string[] = []
  const put = (place: string | null, name: string): void => {
    const doubtful = world.doubtful.has(
      dialect.schemas === null ? folded(world, name) : `${place ?? ''}\0${name}`,
    )
    if (dialect.schemas === null || place === where) (doubtful ? perhaps : known).push(name)
    else if (place !== null && others.includes(place)) perhaps.push(name)
  }
  for (const { schema: place, name } of listed?.tables ?? []) if (!isFetched(world, name)) put(place, name)
  for (const one of world.relations.values()) if (one.kind === 'table') put(one.schema, one.name)
  for (const key of world.doubtful) {
    if (world.onlySequences.has(key)) continue
    const [place, name] = dialect.schemas === null ? [where, key] : key.split('\0')
    if (name !== undefined && !known.includes(name)) put(place ?? null, name)
  }
  return { known: known.toSorted(), perhaps: [...new Set(perhaps)].filter((name) => !known.includes(name)) }
}
