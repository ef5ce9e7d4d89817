/** Each reason why a statement fails must have its own clause that includes all names. */
import { expect, test } from 'vitest'
import type { FailedObject, Obstacle, SqliteLimit } from '../../../../src/core/dry-run/failure-reason.ts'
import { objectName, obstacleText } from '../../../../src/rules/phrases/statement-failure.ts'

test.each<[FailedObject, string]>([
  [{ kind: 'database' }, 'the database'],
  [{ kind: 'table', name: 'rooms' }, 'table rooms'],
  [{ kind: 'schema', name: 's' }, 'schema s'],
  [{ kind: 'type', name: 'mood' }, 'type mood'],
  [{ kind: 'index', name: null }, 'index'],
  [{ kind: 'index', name: 'ix' }, 'index ix'],
  [{ kind: 'constraint', name: 'uq', table: null }, 'constraint uq'],
  [{ kind: 'constraint', name: null, table: 'rooms' }, 'constraint on table rooms'],
  [{ kind: 'constraint', name: 'uq', table: 'rooms' }, 'constraint uq on table rooms'],
  [{ kind: 'column', table: 'rooms', name: 'size' }, 'column rooms.size'],
  [{ kind: 'primaryKey', table: 'rooms' }, 'primary key of table rooms'],
  [{ kind: 'anyConstraint', table: 'rooms' }, 'a constraint on table rooms'],
  [{ kind: 'foreignKey', name: 'fk', table: 'rooms' }, 'foreign key fk of table rooms'],
  [{ kind: 'reference', from: 'rooms.guest', to: 'guests.id' }, 'foreign key from rooms.guest to guests.id'],
  [{ kind: 'label', label: 'sad', type: 'mood' }, 'label sad of type mood'],
])('%j', (object, words) => {
  expect(objectName(object)).toBe(words)
})

const taken = { kind: 'nameTaken', by: 'index', pending: false, schema: null, table: null } as const

test.each<[Obstacle, readonly string[]]>([
  [{ kind: 'absent', what: 'table' }, ['no such table']],
  [{ kind: 'absentPart', what: 'column', table: 'rooms' }, ['rooms', 'no such column']],
  [{ kind: 'present' }, ['already']],
  [{ kind: 'presentColumn', table: 'rooms', type: 'text' }, ['rooms', 'text']],
  [{ kind: 'presentConstraint', table: 'rooms' }, ['rooms', 'constraint']],
  [{ kind: 'presentKey' }, ['already has a primary key']],
  [{ kind: 'presentLabel', type: 'mood' }, ['mood']],
  [{ kind: 'presentType', labels: ['sad', 'glad'] }, ['labels sad, glad']],
  [taken, ['the database already has an index']],
  [{ ...taken, by: 'table', pending: true }, ['earlier pending step', 'a table']],
  [{ ...taken, by: 'other', schema: 's', table: 'rooms' }, ['a relation', 'schema s', 'table rooms']],
  [{ kind: 'typeOfThatName' }, ['type of that name']],
  [{ kind: 'tableOfThatName' }, ['table of that name']],
  [{ kind: 'leftoverCopy' }, ['batch', 'copy']],
  [{ kind: 'rowsWithoutValue' }, ['rows', 'NOT NULL', 'default']],
  [{ kind: 'rowsWithNull' }, ['rows', 'NULL']],
  [{ kind: 'insertsNull' }, ['NOT NULL', 'no default', 'inserts a row']],
  [{ kind: 'violatedCheck', constraint: 'ck' }, ['constraint ck', 'inserts']],
  [{ kind: 'rowsViolate', table: 'rooms' }, ['rows of rooms', 'new constraint']],
  [{ kind: 'unknownLabel', label: 'sad', type: 'mood' }, ['sad', 'label of type mood']],
  [{ kind: 'textTooLong', width: 5 }, ['inserts', '5 characters']],
  [{ kind: 'missingTarget', owner: 'seats', target: 'halls' }, ['seats', 'halls', 'batch']],
  [{ kind: 'rowsTooLarge', column: 'size', type: 'smallint' }, ['size', "don't fit smallint"]],
  [{ kind: 'absentExtensionType', extension: 'vector', state: null }, ['vector', 'no such type']],
  [{ kind: 'absentExtensionType', extension: 'vector', state: 'installed' }, ['vector', 'search path']],
  [{ kind: 'absentExtensionType', extension: 'vector', state: 'superuserOnly' }, ['vector', 'superuser']],
  [{ kind: 'equalRows', table: 'rooms', columns: ['a', 'b'] }, ['rooms', 'a, b']],
  [
    { kind: 'orphanedRows', table: 'rooms', columns: ['guest'], target: 'guests' },
    ['rooms', 'guest', 'guests'],
  ],
  [
    {
      kind: 'types',
      sides: [
        ['a', 'text'],
        ['b', 'uuid'],
      ],
    },
    ['a is text', 'b is uuid'],
  ],
  [{ kind: 'dependent', dependent: { kind: 'view', name: 'v', table: 't' } }, ['view v depends on it']],
  [
    { kind: 'dependent', dependent: { kind: 'foreign key', name: 'fk', table: 't' } },
    ['foreign key fk of table t depends on it'],
  ],
  [
    { kind: 'dependent', dependent: { kind: 'policy', name: 'own', table: 't' } },
    ['policy own of table t depends on it'],
  ],
  [{ kind: 'extensionMember', extension: 'postgis' }, ['belongs to extension postgis']],
  [{ kind: 'inPrimaryKey' }, ['primary key', 'NOT NULL']],
  [{ kind: 'inTransaction', statement: 'CREATE INDEX CONCURRENTLY' }, ['CONCURRENTLY', 'transaction']],
  [{ kind: 'outsideTransaction', statement: 'LOCK TABLE' }, ['LOCK TABLE', 'autocommit_block']],
  [{ kind: 'absentLabel', type: 'state' }, ['type state', 'no such label']],
  [{ kind: 'notOwner' }, ['role', 'owner']],
  [{ kind: 'noPrivilege', privilege: 'CREATE' }, ['role', 'CREATE']],
  [{ kind: 'onlyColumn' }, ['no other columns']],
  [{ kind: 'heldByIndex', index: 'ix' }, ['index ix', 'first']],
])('%j', (obstacle, parts) => {
  for (const part of parts) expect(obstacleText(obstacle)).toContain(part)
})

test('an unknown type is omitted', () => {
  expect(obstacleText({ kind: 'presentColumn', table: 'rooms', type: null })).not.toContain('null')
  expect(obstacleText({ kind: 'presentType', labels: null })).not.toContain('label')
})

test('no two SQLite limits have the same text', () => {
  const limits: readonly SqliteLimit[] = [
    'dropPrimaryKey',
    'dropUnique',
    'dropFromUnique',
    'addPrimaryKey',
    'addUnique',
    'addComputedDefault',
    'alterConstraint',
    'alterColumn',
  ]
  const texts = limits.map((limit) => obstacleText({ kind: 'sqliteLimit', limit }))
  expect(new Set(texts).size).toBe(limits.length)
  for (const text of texts) expect(text).toContain('SQLite')
})
