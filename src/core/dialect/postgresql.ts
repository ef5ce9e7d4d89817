/** PostgreSQL dialect, for SQLAlchemy with psycopg2. */
import { quoteIdentifier, quotePostgresText, quoteText } from '../text/sql-quoting.ts'
import type { ColumnUse, DatabaseError, Dialect } from './dialect.ts'

/** An error with psycopg2's exception class and condition name. */
function failure(condition: string, text: string, type = 'ProgrammingError'): DatabaseError {
  return { type, message: `(psycopg2.errors.${condition}) ${text}` }
}

const families: readonly (readonly [name: string, types: RegExp])[] = [
  ['number', /^(?:smallint|integer|bigint|numeric|real|double precision)$/],
  ['text', /^(?:text|character varying|character|name|"char"|citext)$/],
  ['date', /^(?:date|timestamp(?: with(?:out)? time zone)?)$/],
  // A time can be implicitly cast to an interval.
  ['time', /^(?:time(?: with(?:out)? time zone)?|interval)$/],
  ['inet', /^(?:inet|cidr)$/],
  ['uuid', /^uuid$/],
  ['boolean', /^boolean$/],
  ['bytea', /^bytea$/],
  ['macaddr', /^macaddr$/],
]

function familyOfType(type: string): string | null {
  const base = type.replace(/\(.*?\)/, '').replace(/(?:\[\])+$/, '')
  const family = families.find(([, types]) => types.test(base))?.[0] ?? null
  // Arrays are comparable only with arrays of the same type.
  return family !== null && type.endsWith('[]') ? `${base}[]` : family
}

function valueKindOf(type: string): string | null {
  const base = type.replace(/\(.*?\)/, '').replace(/(?:\[\])+$/, '')
  const kind = /^jsonb?$/.test(base) ? 'json' : familyOfType(base)
  return kind !== null && type.endsWith('[]') ? `${kind}[]` : kind
}

const ofRelation = (table: string, column: string): string =>
  `column "${column}" of relation "${table}" does not exist`

const columnTexts: Readonly<Record<ColumnUse, (table: string, column: string) => string>> = {
  select: (table, column) => `column ${table}.${column} does not exist`,
  insert: ofRelation,
  update: ofRelation,
  alter: ofRelation,
  rename: (_, column) => `column "${column}" does not exist`,
  index: (_, column) => `column "${column}" does not exist`,
  key: (_, column) => `column "${column}" named in key does not exist`,
  'foreign key': (_, column) => `column "${column}" referenced in foreign key constraint does not exist`,
}

export const postgresql: Dialect = {
  name: 'postgresql',
  product: 'PostgreSQL',
  majorOf: (server) => {
    const major = Number.parseInt(server, 10)
    return Number.isNaN(major) ? null : major
  },
  isFile: false,
  transactionalDdl: true,
  recordsTransactions: true,
  writeTransaction: {
    // Rows committed while waiting for the lock must be visible.
    begin: 'BEGIN ISOLATION LEVEL READ COMMITTED',
    // This lock also waits for sessions that have read the table, such as a running upgrade.
    lock: (table) => `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
  },
  schemas: { initial: 'public', isSystem: (schema) => /^(?:pg_|information_schema$)/.test(schema) },
  maxIdentifierBytes: 63,
  rowNumbers: [],
  systemColumns: new Set(['ctid', 'oid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']),
  foldName: (name) => name,
  quoteIdentifier,
  // In a plain string, the meaning of a backslash depends on `standard_conforming_strings`.
  quoteText: (text) => (text.includes('\\') ? quotePostgresText(text) : quoteText(text)),
  typeOf: ({ postgres }) => postgres,
  familyOfType,
  valueKindOf,
  comparesLikeKeys: (type) =>
    /^(?:smallint|integer|bigint|numeric|real|double precision|character varying|text|uuid|boolean|bytea|date|timestamp)\b(?!.*\[\]$)/.test(
      type,
    ),
  enforcesWidth: true,
  namedEnums: true,
  altersInPlace: true,
  verifiesConstraints: true,
  validatesLater: true,
  verifiesReferences: true,
  createsIndexForUnique: true,
  checksIndexNameFirst: false,
  errors: {
    readOnly: (statement) =>
      failure(
        'ReadOnlySqlTransaction',
        `cannot execute ${statement} in a read-only transaction`,
        'InternalError',
      ),
    abortedTransaction: () =>
      failure(
        'InFailedSqlTransaction',
        'current transaction is aborted, commands ignored until end of transaction block',
        'InternalError',
      ),
    syntax: (near) => failure('SyntaxError', `syntax error at or near "${near}"`),
    missingTable: (given, name, use) =>
      failure(
        'UndefinedTable',
        use === 'drop' ? `table "${name}" does not exist` : `relation "${given}" does not exist`,
      ),
    missingColumn: (table, column, use) => failure('UndefinedColumn', columnTexts[use](table, column)),
    missingIndex: (index, statement) =>
      statement === 'drop'
        ? failure('UndefinedObject', `index "${index}" does not exist`)
        : failure('UndefinedTable', `relation "${index}" does not exist`),
    missingOther: (object, name) => failure('UndefinedTable', `${object} "${name}" does not exist`),
    missingSchema: (schema) => failure('InvalidSchemaName', `schema "${schema}" does not exist`),
    missingType: (given) => failure('UndefinedObject', `type "${given}" does not exist`),
    missingFunction: (name, types) =>
      failure('UndefinedFunction', `function ${name}(${types.join(', ')}) does not exist`),
    missingConstraint: (table, constraint, statement) => {
      const of = statement === 'drop' ? 'of relation' : 'for table'
      return failure('UndefinedObject', `constraint "${constraint}" ${of} "${table}" does not exist`)
    },
    nameTaken: (name) => failure('DuplicateTable', `relation "${name}" already exists`),
    typeTaken: (name) => failure('DuplicateObject', `type "${name}" already exists`),
    duplicateColumn: (table, column) =>
      failure('DuplicateColumn', `column "${column}" of relation "${table}" already exists`),
    duplicateConstraint: (table, constraint) =>
      failure('DuplicateObject', `constraint "${constraint}" for relation "${table}" already exists`),
    duplicateLabel: (label) => failure('DuplicateObject', `enum label "${label}" already exists`),
    missingLabel: (label) =>
      failure('InvalidParameterValue', `"${label}" is not an existing enum label`, 'DataError'),
    policyColumn: () =>
      failure(
        'FeatureNotSupported',
        'cannot alter type of a column used in a policy definition',
        'NotSupportedError',
      ),
    keyColumn: (column) => failure('InvalidTableDefinition', `column "${column}" is in a primary key`),
    insideTransaction: (statement) =>
      failure('ActiveSqlTransaction', `${statement} cannot run inside a transaction block`, 'InternalError'),
    outsideTransaction: (statement) =>
      failure(
        'NoActiveSqlTransaction',
        `${statement} can only be used in transaction blocks`,
        'InternalError',
      ),
    viewedColumn: () =>
      failure(
        'FeatureNotSupported',
        'cannot alter type of a column used by a view or rule',
        'NotSupportedError',
      ),
    newLabel: (label, type) =>
      failure(
        'UnsafeNewEnumValueUsage',
        `unsafe use of new value "${label}" of enum type ${type}`,
        'OperationalError',
      ),
    duplicateSchema: (schema) => failure('DuplicateSchema', `schema "${schema}" already exists`),
    secondPrimaryKey: (table) =>
      failure('InvalidTableDefinition', `multiple primary keys for table "${table}" are not allowed`),
    uncastColumn: (column, type) =>
      failure(
        'DatatypeMismatch',
        `column "${column}" cannot be cast automatically to type ${type.replace(/\(.*\)/, '')}`,
      ),
    uncastDefault: (column, type) =>
      failure(
        'DatatypeMismatch',
        `default for column "${column}" cannot be cast automatically to type ${type.replace(/\(.*\)/, '')}`,
      ),
    nullsInColumn: (table, column) =>
      failure(
        'NotNullViolation',
        `column "${column}" of relation "${table}" contains null values`,
        'IntegrityError',
      ),
    duplicateRows: (index) =>
      failure('UniqueViolation', `could not create unique index "${index ?? ''}"`, 'IntegrityError'),
    orphanedRows: (table, key) =>
      failure(
        'ForeignKeyViolation',
        `insert or update on table "${table}" violates foreign key constraint "${key}"`,
        'IntegrityError',
      ),
    unkeyedTarget: (table) =>
      failure(
        'InvalidForeignKey',
        `there is no unique constraint matching given keys for referenced table "${table}"`,
      ),
    deferrableTarget: (table) =>
      failure(
        'ObjectNotInPrerequisiteState',
        `cannot use a deferrable unique constraint for referenced table "${table}"`,
        'OperationalError',
      ),
    incompatibleTypes: (key) =>
      failure('DatatypeMismatch', `foreign key constraint "${key}" cannot be implemented`),
    stillNeeded: (described) =>
      failure(
        'DependentObjectsStillExist',
        `cannot drop ${described} because other objects depend on it`,
        'InternalError',
      ),
    extensionMember: (described, extension) =>
      failure(
        'DependentObjectsStillExist',
        `cannot drop ${described} because extension ${extension} requires it`,
        'InternalError',
      ),
    notOwner: (kind, name) => failure('InsufficientPrivilege', `must be owner of ${kind} ${name}`),
    noSchemaSelected: () => failure('InvalidSchemaName', 'no schema has been selected to create in'),
    insertedNull: (table, column) =>
      failure(
        'NotNullViolation',
        `null value in column "${column}" of relation "${table}" violates not-null constraint`,
        'IntegrityError',
      ),
    violatedCheck: (table, constraint) =>
      failure(
        'CheckViolation',
        `new row for relation "${table}" violates check constraint "${constraint}"`,
        'IntegrityError',
      ),
    violatedByRows: (table, constraint) =>
      failure(
        'CheckViolation',
        `check constraint "${constraint}" of relation "${table}" is violated by some row`,
        'IntegrityError',
      ),
    unknownLabel: (type, label) =>
      failure('InvalidTextRepresentation', `invalid input value for enum ${type}: "${label}"`, 'DataError'),
    extensionDenied: (name) =>
      failure('InsufficientPrivilege', `permission denied to create extension "${name}"`),
    // PostgreSQL 12 and earlier report that they can't open the control file.
    missingExtension: (name) =>
      failure('FeatureNotSupported', `extension "${name}" is not available`, 'NotSupportedError'),
    duplicateExtension: (name) => failure('DuplicateObject', `extension "${name}" already exists`),
    viewColumnDropped: () => failure('InvalidTableDefinition', 'cannot drop columns from view'),
    viewColumnRenamed: (column, to) =>
      failure('InvalidTableDefinition', `cannot change name of view column "${column}" to "${to}"`),
    permissionDenied: (object) => failure('InsufficientPrivilege', `permission denied for ${object}`),
    mismatchedValue: (column, type, given) =>
      failure('DatatypeMismatch', `column "${column}" is of type ${type} but expression is of type ${given}`),
    mismatchedOperands: (left, right) =>
      failure('UndefinedFunction', `operator does not exist: ${left} = ${right}`),
    textTooLong: (type, width) =>
      failure('StringDataRightTruncation', `value too long for type ${type}(${width})`, 'DataError'),
    overlongName: (name) => ({
      type: 'IdentifierError',
      message: `Identifier '${name}' exceeds maximum length of 63 characters`,
    }),
    outOfRange: (type) => {
      const text = type === 'numeric' ? 'numeric field overflow' : `${type} out of range`
      return failure('NumericValueOutOfRange', text, 'DataError')
    },
    nullValue: (table, { name }, server) => {
      const relation = Number.parseInt(server, 10) >= 13 ? ` of relation "${table}"` : ''
      const text = `null value in column "${name}"${relation} violates not-null constraint`
      return failure('NotNullViolation', text, 'IntegrityError')
    },
  },
}
