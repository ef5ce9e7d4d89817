/** Core must return reasons as data, not as sentences. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type SyntaxNode, nodesIn, syntaxTree } from '../../support/syntax-tree.ts'

const root = fileURLToPath(new URL('../../../src/core', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
  .sort()

const alembic = 'errors of Alembic, word for word'
const both = 'errors of Alembic and of the databases, word for word'
const database = 'errors of the databases, word for word'
const sql = 'names of SQL types, functions and keywords'
const written = 'text of a file that is written'

/** Files that may contain sentences, and where the sentences come from. */
const allowed: Readonly<Record<string, string>> = {
  'dialect/postgresql.ts': database,
  'dialect/sqlite.ts': database,
  'dry-run/batch.ts': database,
  'dry-run/columns.ts': database,
  'dry-run/drop-constraint.ts': database,
  'dry-run/rows/constants.ts': sql,
  'dry-run/rows/functions.ts': sql,
  'dry-run/rows/operators.ts': sql,
  'dry-run/rows/value-types.ts': sql,
  'dry-run/sqlite-limits.ts': database,
  'expressions/casts.ts': sql,
  'expressions/functions.ts': sql,
  'expressions/inference.ts': sql,
  'expressions/parse-expression.ts': sql,
  'expressions/types.ts': sql,
  'history/alembic-failure.ts': alembic,
  'history/cycle-check.ts': alembic,
  'history/revision-map.ts': alembic,
  'history/revision-values.ts': alembic,
  'history/revision.ts': alembic,
  'lost/manifest.ts': written,
  'lost/placeholder-marker.ts': written,
  'release/init-templates.ts': written,
  'rehearsal/changed-behavior.ts': 'patterns of SQL and names of functions',
  'rehearsal/newer-syntax.ts': 'names of SQL syntax',
  'rehearsal/traceback.ts': 'what Python prints',
  'schema/object-keys.ts': 'keys of catalog objects',
  'schema/type-change.ts': database,
  'upgrade/predict-upgrade.ts': both,
  'upgrade/upgrade-path.ts': both,
  'upgrade/upgrade-plan.ts': alembic,
  'upgrade/version-table-writes.ts': both,
}

/** `throw new TypeError('…')` reports a bug in the guard. */
function isOwnBug({ type, callee }: SyntaxNode): boolean {
  return type === 'NewExpression' && /^(?:Type|Range)?Error$/.test(String((callee as SyntaxNode)['name']))
}

/**
 * Returns a module's strings and templates, with `x` for each substitution. Omits messages about the guard's own bugs.
 */
function literalsOf(source: string): readonly string[] {
  return [...nodesIn(syntaxTree(source), isOwnBug)].flatMap(({ type, value, quasis }) => {
    if (type === 'Literal') return typeof value === 'string' ? [value] : []
    if (type !== 'TemplateLiteral') return []
    const parts = quasis as readonly { readonly value: { readonly cooked: string } }[]
    return [parts.map((part) => part.value.cooked).join('x')]
  })
}

/** A sentence has at least three words, two of them plain. SQL and lists of options aren't sentences. */
function isSentence(text: string): boolean {
  const words = text.trim().split(/\s+/)
  const plain = words.filter((word) => /^["'(]*[a-z]{2,}(?:['-][a-z]+)*[.,;:)"']*$/.test(word))
  return words.length >= 3 && plain.length >= 2
}

function sentencesIn(file: string): readonly string[] {
  return literalsOf(readFileSync(join(root, file), 'utf8')).filter(isSentence)
}

test('core contains no user-visible sentences', () => {
  const found = files
    .filter((file) => !(file in allowed))
    .flatMap((file) => sentencesIn(file).map((text) => `${file}: ${text}`))
  expect(found).toEqual([])
})

test.each(Object.keys(allowed))('%s is listed with its contents', (file) => {
  expect(sentencesIn(file)).not.toEqual([])
})

test.each([
  ["const a = { reason: 'the file is missing' }", ['the file is missing']],
  ['const a = `${b} is missing`', ['x is missing']],
  ["const a = b ? 'it is' : `${c} and ${d} are not`", ['x and x are not']],
  ["throw new TypeError('a plan needs at least one step')", []],
  ['const a = `UPDATE ${t} SET version_num = ${b} WHERE version_num = ${c}`', []],
  ["const a = '-q --quiet -v --verbose'", []],
  ['// a comment may say what it likes\nconst a = 1', []],
])('%s', (source, sentences) => {
  expect(literalsOf(source).filter(isSentence)).toEqual(sentences)
})
