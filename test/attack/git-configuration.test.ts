/** Tests hostile git configuration, which must not start a program or change a result. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, guard, madeBy, migration, threeMigrations } from '../support/guard.ts'
import { attacksOn } from './attack.ts'
import Sqlite from 'better-sqlite3'

const attack = attacksOn('git-configuration')

interface Repository {
  readonly folder: string
  /** A program that creates a marker file. */
  readonly program: string
  readonly git: (...args: readonly string[]) => string
  /** Returns the command lines of all programs started since the last call. */
  readonly started: () => readonly string[]
  /** Returns the guard's output without the timestamp. */
  readonly ask: (command: readonly string[]) => string
}

const lostPath = 'migrations/versions/add_email_002.py'

/** Creates a project whose middle migration was deleted after a database ran it. */
function repository(): Repository {
  const folder = folderWith({ ...threeMigrations, 'app.db': '' })
  const marks = folderWith({})
  const tools = folderWith({ mark: `#!/bin/sh\necho "$0 $*" > ${marks}/mark-$$\ncat >/dev/null\nexit 0\n` })
  const program = join(tools, 'mark')
  chmodSync(program, 0o755)
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: marks,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann Ode',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_COMMITTER_NAME: 'Ann Ode',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
  }
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  rmSync(join(folder, 'app.db'))
  const file = new Sqlite(join(folder, 'app.db'))
  file.exec(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
    INSERT INTO alembic_version VALUES ('add_email_002'); ${madeBy(2)}`)
  file.close()
  git('init', '-q', '-b', 'main')
  writeFileSync(join(folder, '.gitignore'), 'app.db\n')
  git('add', '-A')
  git('commit', '-q', '-m', 'Begin')
  rmSync(join(folder, lostPath))
  writeFileSync(
    join(folder, 'migrations/versions/reservations_003.py'),
    migration('reservations_003', 'base_001'),
  )
  git('commit', '-q', '-a', '-m', 'Drop it')
  // With log.follow, `git log` stops at a commit whose only change is a new file.
  writeFileSync(join(folder, 'migrations/versions/later_004.py'), migration('later_004', 'reservations_003'))
  git('add', '-A')
  git('commit', '-q', '-m', 'Go on')
  return {
    folder,
    program,
    git,
    started: () => {
      const names = readdirSync(marks)
      const seen = names.map((name) => readFileSync(join(marks, name), 'utf8'))
      for (const name of names) rmSync(join(marks, name))
      return seen
    },
    ask: (command) => {
      const { status, stdout, stderr } = guard(
        folder,
        command,
        { DATABASE_URL: 'sqlite:///app.db', HOME: marks, GIT_CONFIG_NOSYSTEM: '1' },
        { timeout: 20_000 },
      )
      return `${status}\n${stdout}${stderr}`
    },
  }
}

/** Every command that runs git. */
const commands = [
  ['explain', 'add_email_002'],
  ['restore', 'add_email_002'],
  ['manifest'],
  ['lint', '--since', 'HEAD~2'],
  ['check'],
] as const

/** Git settings that name a program. `$` is replaced with the program's path. */
const programs: Readonly<Record<string, string>> = {
  'core.fsmonitor': '$',
  'core.pager': '$',
  'pager.log': '$',
  'core.editor': '$',
  'core.askPass': '$',
  'core.sshCommand': '$',
  'core.gitProxy': '$',
  'core.alternateRefsCommand': '$',
  'core.hooksPath': '$hooks',
  'diff.external': '$',
  'diff.mark.textconv': '$',
  'diff.mark.command': '$',
  'diff.guitool': '$',
  'filter.mark.smudge': '$',
  'filter.mark.clean': '$',
  'filter.mark.process': '$',
  'merge.mark.driver': '$',
  'gpg.program': '$',
  'gpg.ssh.program': '$',
  'gpg.ssh.defaultKeyCommand': '$',
  'credential.helper': '!$',
  'alias.log': '!$',
  'alias.rev-parse': '!$',
  'alias.cat-file': '!$',
  'interactive.diffFilter': '$',
  'trailer.mark.command': '$',
  'uploadpack.packObjectsHook': '$',
  'remote.origin.uploadpack': '$',
  'remote.origin.receivepack': '$',
  'remote.origin.vcs': 'mark',
  'web.browser': '$',
  'sequence.editor': '$',
  'sendemail.smtpServer': '$',
  'imap.tunnel': '$',
  'browser.mark.cmd': '$',
  'man.mark.cmd': '$',
}

/** Settings that change git's output or input. */
const disturbing: Readonly<Record<string, string>> = {
  'log.follow': 'true',
  'log.showSignature': 'true',
  'log.showRoot': 'false',
  'log.decorate': 'full',
  'log.date': 'relative',
  'log.diffMerges': 'first-parent',
  'log.mailmap': 'true',
  'log.abbrevCommit': 'true',
  'log.excludeDecoration': '*',
  'format.pretty': 'fuller',
  'format.notes': 'true',
  'diff.renames': 'copies',
  'diff.relative': 'true',
  'diff.orderFile': '/dev/null/none',
  'diff.noprefix': 'true',
  'diff.submodule': 'log',
  'diff.ignoreSubmodules': 'all',
  'color.ui': 'always',
  'color.diff': 'always',
  'core.abbrev': '4',
  'core.quotePath': 'false',
  'core.precomposeUnicode': 'true',
  'core.ignoreCase': 'true',
  'core.warnAmbiguousRefs': 'false',
  'i18n.logOutputEncoding': 'UTF-16',
  'i18n.commitEncoding': 'UTF-16',
  'core.attributesFile': '/dev/null/none',
  'core.excludesFile': '/dev/null/none',
  'protocol.allow': 'always',
  'protocol.ext.allow': 'always',
  'submodule.recurse': 'true',
  'grep.patternType': 'perl',
  'help.autocorrect': 'immediate',
  'core.commitGraph': 'false',
  'notes.displayRef': '*',
  'pager.log': 'true',
}

/** Creates a repository, and records every command's output before the attack. */
function answered(): Repository & { readonly clean: readonly string[] } {
  const one = repository()
  return { ...one, clean: commands.map((command) => one.ask(command)) }
}

test('marker files would show programs that git starts', () => {
  const { git, program, started, folder } = repository()
  git('config', 'core.fsmonitor', program)
  git('config', 'diff.external', program)
  git('config', 'filter.mark.clean', program)
  spawnSync('git', ['status'], { cwd: folder })
  expect(started()).not.toEqual([])
  git('log', '-p', '--ext-diff')
  expect(started()).not.toEqual([])
})

test('the compared answers come from a working git', () => {
  const { clean } = answered()
  expect(clean[0]).toContain('deleted')
  expect(clean.map((text) => text[0])).toEqual(['0', '0', '0', '0', '1'])
})

/** Fails if a command starts a program or if its output changes. */
function expectUnmoved(what: string, { ask, started, clean }: ReturnType<typeof answered>): void {
  commands.forEach((command, index) => {
    expect(ask(command), `${what}: ${command.join(' ')}`).toBe(clean[index])
  })
  expect(started(), what).toEqual([])
}

attack('programs in the configuration, one by one', ({ another }) => {
  const one = answered()
  Object.entries(programs).forEach(([key, value], index) => {
    if (index > 0) another()
    one.git('config', key, value.replace('$', one.program))
    const at = index % commands.length
    expect(one.ask(commands[at] ?? []), key).toBe(one.clean[at])
    expect(one.started(), key).toEqual([])
    one.git('config', '--unset', key)
  })
})

attack('all of them at once, with attributes and hooks that run them', () => {
  const one = answered()
  for (const [key, value] of Object.entries(programs)) one.git('config', key, value.replace('$', one.program))
  writeFileSync(join(one.folder, '.git/info/attributes'), '* diff=mark filter=mark merge=mark\n')
  mkdirSync(`${one.program}hooks`)
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-auto-gc']) {
    for (const path of [join(one.folder, '.git/hooks', hook), join(`${one.program}hooks`, hook)]) {
      writeFileSync(path, `#!/bin/sh\nexec ${one.program}\n`)
      chmodSync(path, 0o755)
    }
  }
  expectUnmoved('all at once', one)
})

attack("settings that change git's output", ({ another }) => {
  const one = answered()
  Object.entries(disturbing).forEach(([key, value], index) => {
    if (index > 0) another()
    one.git('config', key, value)
    for (const at of [0, 2]) {
      expect(one.ask(commands[at] ?? []), key).toBe(one.clean[at])
    }
    one.git('config', '--unset', key)
  })
  for (const [key, value] of Object.entries(disturbing)) one.git('config', key, value)
  another()
  expectUnmoved('all of them', one)
  for (const key of Object.keys(disturbing)) one.git('config', '--unset', key)
})

attack('a configuration that includes another one', () => {
  const one = answered()
  writeFileSync(
    join(one.folder, '.git/more'),
    `[core]\n\tfsmonitor = ${one.program}\n[log]\n\tfollow = true\n`,
  )
  one.git('config', 'include.path', 'more')
  expectUnmoved('include.path', one)
  one.git('config', '--unset', 'include.path')
})

attack('a promisor remote that would be contacted for missing contents', ({ another }) => {
  const transports = (one: Repository): readonly string[] => [
    `ext::${one.program} %S`,
    `file://${one.folder}/other.git`,
    'ssh://nobody@127.0.0.1/x',
    'git://127.0.0.1/x',
    'mark::x',
  ]
  for (let index = 0; index < 5; index += 1) {
    if (index > 0) another()
    const one = repository()
    one.git('config', 'core.repositoryFormatVersion', '1')
    one.git('config', 'extensions.partialClone', 'origin')
    one.git('config', 'remote.origin.url', transports(one)[index] ?? '')
    one.git('config', 'remote.origin.promisor', 'true')
    one.git('config', 'remote.origin.uploadpack', one.program)
    one.git('config', 'remote.origin.vcs', '')
    one.git('config', '--unset', 'remote.origin.vcs')
    one.git('config', 'protocol.allow', 'always')
    one.git('config', 'core.sshCommand', one.program)
    const id = one.git('rev-parse', `HEAD~2:${lostPath}`).trim()
    rmSync(join(one.folder, '.git/objects', id.slice(0, 2), id.slice(2)), { force: true })
    const explained = one.ask(['explain', 'add_email_002'])
    expect(explained).toMatch(/^[01]\n/)
    expect(explained).toMatch(/partial/)
    for (const command of commands) one.ask(command)
    expect(one.started(), transports(one)[index]).toEqual([])
  }
})

attack('a program named git in the repository, and a relative folder in PATH', () => {
  const one = repository()
  writeFileSync(join(one.folder, 'git'), `#!/bin/sh\nexec ${one.program}\n`)
  chmodSync(join(one.folder, 'git'), 0o755)
  const { status } = guard(one.folder, ['explain', 'add_email_002'], {
    DATABASE_URL: 'sqlite:///app.db',
    PATH: `.::${process.env['PATH'] ?? ''}`,
  })
  expect(status).toBe(0)
  expect(one.started()).toEqual([])
})

attack('a .mailmap that is a pipe', () => {
  const one = repository()
  execFileSync('mkfifo', [join(one.folder, '.mailmap')])
  expect(one.ask(['explain', 'add_email_002'])).toMatch(/^0\n/)
})

attack('a repository owned by another user', () => {
  const one = repository()
  if (process.getuid?.() !== 0) return
  execFileSync('chown', ['-R', '65534', join(one.folder, '.git'), one.folder])
  one.ask(['explain', 'add_email_002'])
  one.ask(['lint'])
  expect(one.started()).toEqual([])
  expect(existsSync(join(one.folder, '.git'))).toBe(true)
})
