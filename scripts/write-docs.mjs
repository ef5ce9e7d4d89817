#!/usr/bin/env node
/**
 * Writes the generated docs and the HTML graph's assets. With --check, writes nothing and fails if a file is
 * stale.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { lintTable } from './docs/lint-table.mjs'
import { findingPage, findingsIndex, precisionTable } from './docs/finding-pages.mjs'

const check = process.argv.includes('--check')
await import('./write-page.mjs')
const { rules, fallbackRule } = await load('src/rules/index.ts')
const { lintRules, silenceRule, readingOf } = await load('src/rules/lint/index.ts')
const { exampleOutputs } = await load('scripts/docs/example-output.ts')
const outputs = await exampleOutputs()
const { lessons } = await load('test/support/lint-lessons.ts')
const peers = JSON.parse(readFileSync('scripts/docs/lint-peers.json', 'utf8'))
const squawk = JSON.parse(readFileSync('scripts/docs/lint-squawk.json', 'utf8'))
const stale = []

const folder = 'docs/findings'
mkdirSync(folder, { recursive: true })
const all = [fallbackRule, ...rules, silenceRule, ...lintRules].sort((a, b) => (a.code < b.code ? -1 : 1))
for (const rule of all) write(`${folder}/${rule.code}.md`, findingPage(rule, outputs.get(rule.code)))
write(`${folder}/index.md`, `${findingsIndex(all, '.')}\n${precisionTable(lintRules, readingOf)}`)
write('FINDINGS.md', findingsIndex(all, folder))
const pages = new Set(['index.md', ...all.map(({ code }) => `${code}.md`)])
for (const name of readdirSync(folder)) if (!pages.has(name)) drop(`${folder}/${name}`)
write('docs/lint-rules.md', lintTable(lintRules, lessons, peers, squawk))
const { commandOptions } = await load('scripts/docs/command-options.ts')
write('docs/options.md', withOptions(readFileSync('docs/options.md', 'utf8'), await commandOptions()))

if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(', ')}; run "npm run docs"\n`)
  process.exitCode = 1
}

/** Bundles and imports a module. Commands load some packages only when they run, so these stay external. */
async function load(entry) {
  mkdirSync('.cache', { recursive: true })
  const outfile = resolve('.cache', `docs-${process.pid}-${entry.replaceAll('/', '-')}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@electric-sql/pglite', 'better-sqlite3', 'pg-native'],
    // Some bundled packages are CommonJS and need `require`.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(outfile)
  }
}

function write(path, text) {
  let before = ''
  try {
    before = readFileSync(path, 'utf8')
  } catch {
    // The file doesn't exist yet.
  }
  if (before === text) return
  stale.push(path)
  if (!check) {
    writeFileSync(path, text)
    stale.pop()
    process.stdout.write(`wrote ${path}\n`)
  }
}

/** Removes the page for a deleted rule. */
function drop(path) {
  stale.push(path)
  if (check) return
  rmSync(path)
  stale.pop()
  process.stdout.write(`removed ${path}\n`)
}

function withOptions(text, others) {
  const help = execFileSync(process.execPath, ['dist/cli.js', 'check', '--help'], {
    encoding: 'utf8',
  }).trimEnd()
  return filled(filled(text, 'help', `\`\`\`text\n${help}\n\`\`\``), 'others', others)
}

/** Replaces the text between the comments `<!-- name -->` and `<!-- /name -->`. */
function filled(text, name, content) {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`)
  return text.replace(marked, (_, open, close) => `${open}\n${content}\n\n${close}`)
}
