/** The schema that the operations should create. */
import type { Column, Constraint, Operation } from '../../src/core/history/operation.ts'

interface StatedTable {
  readonly columns: Map<string, Column>
  readonly constraints: Constraint[]
  readonly indexes: { name: string | null; unique: boolean; columns: readonly (string | null)[] }[]
}

export interface StatedSchema {
  readonly tables: Map<string, StatedTable>
  readonly enums: Map<string, readonly string[]>
}

/** Applies the operations to the schema. Throws if an operation is unexpected. */
export function apply(schema: StatedSchema, steps: readonly Operation[]): void {
  const table = (name: string): StatedTable => {
    const found = schema.tables.get(name)
    if (!found) throw new Error(`no table ${name}`)
    return found
  }
  for (const step of steps) {
    switch (step.kind) {
      case 'createTable':
        if (step.ifNotExists && schema.tables.has(step.table.name)) break
        schema.tables.set(step.table.name, {
          columns: new Map((step.columns ?? []).map((column) => [column.name, column])),
          constraints: [...step.constraints],
          indexes: [...step.indexes],
        })
        break
      case 'dropTable':
        schema.tables.delete(step.table.name)
        break
      case 'renameTable':
        schema.tables.set(step.to.name, table(step.table.name))
        schema.tables.delete(step.table.name)
        break
      case 'addColumn': {
        const { columns, constraints, indexes } = table(step.table.name)
        if (columns.has(step.column.name) && step.ifNotExists) break
        columns.set(step.column.name, step.column)
        constraints.push(...step.constraints)
        indexes.push(...step.indexes)
        break
      }
      case 'dropColumn': {
        const held = table(step.table.name)
        held.columns.delete(step.column)
        const keeps = (one: { readonly columns: readonly (string | null)[] }): boolean =>
          !one.columns.includes(step.column)
        held.constraints.splice(
          0,
          Infinity,
          ...held.constraints.filter((one) => !('columns' in one) || keeps(one)),
        )
        held.indexes.splice(0, Infinity, ...held.indexes.filter(keeps))
        break
      }
      case 'alterColumn': {
        const { columns, constraints, indexes } = table(step.table.name)
        const old = columns.get(step.column)
        if (!old) throw new Error(`no column ${step.column}`)
        const name = step.newName ?? step.column
        const renamed: Column = {
          ...old,
          name,
          type: step.type ?? old.type,
          nullable: step.nullable === 'unknown' ? null : (step.nullable ?? old.nullable),
          serverDefault: step.serverDefault ?? old.serverDefault,
        }
        const entries = [...columns].map(([key, column]): [string, Column] =>
          key === step.column ? [name, renamed] : [key, column],
        )
        columns.clear()
        for (const [key, column] of entries) columns.set(key, column)
        const rename = <T extends string | null>(each: T): T | string => (each === step.column ? name : each)
        indexes.splice(0, Infinity, ...indexes.map((one) => ({ ...one, columns: one.columns.map(rename) })))
        constraints.splice(
          0,
          Infinity,
          ...constraints.map((one) =>
            'columns' in one ? { ...one, columns: one.columns.map(rename) } : one,
          ),
        )
        break
      }
      case 'createIndex':
        table(step.table.name).indexes.push(step.index)
        break
      case 'dropIndex':
        for (const { indexes } of schema.tables.values()) {
          const at = indexes.findIndex((index) => index.name === step.index.name)
          if (at !== -1) indexes.splice(at, 1)
        }
        break
      case 'renameIndex':
        for (const { indexes } of schema.tables.values()) {
          for (const index of indexes) if (index.name === step.index.name) index.name = step.to
        }
        break
      case 'addConstraint':
        table(step.table.name).constraints.push(step.constraint)
        break
      case 'dropConstraint': {
        const { constraints } = table(step.table.name)
        const at = constraints.findIndex((one) => one.name === step.name)
        if (at !== -1) constraints.splice(at, 1)
        break
      }
      case 'createEnum':
        if (!schema.enums.has(step.enum.name)) schema.enums.set(step.enum.name, step.values ?? [])
        break
      case 'dropEnum':
        schema.enums.delete(step.enum.name)
        break
      case 'renameEnum':
        schema.enums.set(step.to, schema.enums.get(step.enum.name) ?? [])
        schema.enums.delete(step.enum.name)
        for (const { columns } of schema.tables.values()) {
          for (const [name, column] of columns) {
            if (column.type.enum?.name !== step.enum.name) continue
            columns.set(name, { ...column, type: { ...column.type, enum: { ...step.enum, name: step.to } } })
          }
        }
        break
      case 'addEnumValue':
        schema.enums.set(step.enum.name, [...(schema.enums.get(step.enum.name) ?? []), step.value])
        break
      case 'data':
      case 'unrelated':
        break
      default:
        throw new Error(
          `not stated: ${step.kind} ${'reason' in step ? `${step.reason}: ${step.source}` : ''}`,
        )
    }
  }
}
