import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyDatabase } from '../../../src/core/history/database-state.ts'
import { fallbackRule, rules } from '../../../src/rules/index.ts'
import { type CommandForms, plainForms, typedFindings } from '../../../src/core/findings/command-forms.ts'
import { diagnosisOf } from '../../support/example.ts'

const all = [fallbackRule, ...rules]
const folder = new URL('../../../src/rules/', import.meta.url)

describe.each(all.map((rule) => [`${rule.code} ${rule.name}`, rule] as const))('%s', (_, rule) => {
  test('fires in its bad example', async () => {
    const { findings, crashes } = await diagnosisOf(rule.examples.bad)
    expect(crashes).toEqual([])
    expect(findings.map(({ code }) => code)).toContain(rule.code)
    expect([rule.severity, 'error']).toContain(findings.find(({ code }) => code === rule.code)?.severity)
  })

  test('is silent in its good example, and so is every other rule', async () => {
    const { findings, crashes } = await diagnosisOf(rule.examples.good)
    expect(crashes).toEqual([])
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(findings.map(({ code }) => code)).not.toContain(rule.code)
  })

  test("explains the failure of its bad example, so AG100 isn't needed", async () => {
    const { findings } = await diagnosisOf(rule.examples.bad)
    expect(findings.map(({ code }) => code).includes('AG100')).toBe(rule.code === 'AG100')
  })

  test('reports what, why and what to do in text that fits a release log', async () => {
    const { findings } = await diagnosisOf(rule.examples.bad)
    for (const finding of findings.filter(({ code }) => code === rule.code)) {
      expect(finding.message).toMatch(/^[\u0020-\u007e]+[.]$/)
      expect(finding.why).toMatch(/^[\u0020-\u007e]+$/)
      expect(finding.remedies.length).toBeGreaterThan(0)
    }
  })

  test("names the version table if it isn't the default", async () => {
    const { bad } = rule.examples
    const versionTable = { ...emptyDatabase('postgresql').versionTable, ...bad.database?.versionTable }
    const database = { ...bad.database, versionTable: { ...versionTable, schema: 'shop', name: 'releases' } }
    const { findings } = await diagnosisOf({ ...bad, database })
    if (bad.versions === undefined || !/^AG[23]/.test(rule.code)) return
    for (const finding of findings.filter(({ code }) => code === rule.code)) {
      expect(JSON.stringify(finding)).toContain('shop.releases')
      // AG209 reports other version tables, which may be named `alembic_version`.
      if (rule.code === 'AG209') continue
      expect(JSON.stringify([finding.message, finding.evidence, finding.remedies])).not.toContain(
        'alembic_version',
      )
    }
  })

  test('prints the commands of Flask-Migrate in a Flask-Migrate project', async () => {
    const { findings } = await diagnosisOf(rule.examples.bad)
    for (const { message, why, details, notAdvised, remedies } of typedFindings(findings, flask)) {
      const said = [message, why, ...(details ?? []), notAdvised ?? '', ...remedies.map(({ title }) => title)]
      expect(said.join('\n')).not.toMatch(/\balembic (?:upgrade|downgrade|stamp|merge|revision|history)\b/)
    }
  })
})

const flask: CommandForms = { ...plainForms, alembic: ['flask', 'db'] }

test('codes and names are unique, in order, and match the file name', () => {
  const files = readdirSync(folder)
    .filter((name) => /^AG\d/.test(name))
    .sort()
  expect(files).toEqual(all.map(({ code, name }) => `${code}-${name}.ts`))
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
})

test('every rule has a page, and the index links to it', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  for (const { code, name } of all) {
    expect(read(`docs/findings/${code}.md`)).toContain(`# ${code} ${name}\n`)
    expect(read('FINDINGS.md')).toContain(`| [${code}](docs/findings/${code}.md) | ${name} |`)
  }
})
