#!/usr/bin/env node
/**
 * Creates a rule from a template and adds it to the rule list. AG400 to AG499 are lint rules.
 * Usage: `npm run new-rule -- AG309 column-too-narrow`.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const [code = '', name = '', ...rest] = process.argv.slice(2)
const isLint = code.startsWith('AG4')
const folder = isLint ? 'src/rules/lint' : 'src/rules'

try {
  const file = newRule()
  process.stdout.write(`wrote ${file}
added it to ${folder}/index.ts

Its tests fail until you have written its examples and inspect():
  npx vitest run test/unit/rules -t ${code}
Then write its page in docs/findings:
  npm run docs
`)
} catch (error) {
  process.stderr.write(`new-rule: ${error.message}\n`)
  process.exitCode = 2
}

function newRule() {
  if (rest.length > 0 || !/^AG[1-5]\d\d$/.test(code) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error('pass a code from AG100 to AG599 and a name: npm run new-rule -- AG309 column-too-narrow')
  }
  for (const other of [...readdirSync('src/rules'), ...readdirSync('src/rules/lint')]) {
    const [, takenCode, takenName] = /^(AG\d{3})-(.*)\.ts$/.exec(other) ?? []
    if (takenCode === code) throw new Error(`${code} is ${takenName}; codes are never reused`)
    if (takenName === name) throw new Error(`${takenCode} is already named ${name}`)
  }
  const index = `${folder}/index.ts`
  const listed = withLine(
    withLine(
      readFileSync(index, 'utf8'),
      /^import (AG\d{3}) from .*$/gm,
      `import ${code} from './${code}-${name}.ts'`,
    ),
    /^ {2}(AG\d{3}),$/gm,
    `  ${code},`,
  )
  const file = `${folder}/${code}-${name}.ts`
  writeFileSync(file, isLint ? lintRule() : releaseRule(), { flag: 'wx' })
  writeFileSync(index, listed)
  return file
}

/** Inserts a line into the rule list, keeping it sorted by code. */
function withLine(text, pattern, line) {
  const matches = [...text.matchAll(pattern)]
  const before = matches.findLast(([, other]) => other < code)
  const at = before ? before.index + before[0].length + 1 : (matches[0]?.index ?? -1)
  if (at < 0) throw new Error(`${folder}/index.ts has no list of rules`)
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`
}

function releaseRule() {
  return `import type { Rule } from '../core/diagnosis/rule.ts'

const bad = \`revision = 'a1'
down_revision = None
\`

/** To write: when it fires. */
const rule: Rule = {
  code: '${code}',
  name: '${name}',
  severity: 'error',
  summary: 'To write: when it fires, in one sentence.',
  explanation: 'To write: what is going on, and what happens to the release.',
  cure: 'To write: how to get out of it.',
  examples: {
    bad: { files: { 'a1.py': bad } },
    good: { files: { 'a1.py': "revision = 'a1'\\ndown_revision = None\\n" } },
  },
  explains: [],
  // Takes the facts (history, graph, database) and returns a discovery() for each thing that is wrong.
  inspect() {
    return []
  },
}

export default rule
`
}

function lintRule() {
  return `import type { MigrationRule } from '../../core/lint/lint-rule.ts'

const migration = (upgrade: string): string => \`"""To write"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    \${upgrade}


def downgrade():
    pass
\`

/** To write: when it fires. */
const rule: MigrationRule = {
  code: '${code}',
  name: '${name}',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 0, read: 0, right: 0 },
  summary: 'To write: when it fires, in one sentence.',
  explanation: 'To write: what is going on, and what happens to the release.',
  cure: 'To write: how to get out of it.',
  examples: {
    bad: { files: { 'a1.py': migration("op.drop_table('users')") }, underlined: "op.drop_table('users')" },
    good: { files: { 'a1.py': migration('pass') } },
  },
  // Takes the facts of one migration and returns found(facts, where, { ... }) for each place that is wrong.
  inspect() {
    return []
  },
}

export default rule
`
}
