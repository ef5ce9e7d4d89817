/** Runs lint on the rules' examples. */
import { readLintHistory } from '../../src/adapters/lint/migration-sources.ts'
import { readLintProject } from '../../src/adapters/lint/project-facts.ts'
import { memoryTree } from '../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../src/adapters/project/read-repository.ts'
import { readLintOptions } from '../../src/commands/lint-run/lint-settings.ts'
import type { Diagnosis } from '../../src/core/diagnosis/diagnose.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import type { LiveTables } from '../../src/core/lint/lint-facts.ts'
import { runLint } from '../../src/core/lint/run-lint.ts'
import type { LintExample, LintRule, LintedMigration } from '../../src/core/lint/lint-rule.ts'
import { keyOfName } from '../../src/core/schema/migrated-schema.ts'
import { lintRules, silenceRule } from '../../src/rules/lint/index.ts'

/** Returns lint's findings for an example's last file. Also runs disabled rules. */
export async function lintOf(
  example: LintExample,
  rules: readonly LintRule[] = lintRules,
): Promise<Diagnosis & { readonly linted: LintedMigration }> {
  const files: Record<string, string> = {
    'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
    'migrations/env.py': 'from alembic import context\ncontext.run_migrations()\n',
    ...example.project,
  }
  for (const [name, text] of Object.entries(example.files)) files[`migrations/versions/${name}`] = text
  const tree = memoryTree({ files })
  const repository = await readRepository(tree, await locateProject(tree))
  const graph = buildGraph(repository)
  if (graph.problem) throw new Error(graph.problem.error?.message ?? 'the example is no history')
  const history = readLintHistory(tree, repository, graph, 'postgresql')
  const last = `migrations/versions/${Object.keys(example.files).at(-1)}`
  const linted = graph.revisions.flatMap(({ id, path }) => (path === last ? (history.of(id) ?? []) : []))
  const [one] = linted
  if (one === undefined) throw new Error(`${last} is no migration`)
  const options = await readLintOptions(tree, [])
  const project = readLintProject(tree, repository, options.lint, () => linted.map(({ upgrade }) => upgrade))
  const facts = { repository, graph, history, project, live: liveOf(example.rows) }
  const policy = { strict: false, ignore: [] }
  return { ...runLint(facts, linted, rules, silenceRule, policy), linted: one }
}

function liveOf(rows: LintExample['rows']): LiveTables | null {
  if (rows === undefined) return null
  return {
    sizeOf(table) {
      const count = rows[keyOfName(table)]
      return count === undefined ? null : { table, rows: count, bytes: count * 100, empty: count === 0 }
    },
  }
}
