/** Tests general command line features, such as quiet output and shell completion. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, folderWith, guard, migration, scaffold, threeMigrations } from '../support/guard.ts'

const sqlite = { DATABASE_URL: 'sqlite:///app.db' }

test("-V and --version print the version; -v alone doesn't", () => {
  const folder = folderWith(threeMigrations)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  for (const words of [['-V'], ['--version'], ['check', '-V']])
    expect(guard(folder, words)).toMatchObject({ stdout: `${version}\n`, status: 0 })
  const verbose = guard(folder, ['check', '-v'], sqlite)
  expect(verbose.stdout).toContain('SUCCESS')
  expect(verbose.stderr).toContain('read 3 files in migrations/versions')
})

describe('--quiet', () => {
  test('prints one line for a pass, alone or before a command', () => {
    const folder = folderWith(threeMigrations)
    const line = 'SUCCESS: "alembic upgrade head" would run 3 migrations, first base_001\n'
    expect(guard(folder, ['check', '-q'], sqlite)).toEqual({ stdout: line, stderr: '', status: 0 })
    const run = guard(folder, ['run', '--quiet', '--no-verify', '--', 'echo', 'upgraded'], sqlite)
    expect(run.status).toBe(0)
    // The guard warns that it doesn't recognize "echo", but passes its output through.
    expect(run.stdout).toContain('upgraded')
    expect(run.stdout).toContain('WARNING')
    expect(run.stdout).not.toContain('alembic-guard')
  })

  test('prints the codes of the findings', () => {
    const folder = folderWith({ ...threeMigrations, 'migrations/versions/x.py': migration('x', 'base_001') })
    const line = 'ERROR: release blocked before "alembic upgrade head"  [AG105]\n'
    for (const words of [
      ['check', '-q'],
      ['run', '-q', '--', 'alembic', 'upgrade', 'head'],
    ])
      expect(guard(folder, words, sqlite)).toEqual({ stdout: line, stderr: '', status: 1 })
    const sound = folderWith(threeMigrations)
    const unchecked = 'WARNING: no database URL, so only the revision graph was checked\n'
    expect(guard(sound, ['check', '-q', '--allow-missing-url']).stdout).toBe(unchecked)
    expect(guard(sound, ['check', '-q']).status).toBe(3)
    expect(guard(sound, ['check', '-q', '--format', 'json'], sqlite).stdout).toContain('"verdict"')
  })
})

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

describe('completion', () => {
  const shells = ['bash', 'zsh', 'fish'] as const

  test.each(shells)('%s: the script is for the requested shell', (shell) => {
    const { stdout, status } = guard(folderWith({}), ['completion', shell], { SHELL: '/bin/sh' })
    expect(status).toBe(0)
    const sign = { bash: 'complete -o bashdefault', zsh: '#compdef alembic-guard', fish: 'complete -f -c' }
    expect(stdout).toContain(sign[shell])
    for (const other of shells) if (other !== shell) expect(stdout).not.toContain(sign[other])
  })

  test('bash completes a command, an option and a value', () => {
    const folder = folderWith({ 'alembic-guard': `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n` })
    chmodSync(join(folder, 'alembic-guard'), 0o755)
    const script = `
      eval "$(alembic-guard completion bash)"
      complete_words() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _alembic-guard_yargs_completions
        echo "\${COMPREPLY[*]}"
      }
      complete_words alembic-guard pref
      complete_words alembic-guard check --form
      complete_words alembic-guard check --format sa
    `
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, SHELL: '/bin/bash' },
      encoding: 'utf8',
    })
    expect([stdout, stderr]).toEqual(['preflight\n--format\nsarif\n', ''])
  })

  test.skipIf(!has('zsh'))('zsh loads it without a configuration', () => {
    const folder = folderWith({ 'script.zsh': guard(folderWith({}), ['completion', 'zsh']).stdout })
    const words = ['-f', '-c', `source ${folder}/script.zsh; print $_comps[alembic-guard]`]
    const { stdout, stderr } = spawnSync('zsh', words, { env: { HOME: folder }, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['_alembic-guard_yargs_completions\n', ''])
  })

  test.skipIf(!has('fish'))('fish completes a command, an option and a value', () => {
    const folder = folderWith({
      'alembic-guard': `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`,
      'script.fish': guard(folderWith({}), ['completion', 'fish']).stdout,
    })
    chmodSync(join(folder, 'alembic-guard'), 0o755)
    const lines = ['alembic-guard pref', 'alembic-guard check --form', 'alembic-guard check --format sa']
    const asked = lines.map((line) => `complete -C '${line}'`).join('; ')
    const { stdout, stderr } = spawnSync('fish', ['-c', `source ${folder}/script.fish; ${asked}`], {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder },
      encoding: 'utf8',
    })
    expect([stdout.trim().split(/\s+/), stderr]).toEqual([['preflight', '--format', 'sarif'], ''])
  })
})

test('a missing -c file is reported, with the existing ones', () => {
  const folder = folderWith({ ...threeMigrations, 'etc/.gitkeep': '' })
  const missing = guard(folder, ['check', '-c', 'alembik.ini'])
  expect(missing.status).toBe(2)
  expect(missing.stdout).toContain("alembik.ini doesn't exist")
  expect(missing.stdout.replaceAll(/\s+/g, ' ')).toContain('-c alembic.ini')
  expect(guard(folder, ['check', '-c', 'etc']).stdout).toContain('etc is a folder')
  // Flask-Migrate takes a folder, as in `-d migrations`, not the path of alembic.ini.
  const flask = folderWith({ 'migrations/alembic.ini': '[alembic]\n', 'migrations/env.py': '' })
  const { stdout } = guard(flask, ['check', '-c', 'alembic.ini'])
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('found: -d migrations')
})

test('the SQLite file of --database-url must exist, unless run starts an upgrade that creates it', () => {
  const folder = folderWith(threeMigrations)
  for (const verb of ['check', 'preflight', 'graph']) {
    const run = guard(folder, [...verb.split(' '), '--database-url', 'sqlite:///typo.db'])
    expect(run.stdout + run.stderr, verb).toContain("typo.db doesn't exist")
    expect(run.status, verb).toBe(3)
  }
  const words = ['run', '--no-verify', '--database-url', 'sqlite:///new.db', '--', 'true']
  expect(guard(folder, words).status).toBe(0)
  // The first upgrade creates the SQLite file, so a missing file must not block the release.
  expect(guard(folder, ['check'], { DATABASE_URL: 'sqlite:///new.db' }).status).toBe(0)
})

test('a missing SQLite file is reported with the databases in its folder', () => {
  const folder = folderWith({ ...threeMigrations, 'empty.db': '', 'notes.db': 'not a database' })
  const said = (words: readonly string[], url?: string): string => {
    const run = guard(folder, words, url === undefined ? {} : { DATABASE_URL: url })
    return (run.stdout + run.stderr).replaceAll(/\s+/g, ' ')
  }
  const created = "the SQLite file new.db doesn't exist, so the upgrade would create it"
  for (const verb of ['check', 'preflight']) expect(said([verb], 'sqlite:///new.db'), verb).toContain(created)
  expect(said(['check'], 'sqlite:///new.db')).not.toContain('did you mean')
  writeFileSync(join(folder, 'hotel.db'), 'SQLite format 3\0')
  expect(said(['check'], 'sqlite:///new.db')).toContain(`${created} (did you mean hotel.db?)`)
  expect(said(['check', '--database-url', 'sqlite:///new.db'])).toContain('Did you mean hotel.db?')
  expect(existsSync(join(folder, 'new.db'))).toBe(false)
})

describe('inside the migrations folder', () => {
  test.each(['migrations', 'migrations/versions'])('%s: the enclosing project is found', (below) => {
    const folder = folderWith(threeMigrations)
    const run = guard(join(folder, below), ['check', '-v', '--report', 'json=here.json'], sqlite)
    expect(run.status).toBe(0)
    expect(run.stdout).toContain('3 revisions, head reservations_003')
    expect(run.stderr).toContain(`using the project in ${folder}`)
    expect(existsSync(join(folder, below, 'here.json'))).toBe(true)
    const lint = guard(join(folder, 'migrations/versions'), ['lint', 'base_001.py'])
    expect([lint.status, lint.stdout.includes('linted 1 migration')]).toEqual([0, true])
  })

  test('a Flask-Migrate project is found', () => {
    const folder = folderWith({
      'migrations/alembic.ini': '[alembic]\n# Flask-Migrate says where\n',
      'migrations/env.py': scaffold['migrations/env.py'] ?? '',
      'migrations/versions/one.py': migration('one', null),
    })
    const run = guard(join(folder, 'migrations'), ['graph'])
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining('one (head)')])
  })

  test("a user's command keeps its working directory, and so does an explicit file", () => {
    const folder = folderWith(threeMigrations)
    const inside = join(folder, 'migrations')
    const run = guard(inside, ['run', '--', 'pwd'], { DATABASE_URL: `sqlite:///${folder}/app.db` })
    expect(run.stdout).toContain(`${inside}\n`)
    expect(guard(inside, ['check', '-c', 'alembic.ini'], sqlite).status).toBe(2)
  })
})

describe('without DATABASE_URL', () => {
  test('the fix is printed first', () => {
    const { stdout } = guard(folderWith({ ...threeMigrations, Procfile: 'web: x\n' }), ['check'])
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /hint: Set DATABASE_URL to the URL[^]*--app NAME gets the URL from the Heroku CLI/,
    )
    expect(stdout).not.toContain('pg:promote')
    const dyno = guard(folderWith(threeMigrations), ['check'], { DYNO: 'release.1234' })
    expect(dyno.stdout.replaceAll(/\s+/g, ' ')).toMatch(/hint: Set DATABASE_URL[^]*pg:promote/)
  })

  test.each([
    ['sqlite:///app.db', 'DATABASE_URL=sqlite:///app.db alembic-guard check'],
    ['postgresql://me:secret-word@localhost/app', 'sed -n'],
    ['postgresql://me:secret%%21word@localhost/app', 'alembic.ini configures a database (sqlalchemy.url)'],
  ])('alembic.ini has %s', (url, text) => {
    const ini = `${scaffold['alembic.ini'] ?? ''}sqlalchemy.url = ${url}\n`
    const folder = folderWith({ ...threeMigrations, 'alembic.ini': ini })
    const { stdout } = guard(folder, ['check'])
    expect(stdout.replaceAll(/\n +/g, ' ')).toContain(text)
    expect(stdout).not.toContain('secret')
  })

  test('the printed command works', () => {
    const ini = `${scaffold['alembic.ini'] ?? ''}sqlalchemy.url = postgresql://me@127.0.0.1:1/app\n`
    const folder = folderWith({ ...threeMigrations, 'alembic.ini': ini })
    const printed = /database: (DATABASE_URL=.*? check)/s.exec(
      guard(folder, ['check']).stdout.replaceAll(/\n +/g, ' '),
    )?.[1]
    const { stdout } = spawnSync(
      'sh',
      ['-c', (printed ?? '').replace('alembic-guard', '"$0" "$1"'), process.execPath, cli],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    expect(stdout).toContain('127.0.0.1')
    expect(stdout).not.toContain("isn't set")
  })
})
