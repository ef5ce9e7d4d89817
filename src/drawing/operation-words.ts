import type {
  AlterColumn,
  Column,
  Constraint,
  ObjectName,
  Operation,
  Operations,
  ServerDefault,
} from '../core/history/operation.ts'
import { shown } from '../core/text/display.ts'

/** Describes each step in order, or explains why the function can't be read. */
export function operationWords(operations: Operations): readonly string[] {
  return operations.kind === 'unreadable'
    ? [`can't be determined without running it: ${shown(operations.reason)}`]
    : operations.operations.map(wordsOf)
}

function wordsOf(step: Operation): string {
  switch (step.kind) {
    case 'createTable': {
      const columns = step.columns?.map(({ name }) => shown(name)).join(', ') ?? 'unknown columns'
      return `create table ${named(step.table)} (${columns})`
    }
    case 'dropTable':
      return `drop table ${named(step.table)}${step.cascade ? ' cascade' : ''}`
    case 'renameTable':
      return `rename table ${named(step.table)} to ${named(step.to)}`
    case 'addColumn':
      return `add column ${named(step.table)}.${columnWords(step.column)}`
    case 'dropColumn':
      return `drop column ${named(step.table)}.${shown(step.column)}`
    case 'alterColumn':
      return `alter column ${named(step.table)}.${shown(step.column)}: ${changesOf(step)}`
    case 'createIndex': {
      const { index } = step
      const columns = index.columns.map((column) => (column === null ? '…' : shown(column))).join(', ')
      return `create ${index.unique ? 'unique ' : ''}index ${index.name === null ? '' : `${shown(index.name)} `}on ${named(step.table)} (${columns})`
    }
    case 'dropIndex':
      return `drop index ${named(step.index)}`
    case 'renameIndex':
      return `rename index ${named(step.index)} to ${shown(step.to)}`
    case 'addConstraint':
      return `add ${constraintWords(step.constraint)} to ${named(step.table)}`
    case 'dropConstraint':
      return `drop constraint ${shown(step.name)} on ${named(step.table)}`
    case 'renameConstraint':
      return `rename constraint ${shown(step.name)} on ${named(step.table)} to ${shown(step.to)}`
    case 'createEnum':
      return `create type ${named(step.enum)} (${step.values?.map(shown).join(', ') ?? 'unknown values'})`
    case 'dropEnum':
      return `drop type ${named(step.enum)}`
    case 'renameEnum':
      return `rename type ${named(step.enum)} to ${shown(step.to)}`
    case 'addEnumValue':
      return `add value ${shown(step.value)} to type ${named(step.enum)}`
    case 'createSchema':
      return `create schema ${shown(step.schema)}`
    case 'dropSchema':
      return `drop schema ${shown(step.schema)}${step.cascade ? ' cascade' : ''}`
    case 'data':
      return `read or write rows (line ${step.span.line})`
    case 'unrelated':
      return `${step.what} (line ${step.span.line})`
    case 'raise':
      return `raise ${shown(step.error.type)} (line ${step.span.line})`
    default:
      return `only known at run time, ${step.reason} (line ${step.span.line}): ${shown(step.source)}`
  }
}

function named({ schema, name }: ObjectName): string {
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}

function columnWords({ name, type, nullable }: Column): string {
  return `${shown(name)} ${shown(type.source)}${nullable === false ? ' not null' : ''}`
}

function changesOf({ newName, type, nullable, serverDefault }: AlterColumn): string {
  const changes: string[] = []
  if (newName !== null) changes.push(`rename to ${shown(newName)}`)
  if (type !== null) changes.push(`type ${shown(type.source)}`)
  if (nullable !== null) {
    changes.push(nullable === 'unknown' ? 'unknown nullability' : nullable ? 'null' : 'not null')
  }
  if (serverDefault !== null) changes.push(defaultWords(serverDefault))
  return changes.length > 0 ? changes.join(', ') : 'nothing'
}

function defaultWords(value: ServerDefault): string {
  if (value.kind === 'none') return 'no default'
  return value.kind === 'present' && value.text !== null ? `default ${shown(value.text)}` : 'unknown default'
}

function constraintWords(constraint: Constraint): string {
  const name = constraint.name === null ? '' : ` ${shown(constraint.name)}`
  switch (constraint.kind) {
    case 'primaryKey':
    case 'unique': {
      const what = constraint.kind === 'unique' ? 'unique constraint' : 'primary key'
      return `${what}${name} (${constraint.columns.map(shown).join(', ')})`
    }
    case 'foreignKey':
      return `foreign key${name} (${constraint.columns.map(shown).join(', ')}) to ${named(constraint.target)}`
    case 'check':
      return `check${name}${constraint.text === null ? '' : ` (${shown(constraint.text)})`}`
    default:
      return `exclusion constraint${name}`
  }
}
