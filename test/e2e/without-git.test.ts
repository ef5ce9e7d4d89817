/**
 * Tests incomplete environments, such as a slug or a partial clone. The guard must report what is missing.
 */
import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type GitProject,
  canRun,
  deletedProject,
  gitProject,
  projectIn,
  slugOf,
  step,
} from '../support/git-project.ts'
import { type Run, folderWith, guard } from '../support/guard.ts'

if (!canRun && process.env['CI']) throw new Error('git and Python with Alembic are needed here')
if (!canRun) console.warn('SKIPPED: git or Python with Alembic is missing')

const versions = 'migrations/versions'
const lost = 'guest_lockout_001'

function words({ stdout }: Run): string {
  return stdout.replace(/\s+/g, ' ')
}

describe.skipIf(!canRun)('rollback to an older slug', () => {
  /** Creates a project that was rolled back to an older slug after an upgrade. */
  function rolledBack(...manifest: readonly string[]): GitProject {
    const project = gitProject()
    project.guard('manifest', '--write', ...manifest)
    project.commit('Manifest')
    const old = slugOf(project)
    const newer = projectIn(project.top, project.folder, join(old.folder, 'app.db'))
    newer.write(`${versions}/${lost}.py`, step(lost, 'reservations_002'))
    newer.commit('Lock guests out')
    newer.alembic('upgrade', 'head')
    return old
  }

  test("has its own older manifest: it blocks and says what that can't show", () => {
    for (const manifest of [[], ['--all-refs']]) {
      const slug = rolledBack(...manifest)
      for (const more of [[], ['--on-ahead', 'skip']]) {
        const run = slug.guard('check', ...more)
        expect(run.status).toBe(1)
        expect(words(run)).toContain('[AG201]')
        expect(words(run)).toContain('the manifest is part of this release')
        expect(words(run)).toContain(
          'If this release is older than the database (a rollback), deploy the newer release',
        )
      }
    }
  })

  test('knows the revision only if a branch already contained it, with --all-refs', () => {
    const project = gitProject()
    project.git('switch', '-q', '-c', 'next')
    project.write(`${versions}/${lost}.py`, step(lost, 'reservations_002'))
    project.commit('Lock guests out')
    project.alembic('upgrade', 'head')
    project.git('switch', '-q', 'main')
    project.guard('manifest', '--write')
    expect(words(slugOf(project).guard('check'))).toContain('[AG201]')
    project.guard('manifest', '--write', '--all-refs')
    const slug = slugOf(project)
    expect(words(slug.guard('check'))).toContain('[AG202]')
    expect(slug.guard('check', '--on-ahead', 'skip').status).toBe(0)
  })
})

describe.skipIf(!canRun)('a partial clone', () => {
  test.each(['blob:none', 'tree:0'])("--filter=%s isn't fetched unasked, and that is reported", (filter) => {
    const project = deletedProject()
    project.git('config', 'uploadpack.allowFilter', 'true')
    const folder = join(folderWith({}), 'clone')
    project.git('clone', '-q', `--filter=${filter}`, `file://${project.folder}`, folder)
    const clone = projectIn(folder, folder, join(project.folder, 'app.db'))
    const objects = (): readonly string[] => readdirSync(join(folder, '.git/objects/pack')).toSorted()
    const before = objects()
    const explained = clone.guard('explain', lost)
    const checked = clone.guard('check')
    const restored = clone.guard('restore', lost)
    expect(objects()).toEqual(before)
    expect(words(explained)).toMatch(/not checked: [^.]*partial/)
    expect(explained.stdout).not.toContain('[deleted]')
    expect(checked.status).toBe(1)
    expect(words(checked)).toMatch(/Unknown [^.]*partial/)
    expect(restored.status).toBe(3)
    // After git fetches the missing contents, the explanation is complete.
    clone.git('fetch', '-q', '--refetch', '--no-filter')
    expect(words(clone.guard('explain', lost))).toContain('[deleted]')
  })
})

describe.skipIf(!canRun)('without git installed, and outside a repository', () => {
  function withoutGit(project: GitProject, ...args: readonly string[]): Run {
    const bin = folderWith({})
    symlinkSync(process.execPath, join(bin, 'node'))
    return guard(project.folder, args, { DATABASE_URL: `sqlite:///${project.folder}/app.db`, PATH: bin })
  }

  test.each(['check', 'preflight'])('%s blocks and reports which facts are missing', (command) => {
    const project = deletedProject()
    const run = withoutGit(project, command)
    expect([run.status, run.stderr]).toEqual([1, ''])
    expect(words(run)).toContain("Unknown git isn't installed; there is no manifest")
    const outside = slugOf(project).guard(command)
    expect([outside.status, outside.stderr]).toEqual([1, ''])
    expect(words(outside)).toContain("Unknown the project isn't in a git repository; there is no manifest")
  })

  test('everything that needs no history works', () => {
    const project = gitProject()
    project.alembic('upgrade', 'base_001')
    const before = project.guard('check').stdout
    expect(withoutGit(project, 'check').stdout.replaceAll(project.folder, '')).toBe(
      before.replaceAll(project.folder, ''),
    )
    expect(withoutGit(project, 'graph', '--format', 'json').status).toBe(0)
  })

  test.each([['explain', lost], ['restore', lost], ['manifest']])(
    '%s, which requires git, exits with 3',
    (...args) => {
      const run = withoutGit(deletedProject(), ...args)
      expect([run.status, words(run)]).toEqual([3, expect.stringContaining("git isn't installed")])
    },
  )
})

describe.skipIf(!canRun)('a file that still references the lost revision', () => {
  /** Creates a project in which menu_003 follows a lost revision. */
  function broken(): GitProject {
    const project = gitProject()
    project.write(`${versions}/${lost}.py`, step(lost, 'reservations_002'))
    project.write(`${versions}/menu_003.py`, step('menu_003', lost))
    project.commit('Lock guests out, menu')
    project.alembic('upgrade', lost)
    project.remove(`${versions}/${lost}.py`)
    project.commit('No lockout after all')
    return project
  }

  interface Finding {
    readonly code: string
    readonly follows?: string
    readonly evidence: readonly { readonly label: string; readonly value: string }[]
    readonly remedies: readonly { readonly argv: readonly string[] | null }[]
  }

  test.each(['check', 'preflight'])('AG103 of %s reports its fate, and its remedy works', (command) => {
    const project = broken()
    const run = project.guard(command, '--format', 'json')
    expect(run.status).toBe(1)
    const { findings } = JSON.parse(run.stdout) as { readonly findings: readonly Finding[] }
    const found = findings.find(({ code }) => code === 'AG103')
    expect(found?.evidence.map(({ label }) => label)).toContain('Deleted in')
    // The finding about the version row contains the remedy for both problems.
    expect([found?.follows, found?.remedies]).toEqual(['AG201', []])
    const cause = findings.find(({ code }) => code === 'AG201')
    project.run(cause?.remedies[0]?.argv ?? [])
    project.alembic('upgrade', 'head')
    expect(project.rows()).toEqual(['menu_003'])
  })

  test('AG108 reports the same for a dependency, and its remedy works', () => {
    const project = gitProject()
    project.write(`${versions}/${lost}.py`, step(lost, 'base_001'))
    const side = step('side_003', 'reservations_002')
    project.write(
      `${versions}/side_003.py`,
      side.replace('\n\n\ndef up', `\ndepends_on = '${lost}'\n\n\ndef up`),
    )
    project.commit('Lock guests out, side')
    project.remove(`${versions}/${lost}.py`)
    project.commit('No lockout after all')
    const { findings } = JSON.parse(project.guard('check', '--format', 'json').stdout) as {
      readonly findings: readonly Finding[]
    }
    const found = findings.find(({ code }) => code === 'AG108')
    expect(found?.evidence.map(({ label }) => label)).toContain('Deleted in')
    project.run(found?.remedies.find(({ argv }) => argv !== null)?.argv ?? [])
    project.alembic('upgrade', 'heads')
    expect(project.rows()).toContain('side_003')
  })

  test('works the same without a database, and reports missing git', () => {
    const project = broken()
    const run = guard(project.folder, ['check', '--allow-missing-url'])
    expect(run.status).toBe(1)
    expect(words(run)).toContain(`History ${lost} was deleted`)
    expect(words(slugOf(project).guard('check'))).toContain("Unknown the project isn't in a git repository")
  })
})
