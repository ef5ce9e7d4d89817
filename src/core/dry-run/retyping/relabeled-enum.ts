/**
 * Simulates libraries that change an enum's labels. They rename the type, create it again, convert its columns, and
 * drop the old type.
 */
import { isPlainName } from '../../expressions/parse-expression.ts'
import type { ObjectName, Relabeling, Unrelated } from '../../history/operation.ts'
import { requireTable } from '../preconditions.ts'
import { requireSchemaCreate, requireTypeOwner } from '../privileges.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  type SimulatedType,
  addType,
  findType,
  folded,
  isCutOff,
  isDoubtful,
  keyOf,
  occupant,
  typeNamed,
} from '../simulated-schema.ts'
import { isFree } from './retyped-column.ts'
import { namesIn } from '../objects/table-names.ts'

/** Temporary name of the old type. */
export function oldName({ schema, name }: ObjectName): ObjectName {
  return { schema, name: `${name}_old` }
}

/** Gives the enum its new labels if the change definitely succeeds. Returns whether it does. */
export function relabelsEnum(world: SimulatedSchema, { relabels, changes }: Unrelated): boolean {
  const [name] = changes?.names ?? []
  if (!relabels || !name || !world.dialect.verifiesConstraints) return false
  const { presence, value, name: full } = findType(world, name)
  if (presence !== 'present' || !value?.values || !isFreeToChange(world, full, value)) return false
  const enumType = `enum ${keyOf(world, full).replace('\0', '.')}`
  const users = usersOf(world, enumType, full)
  const converted = relabels.columns.map((one) => convertedColumn(world, one, enumType, value, relabels))
  if (converted.includes(null)) return false
  const keys = new Set(converted)
  const isComplete = users.every((key) => keys.has(key)) && dependsOnlyOn(value, relabels)
  if (!isComplete || keys.size < converted.length) return false
  addType(world, full, { ...value, values: new Set(relabels.labels), pending: true })
  world.newLabels.delete(keyOf(world, full))
  return true
}

/** Whether the role can recreate the type, and whether both names are plain and free. */
function isFreeToChange(world: SimulatedSchema, full: ObjectName, { owned }: SimulatedType): boolean {
  const { defaultSchema } = world
  const old = oldName(full)
  // A table with unknown columns may use the type.
  const isKnown =
    [...world.relations.values()].every(({ table }) => !table || table.columnsSure) &&
    [...world.doubtful].every((key) => world.onlyIndexes.has(key) || world.onlySequences.has(key))
  const isTaken = typeNamed(world, old) !== null || occupant(world, old) !== null || isDoubtful(world, old)
  const mayCreate = (schema: string | null): boolean => requireSchemaCreate(world, schema, 'create') === null
  return (
    isKnown &&
    isPlainName(full.name) &&
    !isCutOff(world, old.name) &&
    !isTaken &&
    !world.open.has('types') &&
    !world.open.has('relations') &&
    world.castsSure &&
    world.routinesSure &&
    world.accessSure &&
    typeof defaultSchema === 'string' &&
    mayCreate(defaultSchema) &&
    mayCreate(full.schema) &&
    requireTypeOwner(world, owned, full) === null
  )
}

/** Returns the column's key; null unless its conversion definitely succeeds. */
function convertedColumn(
  world: SimulatedSchema,
  { table: of, column: name }: Relabeling['columns'][number],
  enumType: string,
  { values }: SimulatedType,
  { labels }: Relabeling,
): string | null {
  const needed = requireTable(world, of, 'alter')
  if (!needed.ok || !isPlainName(of.name) || !isPlainName(name)) return null
  const { table, found } = needed.value
  const column = table.columns.get(folded(world, name))
  if (column?.serverDefault !== null || table.children || table.related) return null
  const keepsAll = [...(values ?? [])].every((label) => labels.includes(label))
  const names = namesIn(world, { ...table, name: found.name.name })
  if (names.column(null, name) !== enumType || (!keepsAll && table.rows !== 'none')) return null
  return isFree(world, table, name, column, enumType) ? keyOfColumn(world, found.name, name) : null
}

/** Keys of all known columns whose type is the enum or an array of that enum. */
function usersOf(world: SimulatedSchema, enumType: string, { name }: ObjectName): readonly string[] {
  const isArray = ({ type }: { readonly type: string | null }): boolean =>
    type?.endsWith('[]') === true && type.includes(name)
  return [...world.relations.values()].flatMap(({ kind, table, ...relation }) => {
    if (kind !== 'table' || !table || table.dropped) return []
    const names = namesIn(world, { ...table, name: relation.name })
    return columnsOf(table)
      .filter(([column, held]) => names.column(null, column) === enumType || isArray(held))
      .map(([column]) => keyOfColumn(world, relation, column))
  })
}

function columnsOf({
  columns,
}: SimulatedTable): readonly (readonly [string, { readonly type: string | null }])[] {
  return [...columns]
}

/** Whether nothing but the converted columns depended on the type before the upgrade. */
function dependsOnlyOn({ dependents = [] }: SimulatedType, { columns }: Relabeling): boolean {
  return dependents.every(
    ({ kind, name, schema, table }) =>
      kind === 'column' &&
      columns.some(
        (one) => one.column === name && one.table.name === table && (one.table.schema ?? schema) === schema,
      ),
  )
}

function keyOfColumn(world: SimulatedSchema, table: ObjectName, column: string): string {
  return `${keyOf(world, table)}\0${folded(world, column)}`
}
