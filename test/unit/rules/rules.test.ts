import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fallbackRule, rules } from '../../../src/rules/index.ts'
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

  test('keeps quiet in its good example, and so does every other rule', async () => {
    const { findings, crashes } = await diagnosisOf(rule.examples.good)
    expect(crashes).toEqual([])
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(findings.map(({ code }) => code)).not.toContain(rule.code)
  })

  test('explains the failure that its bad example shows, so AG100 need not speak', async () => {
    const { findings } = await diagnosisOf(rule.examples.bad)
    expect(findings.map(({ code }) => code).includes('AG100')).toBe(rule.code === 'AG100')
  })

  test('says what, why and what to do in text that fits a release log', async () => {
    const { findings } = await diagnosisOf(rule.examples.bad)
    for (const finding of findings.filter(({ code }) => code === rule.code)) {
      expect(finding.message).toMatch(/^[\u0020-\u007e]+[.]$/)
      expect(finding.why).toMatch(/^[\u0020-\u007e]+$/)
      expect(finding.remedies.length).toBeGreaterThan(0)
    }
  })
})

test('codes and names are unique, in order, and the file is named after them', () => {
  const files = readdirSync(folder)
    .filter((name) => /^AG\d/.test(name))
    .sort()
  expect(files).toEqual(all.map(({ code, name }) => `${code}-${name}.ts`))
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
})

test('every rule has a page, and the index leads to it', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  for (const { code, name } of all) {
    expect(read(`docs/findings/${code}.md`)).toContain(`# ${code} ${name}\n`)
    expect(read('FINDINGS.md')).toContain(`| [${code}](docs/findings/${code}.md) | ${name} |`)
  }
})
