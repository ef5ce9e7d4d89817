/** Tests modules that import each other. The results must match CPython's. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { repositoryModules } from '../../../../src/adapters/project/repository-modules.ts'
import type { Binding, PyValue } from '../../../../src/core/history/migration-module.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'

type Outcome = Readonly<Record<string, unknown>> | null

const { repositories } = JSON.parse(readFileSync('test/fixtures/python/imports.json', 'utf8')) as {
  readonly repositories: readonly (readonly [Readonly<Record<string, string>>, ...Outcome[]])[]
}

function recorded(value: PyValue): unknown {
  if (value.kind === 'none') return ['none']
  if (value.kind === 'other') return ['other', value.type]
  return [value.kind, 'items' in value ? value.items.map(recorded) : value.value]
}

test('200 random repositories are never misread, and mostly readable', () => {
  let told = 0
  let all = 0
  for (const [files, ...outcomes] of repositories) {
    const tree = memoryTree({ files })
    const modules = repositoryModules(tree, { first: [tree.cwd], maybe: [] })
    const module = readMigration(Buffer.from(`from rt import MAYBE\n${files['f.py']}`), 'f.py', modules)
    // If the guard predicts a failure, CPython must fail too.
    if (module.raises !== null) expect(outcomes).toEqual([null, null])
    const bindings: Readonly<Record<string, Binding>> = {
      revision: module.revision,
      down_revision: module.downRevision,
      branch_labels: module.branchLabels,
      depends_on: module.dependsOn,
    }
    for (const [name, binding] of Object.entries(bindings)) {
      all += 1
      if (binding.kind === 'unreadable') continue
      told += 1
      const got = binding.kind === 'unbound' ? null : recorded(binding.value)
      for (const outcome of outcomes) {
        if (outcome === null) continue
        expect(got, `${name} of ${JSON.stringify(files, null, 1)}`).toEqual(outcome[name])
      }
    }
  }
  expect(told / all).toBeGreaterThan(0.35)
})
