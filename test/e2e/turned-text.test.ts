/**
 * U+202E in every name that a project and a database can contain: no file that the guard writes, and no output,
 * contains it raw.
 */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { graph } from '../../src/commands/graph.ts'
import { reporters } from '../../src/report/index.ts'
import { folderWith, guard, scaffold } from '../support/guard.ts'

const turned = 'photo\u202egnp'

const migration = `"""${turned} message

Revision ID: x
"""
revision = '${turned}'
down_revision = None
branch_labels = '${turned}_label'
depends_on = None


def upgrade():
    op.create_table('${turned}_table')


def downgrade():
    pass
`

/** Every file below a folder, by path. */
function written(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name)
        return [path, readFileSync(path, 'utf8')]
      }),
  )
}

test('covers every format and every file', { timeout: 300_000 }, () => {
  const folder = folderWith({ ...scaffold, [`migrations/versions/a_${turned}.py`]: migration })
  const database = new Database(join(folder, 'app.db'))
  database.exec('CREATE TABLE alembic_version (version_num TEXT)')
  database.prepare('INSERT INTO alembic_version VALUES (?)').run(`lost ${turned}`)
  database.close()
  mkdirSync(join(folder, 'out'))
  const own = new Set(written(folder).keys())
  const env = { DATABASE_URL: 'sqlite:///app.db', GITHUB_STEP_SUMMARY: join(folder, 'out', 'summary.md') }
  const reports = Object.keys(reporters).flatMap((format) => ['--report', `${format}=out/check.${format}`])
  const calls: readonly (readonly string[])[] = [
    ['check', ...reports],
    ['lint', '--all', ...reports.map((word) => word.replace('check.', 'lint.'))],
    ...(graph.formats ?? []).map((format) => [
      'graph',
      '--format',
      format,
      '--output',
      `out/graph.${format}`,
    ]),
    ['graph', '--format', 'json'],
    ['explain', `lost ${turned}`],
    ['restamp', '--from', `lost ${turned}`, '--to', turned],
    ['manifest', '--write'],
    ['placeholder', `lost ${turned}`, '--after', turned, '--write'],
  ]
  for (const words of calls) {
    const { stdout, stderr } = guard(folder, words, env)
    expect(stdout + stderr, words.join(' ')).not.toContain('\u202e')
  }
  const files = [...written(folder)].filter(([path]) => !own.has(path) && !path.endsWith('.db'))
  expect(files.length).toBeGreaterThan(2 * Object.keys(reporters).length + (graph.formats ?? []).length)
  for (const [path, text] of files) expect(text.includes('\u202e'), path).toBe(false)
  const names = files.map(([path]) => path.slice(folder.length))
  for (const name of names) expect(name).not.toContain('\u202e')
  const json = JSON.parse(readFileSync(join(folder, 'out', 'graph.json'), 'utf8')) as {
    revisions: { revision: string }[]
  }
  expect(json.revisions[0]?.revision).toBe(turned)
})
