/** Compares predictions with the recorded results of four Alembic releases. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'
import {
  type DatabaseState,
  type VersionColumn,
  emptyDatabase,
} from '../../../../src/core/history/database-state.ts'
import { unknownReason } from '../../../../src/report/phrases/diagnosis.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { disagreement } from '../../../support/agreement.ts'
import type { Judgement } from '../../../support/judge.ts'
import type { Prediction } from '../../../../src/core/upgrade/prediction.ts'

interface Result {
  /** Alembic releases that give this result; undefined if all do. */
  readonly alembic?: readonly string[]
  readonly error: string | null
  readonly steps: readonly string[]
  readonly rows: readonly (string | number | null)[] | null
  readonly variants?: readonly Result[]
}

interface State {
  readonly name: string
  readonly target: string
  readonly files: Readonly<Record<string, string>>
  readonly rows: readonly (string | number | null)[] | null
  readonly table?: string
  readonly versionTable?: string
  readonly ini?: string
  readonly keywords?: string
  readonly noVersionsFolder?: boolean
  readonly results: readonly Result[]
}

/** Facts that files alone don't reveal, by state name. */
const unknowable: Readonly<Record<string, string>> = {
  import_error_file: 'whether a module that a migration imports is installed',
  revision_bytes: 'how Python prints a bytes object: the reader keeps its type alone',
}

const releases = ['1.8.1', '1.13.3', '1.16.5', '1.19.1']
const fixture: { readonly states: readonly State[] } = JSON.parse(
  readFileSync(new URL('../../../fixtures/states.json', import.meta.url), 'utf8'),
)

describe.each(releases)('Alembic %s', (release) => {
  test.each(fixture.states.filter(({ name }) => !(name in unknowable)))('$name', async (state) => {
    expect(await differences(state, release)).toEqual([])
  })
})

test.each(Object.entries(unknowable))('%s is unsupported: %s', async (name) => {
  const state = fixture.states.find((one) => one.name === name)
  if (!state) throw new Error(`no such state: ${name}`)
  const found = await Promise.all(releases.map((release) => differences(state, release)))
  expect(found.every(({ length }) => length > 0)).toBe(true)
})

/** Returns the differences between the prediction and the result with this Alembic release. */
async function differences(state: State, release: string): Promise<readonly string[]> {
  const predicted = await predict(state, release)
  const result = state.results.find(({ alembic }) => alembic?.includes(release) ?? true)
  if (!result) throw new Error(`${state.name} was not run with ${release}`)
  if (predicted.outcome === 'unknown' && predicted.variants.length === 0)
    return [unknownReason(predicted.reason)]
  const found = [result, ...(result.variants ?? [])].map((run) =>
    disagreement(predicted, judgementOf(run, predicted)),
  )
  return found.includes(null)
    ? []
    : found.map((difference) => `${difference} in ${JSON.stringify(predicted)}`)
}

/**
 * Converts a recorded result to the format used for Alembic's own results. Unread rows are assumed to be correct.
 */
function judgementOf(result: Result, predicted: Prediction): Judgement {
  const [, type = '', message = ''] = /^([\w.]+)(?:: (.*))?$/s.exec(result.error ?? '') ?? []
  const name = type === 'hang' ? 'Endless' : (type.split('.').at(-1) ?? '')
  return {
    error: result.error === null ? null : { type: name, message: message.replace('<root>', '/app') },
    steps: result.steps.map((step) => {
      const [from = '', revision = ''] = step.split(' -> ')
      return { revision, from: from === '' ? [] : from.split(', ') }
    }),
    rows: (result.rows ?? predicted.versionsAfter).flatMap((row) =>
      typeof row === 'string' && !row.endsWith('(blob)') ? [row] : [],
    ),
    order: [],
  }
}

async function predict(state: State, release: string): Promise<Prediction> {
  const body = '\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n'
  const files = Object.entries(state.files).map(([name, text]) => [
    `/app/alembic/versions/${name}`,
    text.endsWith('…') ? text.slice(0, -1) + body : text,
  ])
  const tree = memoryTree({
    cwd: '/app',
    files: {
      '/app/alembic.ini': `[alembic]\nscript_location = alembic\n${state.ini ?? ''}\n`,
      '/app/alembic/env.py': `from alembic import context\ncontext.configure()\ncontext.run_migrations(${state.keywords ?? ''})\n`,
      ...Object.fromEntries(files),
    },
    folders: state.noVersionsFolder ? [] : ['/app/alembic/versions'],
  })
  const repository = await readRepository(tree, await locateProject(tree, { alembicVersion: release }))
  return predictUpgrade(repository, buildGraph(repository), databaseOf(state), state.target)
}

function databaseOf(state: State): DatabaseState {
  const empty = emptyDatabase('sqlite')
  const { rows } = state
  if (rows === null) return empty
  const columns = columnsOf(state.table ?? 'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)')
  const versionTable = { ...empty.versionTable, exists: true, relation: 'table' as const, columns }
  return {
    ...empty,
    versionTable,
    versions: rows.map((row) => {
      if (row === null) return { kind: 'null' }
      if (typeof row === 'number') return { kind: 'not-text', repr: String(row) }
      const bytes = /^(.*) \(blob\)$/.exec(row)?.[1]
      return bytes === undefined ? { kind: 'text', value: row } : { kind: 'not-text', repr: `b'${bytes}'` }
    }),
  }
}

function columnsOf(ddl: string): readonly VersionColumn[] {
  const inner = ddl.slice(ddl.indexOf('(') + 1, -1)
  return inner.split(', ').map((column) => {
    const [name = '', type = ''] = column.split(' ')
    return { name, type, nullable: !column.includes('NOT NULL'), hasDefault: false }
  })
}
