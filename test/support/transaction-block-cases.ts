/** Statements that PostgreSQL allows only in a transaction block, each with a similar migration that succeeds. */
import type { ConstructNameCase } from './construct-name-cases.ts'

const run = (sql: string): string => `op.execute(${JSON.stringify(sql)})`
const commit = run('COMMIT')
const lock = run('LOCK TABLE seats')
const savepoint = run('SAVEPOINT here')
const update = run('UPDATE seats SET id = 1')
const inBlock = (...lines: readonly string[]): readonly string[] => [
  'with op.get_context().autocommit_block():',
  ...lines.map((line) => `    ${line}`),
]
const nested = ['with op.get_bind().begin_nested():', `    ${update}`]
const onlyInBlock = /can only be used in transaction blocks/

const cases: readonly Omit<ConstructNameCase, 'live' | 'error'>[] = [
  {
    name: 'a savepoint after COMMIT',
    fails: [commit, 'nested = op.get_bind().begin_nested()', update, 'nested.commit()'],
    passes: ['nested = op.get_bind().begin_nested()', update, 'nested.commit()', commit],
  },
  {
    name: 'a savepoint block after COMMIT',
    fails: [commit, ...nested],
    passes: [...nested, commit],
  },
  {
    name: 'SAVEPOINT after COMMIT',
    fails: [commit, savepoint],
    passes: [commit, run('BEGIN'), savepoint],
  },
  {
    name: 'LOCK TABLE after COMMIT',
    fails: [commit, lock],
    passes: [commit, ...inBlock(update), lock],
  },
  {
    name: 'LOCK TABLE after a COMMIT under a condition',
    fails: ['import random', `if random.random() < 2: ${commit}`, lock],
    passes: [lock, 'import random', `if random.random() < 2: ${commit}`],
  },
  {
    name: 'LOCK TABLE after a script that commits',
    fails: [run('COMMIT; BEGIN; COMMIT'), lock],
    passes: [run('COMMIT; BEGIN'), lock],
  },
  {
    name: 'a savepoint on an autocommit connection',
    fails: [
      'bind = op.get_bind().connection.dbapi_connection',
      'bind.commit()',
      'bind.autocommit = True',
      ...nested,
    ],
    passes: ['bind = op.get_bind()', ...nested],
  },
  { name: 'LOCK TABLE in an autocommit block', fails: inBlock(lock), passes: [...inBlock(update), lock] },
  {
    name: 'SAVEPOINT in an autocommit block',
    fails: [commit, ...inBlock(savepoint)],
    passes: [...inBlock(update), savepoint],
  },
  {
    name: 'a savepoint block in an autocommit block',
    fails: inBlock(...nested),
    passes: [...inBlock(update), ...nested],
  },
]

export const transactionBlockCases: readonly ConstructNameCase[] = cases.map((one) => ({
  live: ['CREATE TABLE seats (id int)'],
  error: onlyInBlock,
  ...one,
}))

/** Migrations that succeed, although parts of them may run outside a transaction block. */
export const unsureBlocks: readonly (readonly [name: string, pending: readonly string[]])[] = [
  ['a BEGIN in the block', inBlock(run('BEGIN'), lock, commit)],
  ['an implicit block', inBlock(run('LOCK TABLE seats; UPDATE seats SET id = 1'))],
  ['a condition', ['import random', ...inBlock(`if random.random() > 2: ${lock}`)]],
  ['a caught error', ['try:', ...inBlock(lock).map((line) => `    ${line}`), 'except Exception: pass']],
  [
    'a connection from before the block',
    ['bind = op.get_bind()', ...inBlock('with bind.begin_nested():', `    ${update}`)],
  ],
]
