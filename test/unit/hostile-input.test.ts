/**
 * Tests malicious input. No parser may fail unexpectedly or hang, and every report must be valid.
 * `ALEMBIC_GUARD_FUZZ` multiplies the number of runs.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDatabaseList } from '../../src/adapters/database/database-list.ts'
import { parseDatabaseUrl } from '../../src/adapters/database/database-url.ts'
import { GuardError } from '../../src/errors.ts'
import { parseIni } from '../../src/python/config/configparser.ts'
import { readSourceFacts } from '../../src/python/lint/lint-facts.ts'
import { readOperations } from '../../src/python/operations/read-operations.ts'
import { PythonRaise } from '../../src/python/source/python-error.ts'
import { readMigration } from '../../src/python/header/read-migration.ts'
import { checkWholeFile } from '../support/check-whole-file.ts'
import { parseToml } from '../../src/python/config/toml.ts'
import { type Format, reporters, writeReport } from '../../src/report/index.ts'
import { emptyReportContext } from '../../src/report/model/context.ts'
import { parseReports } from '../../src/report/model/read-reports.ts'
import { migration } from '../support/guard.ts'
import { finding, report } from '../support/report.ts'

const times = Number(process.env['ALEMBIC_GUARD_FUZZ'] ?? 1)
const numRuns = 300 * times
const timeout = 60_000 * times

/** Generates random text, and real text with parts cut, duplicated or replaced. */
function mutated(seeds: readonly string[]): fc.Arbitrary<string> {
  const noise = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\0',
      '"""',
      "'''",
      '\\',
      '\r',
      '\n',
      '\t',
      '(',
      ')',
      '[',
      '{',
      '#',
      '%(',
      '%%',
      ':',
      '=',
      '\uFEFF',
      '\u2028',
      'f"{',
      '\ud800',
      'é',
      '@',
      '//',
    ),
  )
  const edit = fc.record({ at: fc.nat(), drop: fc.nat({ max: 12 }), noise })
  return fc.tuple(fc.constantFrom(...seeds, ''), fc.array(edit, { maxLength: 6 })).map(([seed, edits]) =>
    edits.reduce((text, { at, drop, noise: put }) => {
      const index = text.length === 0 ? 0 : at % (text.length + 1)
      return text.slice(0, index) + put + text.slice(index + drop)
    }, seed),
  )
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const python = mutated([
  migration('aaaa', null),
  migration('bbbb', 'aaaa', 'a "quoted" \\ message'),
  `revision = f"{'a' + 'b'}"\ndown_revision = ('x', "y")\nbranch_labels = ['l']\ndepends_on = {'d'}\n`,
  `# -*- coding: latin-1 -*-\nfrom alembic import op\n\ndef upgrade():\n    for t in ('a', 'b'):\n        op.execute(f"ALTER TABLE {t} ADD c int")\n`,
])
const raw = fc.oneof(python.map(bytesOf), fc.uint8Array({ maxLength: 400 }))

describe('any input', () => {
  test('as a migration: a result, never an exception', { timeout }, () => {
    fc.assert(
      fc.property(raw, (bytes) => {
        readMigration(bytes, 'a.py')
        checkWholeFile(bytes, 'a.py')
        readOperations(bytes, 'a.py', 'postgresql')
        readSourceFacts(bytes, 'a.py')
      }),
      { numRuns },
    )
  })

  test("as alembic.ini or pyproject.toml: a value, or Python's exception", { timeout }, async () => {
    const ini = mutated([
      '[alembic]\nscript_location = %(here)s/m\n[DEFAULT]\na: b\n  c\n; no\n',
      '[a]\nx=1\n[a]\n',
    ])
    const toml = mutated([
      '[tool.alembic]\nscript_location = "%(here)s"\nversion_locations = ["a", \'b\']\n[[x]]\ny = 1979-05-27\n',
    ])
    await fc.assert(
      fc.asyncProperty(ini, toml, async (first, second) => {
        for (const read of [
          () => parseIni(first, { here: '/h', source: "'alembic.ini'" }),
          async () => parseToml(second),
        ]) {
          try {
            await read()
          } catch (error) {
            expect(error).toBeInstanceOf(PythonRaise)
          }
        }
      }),
      { numRuns },
    )
  })

  test('as a database URL or a list of them: a result or an error without the secret', { timeout }, () => {
    const url = mutated([
      'postgresql+psycopg2://user:s3cretZq@db.example:5432/app?sslmode=require',
      'postgres://u:s3cretZq@h1:1,h2:2/d?options=-csearch_path%3Dx',
      'sqlite:////tmp/a%20b.db?mode=ro&uri=true',
    ])
    fc.assert(
      fc.property(url, (text) => {
        try {
          parseDatabaseUrl(text)
        } catch (error) {
          expect(error).toBeInstanceOf(GuardError)
          expect((error as GuardError).message + JSON.stringify((error as GuardError).hint)).not.toContain(
            's3cretZq',
          )
        }
        for (const { label } of parseDatabaseList(`${text}\n`)) expect(label.length).toBeGreaterThan(0)
      }),
      { numRuns },
    )
  })

  test('as a report to merge: reports or an error', { timeout }, () => {
    const whole = JSON.stringify(report())
    fc.assert(
      fc.property(fc.oneof(mutated([whole, `${whole}\n${whole}`]), fc.json()), (text) => {
        parseReports(text, 'a')
      }),
      { numRuns },
    )
  })

  test('as every text of a report, in every format: text, and valid JSON', { timeout }, async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('</script>', ']]>', '%0A::error::', '\u001b[2J', '\ud800'),
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (one, two) => {
        const hostile = report({
          findings: [
            finding({
              message: one,
              why: two,
              evidence: [{ label: one, value: two }],
              revisions: [two],
              location: { path: one === '' ? 'a' : one, line: 1, column: 1 },
            }),
          ],
          remarks: [two],
        })
        for (const format of Object.keys(reporters) as Format[]) {
          const written = await writeReport(format, hostile, emptyReportContext)
          expect(written.length).toBeGreaterThan(0)
          if (['json', 'sarif', 'gitlab'].includes(format)) JSON.parse(written)
          if (format !== 'json' && format !== 'jsonl') expect(written).not.toContain('\u001b[2J')
        }
      }),
      { numRuns: 40 * times },
    )
  })
})
