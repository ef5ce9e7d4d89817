/** Only dialect modules may check which dialect is used. Other code must check for a capability. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type SyntaxNode, nodesIn, syntaxTree } from '../support/syntax-tree.ts'
import { dialectNamed } from '../../src/core/dialect/index.ts'

const root = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !/^(?:core\/dialect|python)\//.test(name))
  .sort()

/**
 * Returns whether the code mentions a dialect, as in `'sqlite'`, `` `sqlite` ``, `'sqlite' as const`,
 * `['sqlite']` or `sqlite.name`.
 */
function namesDialect(tree: unknown): boolean {
  const isName = (text: unknown): boolean => typeof text === 'string' && dialectNamed(text) !== undefined
  return [...nodesIn(tree)].some(({ type, value, name }) =>
    type === 'Identifier'
      ? isName(name)
      : isName(type === 'TemplateElement' ? (value as { readonly raw: string }).raw : value),
  )
}

const lookups = /^(?:has|includes|indexOf|startsWith|endsWith|localeCompare)$/

/**
 * Returns whether a node tests the dialect. The node can be a comparison, a `case`, a call such as `has`, or
 * a union type.
 */
function asksForDialect({ type, ...parts }: SyntaxNode): boolean {
  const asks = (...names: readonly string[]): boolean => names.some((name) => namesDialect(parts[name]))
  if (type === 'BinaryExpression') return /^[!=]==?$/.test(String(parts['operator'])) && asks('left', 'right')
  if (type === 'SwitchCase') return asks('test')
  if (type === 'TSUnionType') return asks('types')
  if (type !== 'CallExpression') return false
  const { property } = parts['callee'] as { readonly property?: SyntaxNode }
  return lookups.test(String(property?.['name'])) && asks('callee', 'arguments')
}

/** Returns the source text of all dialect checks. */
function dialectQuestions(source: string): readonly string[] {
  // Parsing is slow, so skip files that mention no dialect.
  if (![...new Set(source.match(/\w+/g))].some((word) => dialectNamed(word))) return []
  return [...nodesIn(syntaxTree(source))]
    .filter(asksForDialect)
    .map(({ start, end }) => source.slice(Number(start), Number(end)))
}

test('only the dialects themselves know which one they are', () => {
  expect(files.length).toBeGreaterThan(200)
  const asking = files.filter((file) => dialectQuestions(readFileSync(join(root, file), 'utf8')).length > 0)
  expect(asking).toEqual([
    // Chooses the adapter that opens the database.
    'adapters/adapter.ts',
    // SQLAlchemy accepts only one spelling of this URL scheme.
    'rules/AG507-driver-missing.ts',
    // These rules are about syntax that is specific to one dialect.
    'rules/lint/AG406-dialect-specific-type.ts',
    'rules/lint/AG413-dialect-blind-inspection.ts',
  ])
})

test.each([
  "state.dialect === 'sqlite'",
  "'postgresql' != name",
  'dialect === `sqlite`',
  'dialect.name === sqlite.name',
  'dialect === postgresql',
  "switch (dialect) { case 'sqlite': break }",
  "['sqlite'].includes(dialect)",
  "names.has('postgresql')",
  "let dialect: 'sqlite' | 'postgresql'",
])('a check for a dialect is detected: %s', (source) => {
  expect(dialectQuestions(source)).not.toEqual([])
})

test.each([
  "open('sqlite')",
  "const url = { dialect: 'sqlite' }",
  'dialect.product',
  "// is it 'sqlite' === ?",
])('nothing is detected in %s', (source) => {
  expect(dialectQuestions(source)).toEqual([])
})
