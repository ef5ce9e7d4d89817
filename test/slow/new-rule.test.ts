/** Tests `npm run new-rule` in a copy of the rules. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check } from 'prettier'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { lintRules, silenceRule } from '../../src/rules/lint/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let copy: string

beforeEach(() => {
  // Inside the repository, the compiler and Prettier find their configuration.
  mkdirSync(join(root, '.cache'), { recursive: true })
  copy = mkdtempSync(join(root, '.cache/new-rule-'))
  cpSync(join(root, 'src/rules'), join(copy, 'src/rules'), { recursive: true })
  symlinkSync(join(root, 'src/core'), join(copy, 'src/core'))
})

afterEach(() => rmSync(copy, { recursive: true, force: true }))

const newRule = (...words: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/new-rule.mjs'), ...words], { cwd: copy, encoding: 'utf8' })
const text = (name: string): string => readFileSync(join(copy, name), 'utf8')
const codesIn = (index: string): readonly string[] =>
  [...index.matchAll(/^ {2}(AG\d{3}),$/gm)].map(([, code]) => code ?? '')

test.each([
  ['AG309', 'src/rules'],
  ['AG399', 'src/rules'],
  ['AG510', 'src/rules'],
  ['AG450', 'src/rules/lint'],
  ['AG499', 'src/rules/lint'],
])('%s is inserted in %s in code order, and compiles', async (code, folder) => {
  const before = codesIn(text(`${folder}/index.ts`))
  const { status, stdout, stderr } = newRule(code, 'made-up')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain(`npx vitest run test/unit/rules -t ${code}`)
  expect(codesIn(text(`${folder}/index.ts`))).toEqual([...before, code].sort())
  for (const name of [`${folder}/${code}-made-up.ts`, `${folder}/index.ts`]) {
    expect(
      await check(text(name), { filepath: name, singleQuote: true, semi: false, printWidth: 110 }),
      name,
    ).toBe(true)
  }
  writeFileSync(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['src/rules'] }),
  )
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', copy])
})

test.each([
  [['AG201', 'made-up'], /AG201 is unknown-revision; codes are never reused/],
  [['AG410', 'made-up'], /AG410 is no-way-back/],
  [['AG309', 'unknown-revision'], /AG201 is already named unknown-revision/],
  [['AG999', 'made-up'], /pass a code from AG100 to AG599/],
  [['AG309', 'Made_Up'], /and a name/],
  [['AG309', '../../x'], /and a name/],
  [['AG309'], /and a name/],
  [['AG309', 'made', 'up'], /and a name/],
])('%j is rejected, and nothing changes', (words, why) => {
  const before = text('src/rules/index.ts')
  const { status, stderr } = newRule(...words)
  expect(status).toBe(2)
  expect(stderr).toMatch(why)
  expect(text('src/rules/index.ts')).toBe(before)
})

test('no rule contains text of the template', () => {
  for (const { code, summary, explanation, cure } of [fallbackRule, ...rules, silenceRule, ...lintRules]) {
    expect(`${summary} ${explanation} ${cure}`, code).not.toContain('To write:')
  }
})
