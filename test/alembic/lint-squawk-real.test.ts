/**
 * Compares lint with squawk on 1,000 real migrations, rendered without network access or privileges.
 * SQUAWK_CHECKOUTS is a folder containing the checkouts.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../src/adapters/files/memory-tree.ts'
import { readLintHistory } from '../../src/adapters/lint/migration-sources.ts'
import { readLintProject } from '../../src/adapters/lint/project-facts.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../src/adapters/project/read-repository.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import { defaultLintOptions } from '../../src/core/lint/lint-facts.ts'
import { runLint } from '../../src/core/lint/run-lint.ts'
import { lintRules, silenceRule } from '../../src/rules/lint/index.ts'
import { findPython } from '../support/judge.ts'
import { diceOf } from '../support/random-migration.ts'
import { complaintsOn, hasSquawk, pairs, renderSql } from '../support/squawk.ts'
import { type RealDifference, reasonFor } from '../support/squawk-differences.ts'

const checkouts = process.env['SQUAWK_CHECKOUTS']
const count = Number(process.env['SQUAWK_COUNT'] ?? 1000)
const python = findPython()
const wrapper =
  process.getuid?.() === 0
    ? ['unshare', '--net', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    : ['unshare', '--user', '--net']
const restricted = spawnSync(wrapper[0] ?? '', [...wrapper.slice(1), 'true']).status === 0
const found = checkouts !== undefined && hasSquawk && python !== null && restricted

/** Yields the migration files in each folder that contains any. */
function* versionFolders(folder: string): Generator<readonly (readonly [name: string, text: string])[]> {
  const files: [string, string][] = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !/^(?:\..*|node_modules|site-packages|tests?)$/.test(entry.name))
      yield* versionFolders(path)
    if (!entry.isFile() || !entry.name.endsWith('.py')) continue
    const text = readFileSync(path, 'utf8')
    if (/^revision\b/m.test(text) && /^down_revision\b/m.test(text)) files.push([entry.name, text])
  }
  if (files.length > 0) yield files
}

interface Linted {
  readonly source: string
  /** Returns lint's findings for the migration. */
  readonly lint: () => RealDifference['migration'] & { readonly codes: ReadonlySet<string> }
}

/** Returns a folder's migrations; empty if their history is incomplete. */
async function migrationsOf(files: readonly (readonly [string, string])[]): Promise<readonly Linted[]> {
  const all: Record<string, string> = {
    'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
    'migrations/env.py': 'from alembic import context\ncontext.run_migrations()\n',
  }
  for (const [name, text] of files) all[`migrations/versions/${name}`] = text
  const tree = memoryTree({ files: all })
  const repository = await readRepository(tree, await locateProject(tree))
  const graph = buildGraph(repository)
  if (graph.problem) return []
  const history = readLintHistory(tree, repository, graph, 'postgresql')
  const options = { ...defaultLintOptions, dialects: ['postgresql'] }
  const project = readLintProject(tree, repository, options, () => [])
  const facts = { repository, graph, history, project, live: null }
  const rules = lintRules.filter(({ code }) => Object.keys(pairs).some((codes) => codes.includes(code)))
  return graph.revisions.flatMap(({ id, path }) => {
    const source = all[path]
    if (source === undefined) return []
    const lint: Linted['lint'] = () => {
      const migration = history.of(id)
      if (migration === null) throw new Error(`${path} can't be read`)
      const { findings } = runLint(facts, [migration], rules, silenceRule, { strict: false, ignore: [] })
      const before = history.schemaBefore(id)
      return { linted: migration, before, codes: new Set(findings.map(({ code }) => code)) }
    }
    return [{ source, lint }]
  })
}

test('squawk and a folder of checkouts are available', () => {
  if (!found)
    console.warn(
      'SKIPPED: needs squawk (npm install squawk-cli outside of the repository, SQUAWK=path), a folder of checkouts (SQUAWK_CHECKOUTS=path), Alembic and unshare',
    )
  expect(checkouts === undefined || found).toBe(true)
})

describe.skipIf(!found)('squawk and lint agree on 1,000 real migrations, or there is a reason', () => {
  test('every difference has a reason', { timeout: 900_000 }, async () => {
    const migrations: Linted[] = []
    for (const files of versionFolders(checkouts ?? '')) migrations.push(...(await migrationsOf(files)))
    const dice = diceOf(19)
    const drawn = migrations
      .map((one) => ({ one, at: dice(2 ** 30) }))
      .toSorted((left, right) => left.at - right.at)
      .slice(0, count * 3)
    const rendered = renderSql(
      python ?? '',
      drawn.map(({ one }) => one.source),
      wrapper,
    )
    const samples = drawn
      .flatMap(({ one }, index) => (rendered[index] ? [{ ...one, sql: rendered[index] }] : []))
      .slice(0, count)
    const theirs = complaintsOn(samples.map(({ sql }) => sql))
    const tally = new Map<string, number>()
    const add = (label: string): void => void tally.set(label, (tally.get(label) ?? 0) + 1)
    const unexplained: string[] = []
    for (const [index, { sql, lint }] of samples.entries()) {
      const { codes: ours, ...migration } = lint()
      for (const [codes, names] of Object.entries(pairs)) {
        const complaints = (theirs[index] ?? []).filter(({ rule }) => names.includes(rule))
        const we = codes.split(' ').some((code) => ours.has(code))
        if (we && complaints.length > 0) add(`${codes}: both`)
        if (we === complaints.length > 0) continue
        const alone = we ? 'ours' : 'squawk'
        for (const statement of we ? [''] : complaints.map((one) => one.statement)) {
          const why = reasonFor({ codes, alone, statement, sql, migration })
          if (why === null)
            unexplained.push(`${codes}, only ${alone}: ${migration.linted.revision.path} ${statement}`)
          else add(`${codes}, only ${alone}: ${why}`)
        }
      }
    }
    console.log(
      `${samples.length} of ${migrations.length} migrations\n${[...tally]
        .toSorted()
        .map(([label, times]) => `${String(times).padStart(5)} ${label}`)
        .join('\n')}`,
    )
    expect(unexplained).toEqual([])
    expect(samples.length).toBe(count)
  })
})
