/** Explains why a statement can't succeed. The messages don't end with a period. */
import type { FailedObject, Obstacle, SqliteLimit } from '../../core/dry-run/failure-reason.ts'

/** Names the affected object, such as `table users` or `column users.email`. */
export function objectName(object: FailedObject): string {
  switch (object.kind) {
    case 'database':
      return 'the database'
    case 'table':
    case 'view':
    case 'sequence':
    case 'schema':
    case 'type':
    case 'extension':
    case 'function':
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
      return `foreign key from ${object.from} to ${object.to}`
    case 'label':
      return `label ${object.label} of type ${object.type}`
    default:
      return object satisfies never
  }
}

const extensionStates = {
  installed: 'is installed, but in a schema outside the search path',
  available: "isn't installed",
  superuserOnly: "isn't installed, and only a superuser can install it",
  unavailable: "isn't available on the server",
}

/** Describes the existing or missing object that makes the statement fail. */
export function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'absent':
      return obstacle.what === 'extension'
        ? "the database server doesn't have its files"
        : `the database has no such ${obstacle.what}`
    case 'absentPart':
      return `table ${obstacle.table} has no such ${obstacle.what}`
    case 'present':
      return 'it already exists'
    case 'presentColumn':
      return `table ${obstacle.table} already has it${obstacle.type === null ? '' : `, as ${obstacle.type}`}`
    case 'presentConstraint':
      return `table ${obstacle.table} already has a constraint of that name`
    case 'presentKey':
      return 'the table already has a primary key'
    case 'newLabel':
      return `the same transaction adds it to type ${obstacle.type}, and PostgreSQL doesn't allow a new enum value to be used until that transaction commits`
    case 'presentLabel':
      return `type ${obstacle.type} already has it`
    case 'absentLabel':
      return `type ${obstacle.type} has no such label`
    case 'presentType': {
      const { labels } = obstacle
      return `it already exists${labels === null ? '' : `, with the labels ${labels.join(', ')}`}`
    }
    case 'nameTaken': {
      const { by, pending, schema, table, invalid } = obstacle
      const index = invalid ? 'an INVALID index' : 'an index'
      const what = by === 'other' ? 'a relation' : by === 'index' ? index : `a ${by}`
      const where = schema === null ? '' : ` in schema ${schema}`
      const owner = table === null ? '' : ` on table ${table}`
      return `${pending ? 'an earlier pending step creates' : 'the database already has'} ${what} of that name${where}${owner}`
    }
    case 'typeOfThatName':
      return 'a type of that name exists, and creating a table also creates a type of the same name'
    case 'tableOfThatName':
      return 'a table of that name exists, and every table also has a type of the same name'
    case 'leftoverCopy':
      return 'a failed batch operation left its temporary copy behind'
    case 'rowsWithoutValue':
      return 'the table has rows, but the new column is NOT NULL without a server default'
    case 'rowsWithNull':
      return 'the column becomes NOT NULL, but some rows contain NULL'
    case 'equalRows':
      return `some rows of ${obstacle.table} have the same values in ${obstacle.columns.join(', ')}`
    case 'orphanedRows':
      return `some rows of ${obstacle.table} have values in ${obstacle.columns.join(', ')} that don't exist in ${obstacle.target}`
    case 'noKey':
      return `table ${obstacle.table} has no primary key or unique constraint on ${obstacle.columns.join(', ')}`
    case 'deferrableKey':
      return `table ${obstacle.table}'s key on ${obstacle.columns.join(', ')} is DEFERRABLE, so no foreign key can reference it`
    case 'types':
      return obstacle.sides
        .map(([side, type]) => `${side.replace(/^(?=(?:left|right) side$)/, 'the ')} is ${type}`)
        .join(', ')
    case 'noCast':
      return `it is ${obstacle.from}, which PostgreSQL casts to ${obstacle.to} only with USING`
    case 'noDefaultCast':
      return `its default is ${obstacle.from}, which PostgreSQL doesn't cast to ${obstacle.to} automatically; USING converts only the existing values`
    case 'dependent': {
      const { kind, name, table } = obstacle.dependent
      return `${kind === 'view' ? `view ${name}` : `${kind} ${name} of table ${table}`} depends on it`
    }
    case 'extensionMember':
      return `it belongs to extension ${obstacle.extension}, and PostgreSQL drops it only along with the extension`
    case 'inPrimaryKey':
      return 'it is part of the primary key, whose columns are always NOT NULL'
    case 'otherSyntax':
      return `it uses MySQL syntax, which PostgreSQL rejects at ${obstacle.word}`
    case 'inTransaction':
      return `${obstacle.statement} can't run in a transaction, and Alembic runs the migration in one`
    case 'outsideTransaction':
      return `${obstacle.statement} can only run in a transaction, and autocommit_block() runs it outside one`
    case 'notOwner':
      return 'the role is neither its owner nor a member of the owning role'
    case 'noPrivilege':
      return `the role lacks ${obstacle.privilege} on it`
    case 'catalogWrite':
      return 'only a superuser can write to a system catalog, regardless of granted privileges'
    case 'missingTarget':
      return `a foreign key of table ${obstacle.owner} references table ${obstacle.target}, which doesn't exist, so Alembic can't reflect the table for the batch operation`
    case 'insertsNull':
      return 'it is NOT NULL and has no default, and the migration inserts a row without a value for it'
    case 'violatedCheck':
      return `constraint ${obstacle.constraint} rejects a row that the migration inserts`
    case 'rowsViolate':
      return `some rows of ${obstacle.table} violate the new constraint`
    case 'rowsTooLarge':
      return `some rows have values in ${obstacle.column} that don't fit ${obstacle.type}`
    case 'unknownLabel':
      return `${obstacle.label} isn't a label of type ${obstacle.type}`
    case 'textTooLong':
      return `the migration inserts text longer than ${obstacle.width} characters`
    case 'absentExtensionType':
      return obstacle.state === null
        ? `the database has no such type; extension ${obstacle.extension} provides it`
        : `extension ${obstacle.extension}, which provides it, ${extensionStates[obstacle.state]}`
    case 'superuserOnly':
      return "only a superuser can install it, and the role isn't one"
    case 'viewColumnDropped': {
      const { column } = obstacle
      const lacks = column === null ? 'has fewer columns' : `lacks its column ${column}`
      return `the new definition ${lacks}, and CREATE OR REPLACE VIEW can't drop a column`
    }
    case 'viewColumnRenamed':
      return `the new definition has ${obstacle.to} in place of column ${obstacle.column}, and CREATE OR REPLACE VIEW can only add columns at the end`
    case 'noSchemaSelected':
      return 'the search path contains no existing schema that the role can use'
    case 'onlyColumn':
      return 'the table has no other columns'
    case 'heldByIndex':
      return `index ${obstacle.index} includes it and must be dropped first`
    case 'sqliteLimit':
      return sqliteLimits[obstacle.limit]
    default:
      return obstacle satisfies never
  }
}

const sqliteLimits: Readonly<Record<SqliteLimit, string>> = {
  dropPrimaryKey:
    'it is part of the primary key, and on SQLite, Alembic can drop such a column only in batch mode',
  dropUnique: 'it is declared UNIQUE, and on SQLite, Alembic can drop such a column only in batch mode',
  dropFromUnique:
    'it is part of a UNIQUE constraint, and on SQLite, Alembic can drop such a column only in batch mode',
  addPrimaryKey: "SQLite can't add a column to a primary key",
  addUnique: "SQLite can't add a UNIQUE column",
  addComputedDefault: "the table has rows, so SQLite can't add a column with a computed default",
  alterConstraint: 'on SQLite, Alembic can alter a constraint only in batch mode',
  alterColumn: 'SQLite has no ALTER COLUMN, so Alembic can change a column only in batch mode',
}
