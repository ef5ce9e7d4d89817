/** Puts invisible and control characters in every name. They must be escaped in all output. */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { graph } from '../../src/commands/graph.ts'
import { reporters } from '../../src/report/index.ts'
import { folderWith, guard, scaffold } from '../support/guard.ts'

/**
 * Bidirectional controls, C0 and C1 controls, and other invisible characters. Python source can't contain
 * NUL.
 */
const controls = [
  ...'\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069',
  ...'\u001b\u0007\u0008\u000b\u007f\u0085\u009b\u009d',
  ...'\u200b\u200d\u2028\u2029\u2060\ufeff',
]
const turned = `photo${controls.join('')}gnp`
const raw = new RegExp(`[${controls.join('')}]`)
/** Escapes characters that would end a line or a string in Python. */
const source = (text: string): string =>
  text.replaceAll(
    /[\u0000-\u001f\u0085\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const migration = `"""${source(turned)} message

Revision ID: x
"""
revision = '${source(turned)}'
down_revision = None
branch_labels = '${source(turned)}_label'
depends_on = None


def upgrade():
    op.create_table('${source(turned)}_table')


def downgrade():
    pass
`

/** Returns the contents of all files below a folder, by path. */
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
  const folder = folderWith({
    ...scaffold,
    [`migrations/versions/a_photo\u202e\u2066\u200f\u200bgnp.py`]: migration,
  })
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
    expect(stdout + stderr, words.join(' ')).not.toMatch(raw)
  }
  const files = [...written(folder)].filter(([path]) => !own.has(path) && !path.endsWith('.db'))
  expect(files.length).toBeGreaterThan(2 * Object.keys(reporters).length + (graph.formats ?? []).length)
  for (const [path, text] of files) expect(raw.exec(text)?.[0], path).toBeUndefined()
  const names = files.map(([path]) => path.slice(folder.length))
  for (const name of names) expect(name).not.toMatch(raw)
  const json = JSON.parse(readFileSync(join(folder, 'out', 'graph.json'), 'utf8')) as {
    revisions: { revision: string }[]
  }
  expect(json.revisions[0]?.revision).toBe(turned)
})
