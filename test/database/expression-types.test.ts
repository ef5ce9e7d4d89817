/**
 * Compares inferred types with PostgreSQL's. The guard and PostgreSQL must accept and reject the same
 * expressions.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { assignmentCast } from '../../src/core/expressions/casts.ts'
import { parseExpression } from '../../src/core/expressions/parse-expression.ts'
import type { Names } from '../../src/core/expressions/judged.ts'
import { judgeAssignment, typeOfExpression } from '../../src/core/expressions/type-of-expression.ts'
import { isOrdered, typeNamed } from '../../src/core/expressions/types.ts'
import { findPostgres } from '../support/postgres.ts'
import { columnTypes, randomExpression } from '../support/random-expressions.ts'

const server = await findPostgres()
const labels: Readonly<Record<string, readonly string[]>> = {
  'enum mood': ['sad', 'glad'],
  'enum other': ['sad'],
}
const typeOf = (written: string): string | null =>
  typeNamed(written) ?? (`enum ${written}` in labels ? `enum ${written}` : null)
const names: Names = {
  column: (table, name) =>
    table === null || table === 't' ? (typeOf(columnTypes[name]?.[0] ?? '') ?? 'missing') : null,
  typeOf,
  hasLabel: (type, label) => labels[type]?.includes(label) ?? null,
  labelsOf: (type) => labels[type] ?? null,
  hasRelation: (name) => name === 't',
  calledFunction: () => null,
}
const columns = Object.entries(columnTypes)
const schema = `
  CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TYPE other AS ENUM ('sad');
  CREATE TABLE t (${columns.map(([name, [type]]) => `${name} ${type}`).join(', ')});
  CREATE TABLE filled (LIKE t);
  ${[0, 1, 2].map((row) => `INSERT INTO filled VALUES (${columns.map(([, [, values]]) => values[row]).join(', ')});`).join('\n')}
  INSERT INTO filled DEFAULT VALUES;
  CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN EXECUTE statement; RETURN NULL; EXCEPTION WHEN others THEN RETURN SQLERRM; END $$;
  CREATE FUNCTION type_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE found text;
    BEGIN
      EXECUTE 'CREATE VIEW v AS SELECT ' || statement || ' AS found FROM t';
      SELECT pg_catalog.format_type(atttypid, NULL) INTO found FROM pg_attribute WHERE attrelid = 'v'::regclass;
      DROP VIEW v;
      RETURN found;
    EXCEPTION WHEN others THEN RETURN SQLERRM; END $$;
  SET search_path TO public`
const database = server ? await server.createDatabase(schema) : null
afterAll(async () => database?.drop())

/** Runs the statements and returns their errors; null for a statement that succeeds. */
async function errorsOf(statements: readonly string[], by = 'attempt'): Promise<readonly (string | null)[]> {
  const errors: (string | null)[] = []
  for (let at = 0; at < statements.length; at += 1000) {
    const list = statements.slice(at, at + 1000).map((one) => `$q$${one}$q$`)
    const rows = await database!.execute(
      `SET TimeZone = 'America/New_York'; SELECT ${by}(s) AS error
        FROM unnest(ARRAY[${list.join(',')}]::text[]) WITH ORDINALITY u(s, n) ORDER BY n`,
    )
    errors.push(...rows.map(({ error }) => (typeof error === 'string' ? error : null)))
  }
  return errors
}

function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Try {
  readonly text: string
  readonly judged: ReturnType<typeof typeOfExpression>
}

function tries(seed: number, count: number): readonly Try[] {
  const next = numbersFrom(seed)
  const texts = Array.from({ length: count }, () => randomExpression(next, 1 + next(3)))
  return [...new Set(texts)].map((text) => {
    const parsed = parseExpression(text)
    return { text, judged: parsed === null ? { kind: 'unknown' } : typeOfExpression(parsed, names) }
  })
}

async function failing(statements: readonly string[]): Promise<readonly string[]> {
  const errors = await errorsOf(statements)
  return statements.flatMap((statement, index) =>
    errors[index] == null ? [] : [`${statement}: ${errors[index]}`],
  )
}

const seed = Number(process.env['SEED'] ?? 20_261_123)
const count = Number(process.env['EXPRESSIONS'] ?? 20_000)

describe.skipIf(server === null)('inferred types beside PostgreSQL', () => {
  const all = tries(seed, count)
  const fitting = all.flatMap(({ text, judged }) =>
    judged.kind === 'fits' ? [{ text, ...judged.value }] : [],
  )

  test('an expression that fits is accepted, with the inferred type', async () => {
    const found = await errorsOf(
      fitting.map(({ text }) => text),
      'type_of',
    )
    const wrong = fitting.flatMap(({ text, type }, index) => {
      const expected = type === 'unknown' ? 'text' : type.replace(/^enum /, '')
      return found[index] === expected ? [] : [`${text}: ${expected}, ${found[index]}`]
    })
    expect(wrong).toEqual([])
    expect(fitting.length).toBeGreaterThan(count / 100)
  })

  test('an immutable one may stand in an index', async () => {
    const immutable = fitting.filter(({ immutable: is, type }) => is && type !== 'unknown')
    const statements = immutable.map(({ text, type }) =>
      isOrdered(type) === true
        ? `CREATE INDEX i ON t ((${text})); DROP INDEX i`
        : `CREATE INDEX i ON t (n) WHERE (${text}) IS NULL; DROP INDEX i`,
    )
    expect(await failing(statements)).toEqual([])
  })

  test('a safe one fails for no row', async () => {
    const safe = fitting.filter(({ safe: is }) => is)
    expect(await failing(safe.map(({ text }) => `SELECT count(${text}) FROM filled`))).toEqual([])
    expect(safe.length).toBeGreaterThan(count / 200)
  })

  test('a refused one is refused', async () => {
    const refused = all
      .filter(({ judged }) => judged.kind === 'refused')
      .map(({ text }) => `SELECT ${text} FROM t`)
    const errors = await errorsOf(refused)
    expect(refused.filter((_, index) => errors[index] == null)).toEqual([])
    expect(refused.length).toBeGreaterThan(count / 200)
  })

  test('a value that fits a column is stored, and one that is refused never is', async () => {
    const next = numbersFrom(seed)
    const into = fitting.slice(0, 3000).flatMap((value) => {
      const [name = '', [written] = ['']] = columns[next(columns.length)] ?? []
      const judged = judgeAssignment(value, written, names)
      const statement = `ALTER TABLE t ALTER ${name} TYPE ${written} USING ${value.text}`
      // PostgreSQL may evaluate a constant early, so skip constants that might fail.
      const isDecided =
        judged.kind !== 'unknown' && (judged.kind === 'refused' || judged.value.usesRow || judged.value.safe)
      return isDecided ? [{ statement, judged }] : []
    })
    const errors = await errorsOf(into.map(({ statement }) => statement))
    const wrong = into.filter(({ judged }, index) => (judged.kind === 'fits') !== (errors[index] == null))
    expect(wrong).toEqual([])
    expect(into.length).toBeGreaterThan(100)
  })

  test('every pair of types', async () => {
    const types = columns.map(([name, [written]]) => ({ name, written, type: typeOf(written) ?? '' }))
    const pairs = types.flatMap((from) => types.map((to) => ({ from, to })))
    const known = pairs.flatMap(({ from, to }) => {
      const cast = assignmentCast(from.type, to.type)
      return cast === null ? [] : [{ from, to, cast }]
    })
    const errors = await errorsOf(
      known.map(({ from, to }) => `ALTER TABLE t ALTER ${to.name} TYPE ${to.written} USING ${from.name}`),
    )
    const wrong = known.filter(({ cast }, index) => cast.allowed !== (errors[index] == null))
    expect(wrong.map(({ from, to }) => `${from.written} to ${to.written}`)).toEqual([])
  })
})
