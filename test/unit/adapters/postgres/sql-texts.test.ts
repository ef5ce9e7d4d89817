/**
 * In our SQL, every function, operator and type must come from pg_catalog, no matter which schemas the
 * database has.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startDeadline } from '../../../../src/adapters/files/deadline.ts'
import { transactionSettings } from '../../../../src/adapters/postgres/connect.ts'
import { keepPath, readOnlyMessage, sentAs } from '../../../../src/adapters/postgres/safe-path.ts'
import { namesIn, sqlTexts, systemOperators, systemTypes, textsOf } from '../../../support/sql-texts.ts'

/** Returns the names that might not resolve to objects in pg_catalog. */
function strangers(text: string): readonly string[] {
  return namesIn(text)
    .filter(({ kind, name, schema }) => {
      if (schema !== null || kind === 'function') return schema !== 'pg_catalog'
      return !(kind === 'operator' ? systemOperators : systemTypes).includes(name)
    })
    .map(({ kind, name, schema }) => `${kind} ${schema === null ? '' : `${schema}.`}${name}`)
}

describe('SQL texts in the source', () => {
  const texts = sqlTexts()

  test('are found', () => {
    expect(texts.length).toBeGreaterThan(100)
    const files = new Set(texts.map(({ where }) => where.replace(/:\d+$/, '')))
    for (const file of [
      'adapters/postgres/query-state',
      'adapters/scratch/watchdog',
      'core/restamp/version-sql',
    ])
      expect(files).toContain(`src/${file}.ts`)
  })

  test('qualify every function, and use only operators and types of pg_catalog', () => {
    const found = texts.flatMap(({ where, text }) => strangers(text).map((name) => `${where} ${name}`))
    expect(found).toEqual([])
  })

  test('are sent only by the folders that this test reads', () => {
    const root = fileURLToPath(new URL('../../../../src', import.meta.url))
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    const others = files.filter(
      (file) =>
        file.endsWith('.ts') &&
        !/^adapters\/(?:isolation|postgres|scratch)\//.test(file) &&
        /from '[^']*(?:postgres\/(?:connect|session|safe-path)\.ts|pg)'/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
    )
    expect(others).toEqual([])
  })
})

describe('SQL that runs before the search path is secured', () => {
  test('has no operator and no cast, and qualifies each function', () => {
    const openers = [transactionSettings(startDeadline(1000)), ...keepPath]
    const [begin = '', safe = ''] = readOnlyMessage('SELECT 1').split(';\n')
    const restore = sentAs({ ownPath: 'SELECT 1' }).texts[1] ?? ''
    for (const text of [...openers, begin, safe, restore]) {
      const names = namesIn(text)
      expect(names.filter(({ kind }) => kind !== 'function')).toEqual([])
      expect(strangers(text)).toEqual([])
    }
    expect(openers.join('\n')).toContain('search_path')
  })
})

describe('the name parser', () => {
  test.each([
    ['SELECT count(*) FROM pg_catalog.pg_class', ['function count']],
    ['SELECT pg_catalog.count(*), public.f(1)', ['function public.f']],
    ["SELECT a.b @@ 1 - 2, c IN ('x'), (SELECT max (x) FROM y)", ['operator @@', 'function max']],
    ['SELECT a OPERATOR(pg_catalog.=) b, a OPERATOR(public.=) b', ['function operator']],
    ["SELECT 'x'::public.mood, y::text, z::mood", ['type public.mood', 'type mood']],
    ["SELECT a !~~ 'b' -- evil(1)\n, 'f(1)' /* g(2) */", ['operator !~~']],
    ['INSERT INTO t (a) VALUES (1)', []],
    ['WITH v AS (SELECT 1) SELECT * FROM v JOIN pg_catalog.unnest(1) WITH ORDINALITY k(a, b) ON true', []],
    ['DO $x$ BEGIN PERFORM evil(1); END $x$', ['function evil']],
  ])('%s', (text, expected) => {
    expect(strangers(text)).toEqual(expected)
  })

  test('parses templates with holes', () => {
    const [whole] = textsOf('x.ts', 'const a = `SELECT ${b} FROM ${c(`x`)}`')
    expect(whole).toEqual({ where: 'src/x.ts:1', text: 'SELECT \uFFFC FROM \uFFFC' })
  })
})
