/** Tests the manifest, and features that must work without git's full history. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith, guard } from '../support/guard.ts'
import {
  type GitProject,
  canRun,
  deletedProject,
  gitProject,
  projectIn,
  slugOf,
  step,
} from '../support/git-project.ts'

if (!canRun && process.env['CI']) throw new Error('git and Python with Alembic are needed here')
if (!canRun) console.warn('SKIPPED: git or Python with Alembic is missing')

const versions = 'migrations/versions'
const lost = 'guest_lockout_001'
const manifest = 'migrations/alembic-guard.manifest'

function words(text: string): string {
  return text.replace(/\s+/g, ' ')
}

describe.skipIf(!canRun)('without git', () => {
  test("in a slug without a manifest, check blocks and reports what it couldn't check", () => {
    const slug = slugOf(deletedProject())
    const { stdout, status } = slug.guard('check')
    expect(status).toBe(1)
    expect(words(stdout)).toContain('AG201')
    expect(words(stdout)).toContain("the project isn't in a git repository")
    expect(words(stdout)).toContain('there is no manifest')
    expect(stdout).toContain(`alembic-guard explain ${lost}`)
    const explained = slug.guard('explain', lost)
    expect(explained.status).toBe(3)
    expect(slug.guard('restore', lost).status).toBe(3)
    expect(slug.guard('manifest').status).toBe(3)
  })

  test('in a slug with a manifest, check names the commit that removed the file', () => {
    const project = deletedProject()
    const removed = project.git('rev-parse', 'HEAD').trim()
    expect(project.guard('manifest', '--write').status).toBe(0)
    expect(readFileSync(join(project.folder, manifest), 'utf8')).toContain(
      `${lost} reservations_002 ${versions}/${lost}.py removed:${removed}`,
    )
    const { stdout, status } = slugOf(project).guard('check')
    expect(status).toBe(1)
    expect(words(stdout)).toContain(`Deleted in ${removed.slice(0, 10)}`)
    expect(stdout).toContain(`--source=${removed.slice(0, 10)}^`)
  })

  test('check works on a machine without git', () => {
    const project = deletedProject()
    const bin = folderWith({})
    symlinkSync(process.execPath, join(bin, 'node'))
    const env = { DATABASE_URL: `sqlite:///${project.folder}/app.db`, PATH: bin }
    const { stdout, stderr, status } = guard(project.folder, ['check'], env)
    expect([status, stderr]).toEqual([1, ''])
    expect(words(stdout)).toContain("git isn't installed")
  })

  test('a release that passes runs no git command', () => {
    const project = gitProject()
    const bin = folderWith({ git: '#!/bin/sh\necho asked >> "$HOME/asked"\nexit 1\n' })
    const env = { DATABASE_URL: `sqlite:///${project.folder}/app.db`, PATH: `${bin}:${process.env['PATH']}` }
    project.alembic('upgrade', 'head')
    expect(guard(project.folder, ['check'], env).status).toBe(0)
    expect(() => readFileSync(join(project.folder, 'asked'))).toThrow(/ENOENT/)
  })

  test('a shallow clone is reported', () => {
    const project = deletedProject()
    project.write('README', 'more')
    project.commit('More')
    const folder = join(folderWith({}), 'clone')
    project.git('clone', '-q', '--depth', '1', `file://${project.folder}`, folder)
    const clone = projectIn(folder, folder, join(project.folder, 'app.db'))
    const { stdout, status } = clone.guard('explain', lost)
    expect(status).toBe(0)
    expect(words(stdout)).toContain('this clone is shallow')
    expect(words(stdout)).toContain('[never-here]')
  })
})

describe.skipIf(!canRun)('the manifest', () => {
  test('is stale when a revision is added or removed, and fresh when it is written again', () => {
    const project = gitProject()
    expect(project.guard('manifest', '--check').status).toBe(1)
    project.guard('manifest', '--write')
    project.commit('Manifest')
    expect(project.guard('manifest', '--check').status).toBe(0)
    project.write(`${versions}/${lost}.py`, step(lost, 'reservations_002'))
    expect(words(project.guard('manifest', '--check').stdout)).toContain(`${lost} is missing`)
    project.guard('manifest', '--write')
    project.commit('Lock guests out')
    expect(project.guard('manifest', '--check').status).toBe(0)
    project.remove(`${versions}/${lost}.py`)
    expect(words(project.guard('manifest', '--check').stdout)).toContain(`${lost} was removed`)
    project.guard('manifest', '--write')
    expect(readFileSync(join(project.folder, manifest), 'utf8')).toContain(`${lost}.py gone`)
    project.commit('No lockout')
    // A manifest can't contain the id of its own commit, so it counts as up to date without that id.
    expect(project.guard('manifest', '--check').status).toBe(0)
    project.guard('manifest', '--write')
    expect(readFileSync(join(project.folder, manifest), 'utf8')).toMatch(
      /lockout_001\.py removed:[0-9a-f]{40}$/m,
    )
  })

  test('is identical when written twice, whatever branches exist', () => {
    const project = deletedProject()
    const first = project.guard('manifest').stdout
    project.git('switch', '-q', '-c', 'other')
    project.write(`${versions}/x.py`, step('x_004', 'reservations_002'))
    project.commit('X')
    project.git('switch', '-q', 'main')
    expect(project.guard('manifest').stdout).toBe(first)
    expect(project.guard('manifest', '--all-refs').stdout).toContain(
      `x_004 reservations_002 ${versions}/x.py elsewhere`,
    )
  })

  test('keeps what git has lost', () => {
    const project = deletedProject()
    project.guard('manifest', '--write')
    rmSync(join(project.folder, '.git'), { recursive: true })
    project.git('init', '-q', '-b', 'main')
    project.commit('Squashed')
    expect(project.guard('manifest').stdout).toContain(lost)
    expect(project.guard('manifest', '--check').status).toBe(0)
  })
})

describe.skipIf(!canRun)('a database that is ahead', () => {
  function rolledBack(): GitProject {
    const project = gitProject()
    project.git('switch', '-q', '-c', 'next')
    project.write(`${versions}/${lost}.py`, step(lost, 'reservations_002'))
    project.write(`${versions}/menu_004.py`, step('menu_004', lost))
    project.commit('Lock guests out')
    project.alembic('upgrade', 'head')
    project.git('switch', '-q', 'main')
    return project
  }

  test('is AG202, determined from git', () => {
    const project = rolledBack()
    const { stdout, status } = project.guard('check')
    expect(status).toBe(1)
    expect(words(stdout)).toContain('AG202')
    expect(words(stdout)).toContain('ahead of this release by 2 revisions')
    const report = JSON.parse(project.guard('check', '--format', 'json').stdout) as Record<string, unknown>
    expect(report['standing']).toEqual({ kind: 'ahead' })
  })

  test('is AG202 in a slug, determined from a manifest of all refs', () => {
    const project = rolledBack()
    project.guard('manifest', '--write', '--all-refs')
    const slug = slugOf(project)
    expect(slug.guard('check').stdout).toContain('[AG202]')
    expect(slug.guard('check', '--on-ahead', 'skip').status).toBe(0)
  })

  test('passes with --on-ahead skip, and says that the upgrade will be skipped', () => {
    const { stdout, status } = rolledBack().guard('check', '--on-ahead', 'skip')
    expect(status).toBe(0)
    expect(stdout).toContain('SUCCESS: the database is ahead of this release; skip "alembic upgrade head"')
    expect(stdout).toContain('WARNING: database ahead  [AG202]')
  })

  test('blocks with --on-ahead skip if an intermediate revision is missing', () => {
    const project = gitProject()
    project.git('switch', '-q', '-c', 'next')
    project.write(`${versions}/menu_004.py`, step('menu_004', 'never_committed_003'))
    project.commit('Menu')
    project.write(`${versions}/never.py`, step('never_committed_003', 'reservations_002'))
    project.alembic('upgrade', 'head')
    project.remove(`${versions}/never.py`)
    project.git('switch', '-q', 'main')
    const { stdout, status } = project.guard('check', '--on-ahead', 'skip')
    expect(status).toBe(1)
    expect(words(stdout)).toContain('Also missing never_committed_003')
  })
})

describe.skipIf(!canRun)('files missing from the release', () => {
  test('the matching .slugignore rule is reported with its line', () => {
    const project = gitProject()
    project.write('.slugignore', '# tests\ntests\nversions\n')
    project.commit('Slim')
    const { stdout, status } = project.guard('explain', 'reservations_002')
    expect(status).toBe(0)
    expect(stdout).toContain('[shipped-not]')
    expect(stdout).toContain('.slugignore, line 3: versions')
  })

  test('a slug without the file fails; a clone names the rule, and after removing it the next slug upgrades', () => {
    const project = gitProject()
    project.alembic('upgrade', 'head')
    project.write('.slugignore', '*_002.py\n')
    project.commit('Slim')
    const slug = slugOf(project)
    slug.remove(`${versions}/reservations_002.py`)
    const failed = slug.tryAlembic('upgrade', 'head')
    expect(failed.stdout + failed.stderr).toContain("Can't locate revision")
    expect(slug.guard('check').stdout).toContain('[AG201]')
    const explained = project.guard('explain', 'reservations_002').stdout
    expect(explained).toContain('.slugignore, line 1: *_002.py')
    expect(explained).toContain('Remove the rule')
    project.remove('.slugignore')
    project.commit('Everything')
    expect(project.guard('explain', 'reservations_002').stdout).not.toContain('[shipped-not]')
    slugOf(project).alembic('upgrade', 'head')
  })

  test.each([
    ['.dockerignore', 'versions\n', null],
    ['.dockerignore', '*\n!migrations\n', null],
    ['.dockerignore', '# all\n**/versions\n', '.dockerignore, line 2: **/versions'],
    ['.dockerignore', 'migrations\n!migrations/env.py\n', '.dockerignore, line 1: migrations'],
    ['.slugignore', 'migrations\n!migrations\n', '.slugignore, line 1: migrations'],
    ['migrations/.dockerignore', 'versions\n', 'migrations/.dockerignore, line 1: versions'],
    ['.gitignore', '*_002.py\n', '.gitignore, line 1: *_002.py'],
  ])('%s %j matches as in its own tool', (file, text, rule) => {
    const project = gitProject()
    project.write(file, text)
    const { stdout, status } = project.guard('explain', 'reservations_002')
    expect(status).toBe(0)
    if (rule === null) expect(stdout).not.toContain('[shipped-not]')
    else expect(stdout).toContain(rule)
  })
})

describe.skipIf(!canRun)('restore', () => {
  test('changes nothing without --write, and restores the exact bytes with it', () => {
    const project = gitProject()
    const source = `\ufeff${step(lost, 'reservations_002').replaceAll('\n', '\r\n')}`
    project.git('config', 'core.autocrlf', 'false')
    project.write(`${versions}/${lost}.py`, source)
    project.commit('Lock guests out')
    project.alembic('upgrade', 'head')
    project.remove(`${versions}/${lost}.py`)
    project.commit('No lockout after all')
    const shown = project.guard('restore', lost)
    expect(shown.status).toBe(0)
    expect(shown.stdout).toContain('nothing was changed; add --write to apply this.')
    expect(project.git('status', '--porcelain')).toBe('')
    const done = project.guard('restore', lost, '--write')
    expect(done.status).toBe(0)
    expect(words(done.stdout)).toContain(`Resulting head: ${lost}. The upgrade then has nothing to run.`)
    expect(readFileSync(join(project.folder, versions, `${lost}.py`), 'utf8')).toBe(source)
  })

  test('never overwrites an existing file', () => {
    const project = deletedProject()
    project.write(`${versions}/${lost}.py`, step('menu_003', 'reservations_002'))
    const { status } = project.guard('restore', lost, '--write')
    expect(status).toBe(0)
    expect(readFileSync(join(project.folder, versions, `${lost}_restored.py`), 'utf8')).toBe(
      step(lost, 'reservations_002'),
    )
    expect(project.tryAlembic('upgrade', 'head').status).toBe(0)
    expect(project.rows()).toEqual(['menu_003'])
  })

  test('distinguishes a restarted history from a single deletion', () => {
    const project = deletedProject()
    project.git('rm', '-q', '-r', versions)
    mkdirSync(join(project.folder, versions), { recursive: true })
    writeFileSync(join(project.folder, versions, 'fresh.py'), step('fresh_001', null))
    project.commit('Begin anew')
    const { stdout } = project.guard('explain', 'reservations_002')
    expect(words(stdout)).toContain('together with 1 other migration, and the history was restarted')
  })
})
