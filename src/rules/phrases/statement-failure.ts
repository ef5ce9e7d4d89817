/** What a statement that can't succeed is about and what stands in its way, in clauses without a full stop. */
import type { FailedObject, Obstacle, SqliteLimit } from '../../core/dry-run/failure-reason.ts'

/** `table users`, `column users.email` */
export function objectName(object: FailedObject): string {
  switch (object.kind) {
    case 'database':
      return 'the database'
    case 'table':
    case 'view':
    case 'sequence':
    case 'schema':
    case 'type':
      return `${object.kind} ${object.name}`
    case 'index':
      return object.name === null ? 'index' : `index ${object.name}`
    case 'constraint': {
      const name = object.name === null ? 'constraint' : `constraint ${object.name}`
      return object.table === null ? name : `${name} on table ${object.table}`
    }
    case 'column':
      return `column ${object.table}.${object.name}`
    case 'primaryKey':
      return `primary key of table ${object.table}`
    case 'anyConstraint':
      return `a constraint on table ${object.table}`
    case 'foreignKey':
      return `foreign key ${object.name} of table ${object.table}`
    case 'reference':
      return `foreign key ${object.from} to ${object.to}`
    case 'label':
      return `label ${object.label} of type ${object.type}`
    default:
      return object satisfies never
  }
}

/** What is in the way, or what is missing. */
export function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'absent':
      return `the database has no such ${obstacle.what}`
    case 'absentPart':
      return `table ${obstacle.table} has no such ${obstacle.what}`
    case 'present':
      return 'the database has it already'
    case 'presentColumn':
      return `table ${obstacle.table} has it already${obstacle.type === null ? '' : `, as ${obstacle.type}`}`
    case 'presentConstraint':
      return `table ${obstacle.table} has a constraint of that name`
    case 'presentKey':
      return 'the table has one already'
    case 'newLabel':
      return `the same transaction adds it to type ${obstacle.type}, and PostgreSQL takes a new value only after the commit`
    case 'presentLabel':
      return `type ${obstacle.type} has it already`
    case 'presentType': {
      const { labels } = obstacle
      return `the database has it${labels === null ? '' : ` with the labels ${labels.join(', ')}`}`
    }
    case 'nameTaken': {
      const { by, pending, schema, table, invalid } = obstacle
      const index = invalid ? 'an INVALID index' : 'an index'
      const what = by === 'other' ? 'a relation' : by === 'index' ? index : `a ${by}`
      const where = schema === null ? '' : ` in schema ${schema}`
      const owner = table === null ? '' : ` on table ${table}`
      return `${pending ? 'an earlier pending step makes' : 'the database has'} ${what} of that name${where}${owner}`
    }
    case 'typeOfThatName':
      return 'the database has a type of that name, and a table makes one too'
    case 'tableOfThatName':
      return 'a table of that name makes one too'
    case 'leftoverCopy':
      return 'an earlier batch failed and left its copy behind'
    case 'rowsWithoutValue':
      return 'the table has rows, and the new column is NOT NULL without a server default'
    case 'rowsWithNull':
      return 'some rows have NULL there, and the column becomes NOT NULL'
    case 'equalRows':
      return `rows of ${obstacle.table} have equal values in ${obstacle.columns.join(', ')}`
    case 'orphanedRows':
      return `rows of ${obstacle.table} have values in ${obstacle.columns.join(', ')} that ${obstacle.target} does not have`
    case 'noKey':
      return `no primary key or unique constraint of table ${obstacle.table} is over ${obstacle.columns.join(', ')}`
    case 'types':
      return obstacle.sides.map(([column, type]) => `${column} is ${type}`).join(', ')
    case 'noCast':
      return `it is ${obstacle.from}, and PostgreSQL casts that to ${obstacle.to} only with USING`
    case 'noDefaultCast':
      return `its default is ${obstacle.from}, and PostgreSQL doesn't cast that to ${obstacle.to} by itself; USING covers only the rows`
    case 'dependent': {
      const { kind, name, table } = obstacle.dependent
      return `${kind === 'view' ? `view ${name}` : `${kind} ${name} of table ${table}`} needs it`
    }
    case 'notOwner':
      return 'the role is neither its owner nor a member of it'
    case 'noPrivilege':
      return `the role has no ${obstacle.privilege} on it`
    case 'catalogWrite':
      return 'only a superuser may write to a system catalog, whatever is granted'
    case 'noSchemaSelected':
      return 'no schema of the search path exists that the role may use'
    case 'onlyColumn':
      return 'the table has no other column'
    case 'heldByIndex':
      return `index ${obstacle.index} includes it and has to be dropped first`
    case 'sqliteLimit':
      return sqliteLimits[obstacle.limit]
    default:
      return obstacle satisfies never
  }
}

const sqliteLimits: Readonly<Record<SqliteLimit, string>> = {
  dropPrimaryKey: 'it is part of the primary key, and SQLite drops such a column only in a batch',
  dropUnique: 'it is declared UNIQUE, and SQLite drops such a column only in a batch',
  dropFromUnique: 'it is part of a UNIQUE constraint, and SQLite drops such a column only in a batch',
  addPrimaryKey: "SQLite can't add a column to a primary key",
  addUnique: "SQLite can't add a UNIQUE column",
  addComputedDefault: "the table has rows, and SQLite can't add a column with a computed default",
  alterConstraint: "SQLite can't alter a constraint outside a batch",
  alterColumn: 'SQLite has no ALTER COLUMN; only a batch can change a column',
}
