/** Tests typical uses of `graph`, with and without a database. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { onPath } from '../support/chromium.ts'
import { galleryNames, pictureOf } from '../support/gallery.ts'
import { cli, folderWith, guard, madeBy, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { hostileGraph } from '../support/hostile.ts'
import { missing } from '../support/postgres.ts'
import { drawDot } from '../../src/drawing/dot.ts'

function project(rows: readonly string[]): { folder: string; env: Record<string, string> } {
  const folder = folderWith(threeMigrations)
  const database = new Database(join(folder, 'app.db'))
  database.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL); ${madeBy(2)}`)
  for (const row of rows) database.prepare('INSERT INTO alembic_version VALUES (?)').run(row)
  database.close()
  return { folder, env: { DATABASE_URL: 'sqlite:///app.db' } }
}

describe('graph', () => {
  test('draws the history without a database', () => {
    const { stdout, stderr, status } = guard(folderWith(threeMigrations), ['graph'])
    expect({ stdout, stderr, status }).toEqual({
      stdout:
        '* reservations_003 (head) reservations_003\n* add_email_002 add_email_002\n* base_001 base_001\n',
      stderr: '',
      status: 0,
    })
  })

  test('marks applied and pending revisions with a database', () => {
    const { folder, env } = project(['add_email_002'])
    expect(guard(folder, ['graph'], env).stdout).toBe(
      'o reservations_003 (head) reservations_003\n@ add_email_002 (database) add_email_002\n* base_001 base_001\n\n' +
        '@ stamped in the database   * applied   o pending\n',
    )
  })

  test('draws a row that matches no revision as a lost one', () => {
    const { folder, env } = project(['guest_lockout_001'])
    const { stdout, status } = guard(folder, ['graph'], env)
    expect(stdout).toContain('x guest_lockout_001 (database, missing: no file defines it, AG201)')
    expect(status).toBe(0)
  })

  test("draws the history with a warning if the database can't be read, and exits with 3", () => {
    const env = { DATABASE_URL: 'postgresql://user:secretword@127.0.0.1:1/app' }
    const { stdout, stderr, status } = guard(folderWith(threeMigrations), ['graph'], env)
    expect(stdout).toContain('* base_001')
    expect(stderr).toMatch(/warn: the graph doesn't show the database's position/)
    expect(status).toBe(3)
  })

  test('--color always enables color and Unicode; NO_COLOR and a pipe disable both', () => {
    const { folder, env } = project(['add_email_002'])
    const colored = guard(folder, ['graph', '--color', 'always'], env).stdout
    expect(colored).toContain('\u001b[1;32m◉\u001b[0m')
    const plain = guard(folder, ['graph'], env).stdout
    expect(plain).toMatch(/^[\n -~]*$/)
    expect(guard(folder, ['graph'], { ...env, NO_COLOR: '1' }).stdout).toBe(plain)
    expect(guard(folder, ['graph', '--color', 'always'], { ...env, LC_ALL: 'C' }).stdout).toContain(
      '@\u001b[0m',
    )
  })

  const script = onPath(['script']) ?? missing('terminal', 'there is no script on the PATH')

  test.skipIf(script === null).each([
    [{ LANG: 'C.UTF-8' }, '\u001b[1;32m◉\u001b[0m'],
    [{ LANG: 'C.UTF-8', NO_COLOR: '1' }, '◉ add_email_002'],
    [{ LC_ALL: 'C', NO_COLOR: '1' }, '@ add_email_002'],
  ])('draws what a terminal with %j supports', (terminal, expected) => {
    const { folder, env } = project(['add_email_002'])
    const { stdout } = spawnSync(
      script ?? '',
      ['-qec', `"${process.execPath}" "${cli}" graph`, '/dev/null'],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', ...env, ...terminal },
        encoding: 'utf8',
      },
    )
    expect(stdout).toContain(expected)
  })

  test.each(['--around', '--since'])('%s accepts an abbreviated id', (option) => {
    const { stdout } = guard(folderWith(threeMigrations), ['graph', option, 'add_', '--distance', '0'])
    expect(stdout).toContain('* add_email_002 add_email_002')
    expect(stdout).toContain('1 revision before')
  })

  test.each([
    [['--around', 'add_emial_002'], 'did you mean add_email_002?'],
    [['--since', 'nix'], '--since nix matches no revision'],
    [['--around', 'head', '--since', 'base'], 'are mutually exclusive'],
    [['--around', 'head', '--distance', '1.5'], '--distance must be a non-negative integer'],
    [['--around', 'head', '--format', 'json'], '--format json always contains every revision'],
  ])('%j is a usage error with an explanation', (args, words) => {
    const { stdout, status } = guard(folderWith(threeMigrations), ['graph', ...args])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(words)
    expect(status).toBe(2)
  })

  test('--output writes only the file', () => {
    const folder = folderWith(threeMigrations)
    const { stdout, status } = guard(folder, ['graph', '--format', 'svg', '--output', 'graph.svg'])
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
    expect(readFileSync(join(folder, 'graph.svg'), 'utf8')).toMatch(/^<\?xml [^]*<\/svg>\n$/)
  })

  test('JSON contains the database position, or null without a database', () => {
    const { folder, env } = project(['add_email_002', 'lost_009'])
    const live = JSON.parse(guard(folder, ['graph', '--format', 'json'], env).stdout) as Record<
      string,
      unknown
    >
    expect(live['database']).toEqual({ versions: ['add_email_002', 'lost_009'], missing: ['lost_009'] })
    const alone = JSON.parse(guard(folder, ['graph', '--format', 'json']).stdout) as Record<string, unknown>
    expect(alone['database']).toBeNull()
    expect(alone['revisions']).toMatchObject([{ state: null }, { state: null }, { state: null }])
  })

  test('the page contains the operations of each migration', () => {
    const { stdout } = guard(folderWith(threeMigrations), ['graph', '--format', 'html'])
    expect(stdout).toContain('create table reservations_003 (id)')
  })

  test('recognizes a placeholder by its docstring', () => {
    const { folder, env } = project(['guest_lockout_001'])
    guard(folder, ['placeholder', '--after', 'add_email_002', '--write', '--force'], env)
    expect(guard(folder, ['graph'], env).stdout).toContain('guest_lockout_001 (database, placeholder')
  })

  test('draws files that Alembic ignores too', () => {
    const folder = folderWith({
      ...scaffold,
      'migrations/versions/a.py': migration('a1', null),
      'migrations/versions/b.py': `import os\nrevision = os.environ['X']\ndown_revision = 'a1'\n`,
      'migrations/versions/c.py': 'revision = (',
    })
    const { stdout } = guard(folder, ['graph'])
    expect(stdout).toContain('unreadable: migrations/versions/b.py')
    expect(stdout).toContain('rejected: migrations/versions/c.py')
  })
})

describe('Graphviz', () => {
  const dot = onPath(['dot']) ?? missing('Graphviz', 'there is no dot on the PATH')

  test.skipIf(dot === null).each([...galleryNames, 'hostile'])('%s: dot reads the same graph', (name) => {
    const text = drawDot(name === 'hostile' ? hostileGraph() : pictureOf(name))
    const { stdout: plain, stderr } = spawnSync(dot ?? '', ['-Tplain'], { input: text, encoding: 'utf8' })
    // Graphviz only warns about unknown syntax.
    expect(stderr).toBe('')
    const nodes = plain.split('\n').filter((line) => line.startsWith('node '))
    const edges = plain.match(/^edge n\d+ n\d+/gm) ?? []
    expect(nodes).toHaveLength(text.match(/^ {2}n\d+ \[/gm)?.length ?? 0)
    expect(edges.map((line) => line.split(' ').slice(1).join(' -> ')).toSorted()).toEqual(
      (text.match(/n\d+ -> n\d+/g) ?? []).toSorted(),
    )
  })
})
