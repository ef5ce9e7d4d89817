import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fallbackRule, rules } from '../../../src/rules/index.ts'
import { lintRules, silenceRule } from '../../../src/rules/lint/index.ts'
import { applyTextEdits } from '../../../src/core/text/text-edits.ts'
import { lintOf } from '../../support/lint-example.ts'

const folder = new URL('../../../src/rules/lint/', import.meta.url)

describe.each(lintRules.map((rule) => [`${rule.code} ${rule.name}`, rule] as const))('%s', (_, rule) => {
  test('fires in its bad example, at the expected location', async () => {
    const { findings, crashes } = await lintOf(rule.examples.bad)
    expect(crashes).toEqual([])
    const own = findings.filter(({ code }) => code === rule.code)
    expect(own.length).toBeGreaterThan(0)
    expect([rule.severity, 'error']).toContain(own[0]?.severity)
    const underlined = own.map(({ sourceLine, location }) =>
      [...(sourceLine ?? '')].slice((location?.column ?? 1) - 1).join(''),
    )
    expect(underlined.some((text) => text.startsWith(rule.examples.bad.underlined))).toBe(true)
    for (const { end, location } of own) {
      expect(end).toBeDefined()
      expect((end?.line ?? 0) * 1e6 + (end?.column ?? 0)).toBeGreaterThan(
        (location?.line ?? 0) * 1e6 + (location?.column ?? 0),
      )
    }
  })

  test('is silent in its good example, where no other rule reports an error', async () => {
    const { findings, crashes } = await lintOf(rule.examples.good)
    expect(crashes).toEqual([])
    expect(findings.map(({ code }) => code)).not.toContain(rule.code)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('reports what, why and what to do in text that fits a log', async () => {
    const { findings } = await lintOf(rule.examples.bad)
    for (const finding of findings.filter(({ code }) => code === rule.code)) {
      expect(finding.message).toMatch(/^[\u0020-\u007e]+[.]$/)
      expect(finding.why).toMatch(/^[\u0020-\u007e]+$/)
      expect(finding.remedies.length).toBeGreaterThan(0)
    }
  })

  test("doesn't fire again once its fix is applied", async () => {
    const { findings, linted } = await lintOf(rule.examples.bad)
    const edits = findings.flatMap(({ code, fix }) => (code === rule.code ? (fix ?? []) : []))
    if (edits.length === 0) return
    const name = Object.keys(rule.examples.bad.files).at(-1) ?? ''
    const mended = applyTextEdits(linted.source.text, edits)
    const again = await lintOf({
      ...rule.examples.bad,
      files: { ...rule.examples.bad.files, [name]: mended },
    })
    expect(again.findings.map(({ code }) => code)).not.toContain(rule.code)
  })
})

test('a rule that reports a lock tags its migrations in the graph', () => {
  const untagged = lintRules.filter(({ lock, riskTag }) => lock !== undefined && riskTag === undefined)
  expect(untagged.map(({ code }) => code)).toEqual([])
})

test('codes and names are unique, in order, and match the file name', () => {
  const files = readdirSync(folder)
    .filter((name) => /^AG\d/.test(name))
    .sort()
  const all = [silenceRule, ...lintRules]
  expect(files).toEqual(all.map(({ code, name }) => `${code}-${name}.ts`))
  const codes = [fallbackRule, ...rules, ...all].map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
})

test('every lint rule has a page', () => {
  for (const { code, name } of [silenceRule, ...lintRules]) {
    const page = readFileSync(new URL(`../../../docs/findings/${code}.md`, import.meta.url), 'utf8')
    expect(page).toContain(`# ${code} ${name}\n`)
  }
})
