/** Tests `explain` with a finding's code, which needs no project or database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { execute } from '../../../src/commands/delivery/execute.ts'
import { explain } from '../../../src/commands/explain.ts'
import { fallbackRule, rules } from '../../../src/rules/index.ts'
import { lintRules, silenceRule } from '../../../src/rules/lint/index.ts'
import { quietContext } from '../../support/context.ts'

const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-'))
afterAll(() => rmSync(folder, { recursive: true }))

const explained = (positionals: readonly string[], format = 'human') =>
  execute(explain, { positionals, format }, quietContext(folder, ''))

const all = [fallbackRule, ...rules, silenceRule, ...lintRules]

test.each(all.map((rule) => [rule.code, rule] as const))(
  '%s reports what, why, and what to do',
  async (code, rule) => {
    const { stdout, exitCode } = await explained([code])
    expect(exitCode).toBe(0)
    const flat = stdout.replaceAll(/\s+/g, ' ')
    expect(stdout.startsWith(`${code} ${rule.name} (${rule.severity})\n`)).toBe(true)
    for (const words of [rule.summary, rule.explanation, rule.cure])
      expect(flat).toContain(words.replaceAll(/\s+/g, ' ').trim())
    // This rule has an explanation instead of an example.
    if (rule !== silenceRule) expect(flat).toContain('Reported for:')
    // Code isn't wrapped, and long words aren't split.
    const long = stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('    '))
    expect(long).toEqual([])
    expect(`${rule.explanation}\n${rule.cure}`).not.toMatch(/^(?:[-*] |```)/m)
  },
)

test('ignores case, accepts names, and several codes at once', async () => {
  const { stdout } = await explained(['ag201', 'multiple-heads'])
  expect(stdout).toMatch(/^AG201 unknown-revision/)
  expect(stdout).toMatch(/^AG105 multiple-heads/m)
})

test('prints JSON', async () => {
  const { stdout } = await explained(['AG201'], 'json')
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    command: 'explain',
    rules: [{ code: 'AG201', name: 'unknown-revision', severity: 'error' }],
  })
})

test.each([
  ['AG299', 'did you mean AG209'],
  ['ag20', 'did you mean AG200|did you mean AG20'],
  ['unknwon-revision', 'did you mean AG201 unknown-revision?'],
  ['something-else-altogether', 'findings lists all of them'],
])('%s is a usage error with a way out', async (word, hint) => {
  const { stdout, exitCode } = await explained([word])
  expect(exitCode).toBe(2)
  expect(stdout).toContain(`${word} isn't a known finding`)
  expect(stdout).toMatch(new RegExp(hint.replace('?', String.raw`\?`)))
})
