/** The guard must compare rows as the database would, or not at all. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { writeProject } from '../support/incidents.ts'
import { findPostgres } from '../support/postgres.ts'

const server = await findPostgres()
const root = mkdtempSync(join(tmpdir(), 'alembic-guard-rows-'))
afterAll(() => rmSync(root, { recursive: true }))

const foreignKey = `op.create_foreign_key('fk', 'guests', 'hosts', ['mark'], ['mark'])`
const unique = `op.create_unique_constraint('uq', 'guests', ['mark'])`

describe.skipIf(server === null)('a pending constraint', () => {
  test.each([
    ['a foreign key of text that differs in case', 'text', foreignKey, ['AG306']],
    ['a foreign key of citext that differs in case', 'citext', foreignKey, []],
    ['a unique constraint of text that differs in case', 'text', unique, []],
    ['a unique constraint of citext that differs in case', 'citext', unique, ['AG306']],
    [
      'a unique constraint of a domain',
      'mark',
      `op.create_unique_constraint('uq', 'guests', ['host'])`,
      ['AG306'],
    ],
  ])('%s', async (_title, type, body, codes) => {
    const database = await server!.createDatabase(`CREATE EXTENSION citext; CREATE DOMAIN mark AS text;
      CREATE TABLE hosts (mark ${type} PRIMARY KEY); CREATE TABLE guests (mark ${type}, host mark);
      INSERT INTO hosts VALUES ('a'); INSERT INTO guests VALUES ('A', 'x'), ('a', 'x');
      CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('r1')`)
    const steps = [
      { id: 'r1', parents: [], body: ['pass'] },
      { id: 'r2', parents: ['r1'], body: [body] },
    ]
    writeProject(root, steps, false)
    const { stdout } = await execute(check, { format: 'json' }, quietContext(root, database.url))
    const report: Report = JSON.parse(stdout)
    expect(report.findings.map(({ code }) => code)).toEqual(codes)
    await database.drop()
  })
})
