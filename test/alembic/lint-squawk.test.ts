/** Compares lint with squawk on the rules' examples. SQUAWK is the path to the squawk binary. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { lintRules } from '../../src/rules/lint/index.ts'
import { findPython } from '../support/judge.ts'

const squawk = process.env['SQUAWK'] ?? 'squawk'
const python = findPython()
const found = spawnSync(squawk, ['--version']).status === 0 && python !== null

/** Maps each of our rules to the equivalent squawk rule. */
const names: Readonly<Record<string, string>> = {
  AG420: 'require-concurrent-index-creation',
  AG421: 'adding-required-field',
  AG422: 'adding-field-with-default',
  AG423: 'changing-column-type',
  AG424: 'adding-foreign-key-constraint',
  AG425: 'adding-not-nullable-field',
  AG426: 'renaming-column',
  AG427: 'constraint-missing-not-valid',
  AG431: 'ban-truncate-cascade',
  AG432: 'require-lock-timeout',
  AG433: 'require-concurrent-index-deletion',
  AG434: 'require-concurrent-reindex',
  AG435: 'identifier-too-long',
}

/** Reasons why squawk and lint differ on our `bad` and `good` examples. */
const differences: Readonly<Record<string, string>> = {
  'AG423 good': 'a longer varchar rewrites nothing; squawk does not know the type that the column had',
  'AG434 bad': 'the example refreshes a materialized view, which squawk passes over',
  'AG435 bad': 'SQLAlchemy refuses the name, so there is no SQL to read',
  'AG425 good': 'squawk does not know that an earlier migration validated the CHECK',
}

interface Complaint {
  readonly file: string
  readonly rule_name: string
}

function lastOf(files: Readonly<Record<string, string>>): string {
  return Object.values(files).at(-1) ?? ''
}

/**
 * Returns the squawk rules that flag each migration, keyed by the migration's label; null if Alembic can't render
 * it.
 */
function complaintsOf(
  sources: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[] | null> {
  const script = fileURLToPath(new URL('../support/render-sql.py', import.meta.url))
  const input = JSON.stringify(Object.values(sources))
  const { stdout } = spawnSync(python ?? '', [script], { input, encoding: 'utf8' })
  const rendered: readonly (string | null)[] = JSON.parse(stdout)
  const folder = mkdtempSync(join(tmpdir(), 'lint-squawk-'))
  try {
    const labels = Object.keys(sources)
    const files = labels.map((label) => join(folder, `${label.replace(' ', '-')}.sql`))
    files.forEach((file, index) => writeFileSync(file, rendered[index] ?? ''))
    const options = ['--reporter', 'json', '--pg-version', '15.0', '--assume-in-transaction']
    const said: readonly Complaint[] = JSON.parse(
      spawnSync(squawk, [...options, ...files], { encoding: 'utf8' }).stdout,
    )
    return new Map(
      labels.map((label, index) => [
        label,
        rendered[index] === null
          ? null
          : said.filter(({ file }) => file === files[index]).map((one) => one.rule_name),
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('squawk is there to be asked', () => {
  if (!found)
    console.warn('SKIPPED: no squawk (npm install squawk-cli outside of the repository, SQUAWK=path)')
  expect(squawk).not.toBe('')
})

describe.skipIf(!found)('the examples of a rule', () => {
  const rules = lintRules.filter(({ code }) => names[code] !== undefined)
  const complaints = found
    ? complaintsOf(
        Object.fromEntries(
          rules.flatMap(({ code, examples: { bad, good } }) => [
            [`${code} bad`, lastOf(bad.files)],
            [`${code} good`, lastOf(good.files)],
          ]),
        ),
      )
    : new Map<string, readonly string[] | null>()

  test.each(rules.map(({ code }) => code))('%s: squawk agrees, or there is a reason', (code) => {
    const name = names[code] ?? ''
    const speaks = (label: string): boolean => complaints.get(`${code} ${label}`)?.includes(name) ?? false
    expect(speaks('bad')).toBe(differences[`${code} bad`] === undefined)
    expect(speaks('good')).toBe(differences[`${code} good`] !== undefined)
  })
})
