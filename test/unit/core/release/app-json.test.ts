/** This repository's app.json and Procfile must conform to Heroku's documentation. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { options, variableOf } from '../../../../src/commands/shell/options.ts'
import type { OptionName } from '../../../../src/commands/shell/options.ts'
import { diskTree } from '../../../../src/adapters/files/disk-tree.ts'
import { readEntries } from '../../../../src/adapters/release/release-files.ts'
import { exitStatusFlow } from '../../../../src/core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../../../../src/core/release/release-command.ts'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const app = JSON.parse(readFileSync(`${root}/app.json`, 'utf8')) as {
  readonly env: Readonly<Record<string, unknown>>
  readonly buildpacks: readonly { readonly url: string }[]
}

/** Keys documented by Heroku that a release might need. */
const manifest = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string', maxLength: 300, pattern: '^[a-zA-Z-_.]+' },
    description: { type: 'string' },
    keywords: { type: 'array', items: { type: 'string' } },
    website: { type: 'string' },
    repository: { type: 'string' },
    logo: { type: 'string' },
    success_url: { type: 'string' },
    stack: { type: 'string' },
    scripts: exactly({ postdeploy: { type: 'string' }, 'pr-predestroy': { type: 'string' } }),
    env: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' },
      additionalProperties: exactly({
        description: { type: 'string' },
        value: { type: 'string' },
        required: { type: 'boolean' },
        generator: { const: 'secret' },
      }),
    },
    formation: {
      type: 'object',
      additionalProperties: exactly({ quantity: { type: 'integer', minimum: 0 }, size: { type: 'string' } }),
    },
    addons: {
      type: 'array',
      items: {
        anyOf: [
          { type: 'string' },
          {
            ...exactly({ plan: { type: 'string' }, as: { type: 'string' }, options: { type: 'object' } }),
            required: ['plan'],
          },
        ],
      },
    },
    buildpacks: { type: 'array', items: { ...exactly({ url: { type: 'string' } }), required: ['url'] } },
    environments: { type: 'object' },
  },
}

function exactly(properties: Readonly<Record<string, unknown>>) {
  return { type: 'object', additionalProperties: false, properties }
}

test('app.json contains only keys that Heroku knows', () => {
  const validate = new Ajv({ strict: false }).compile(manifest)
  validate(app)
  expect(validate.errors).toBeNull()
  validate({ ...app, release: 'alembic upgrade head' })
  expect(validate.errors).not.toBeNull()
})

test('app.json only lists variables that are read', () => {
  const variables = (Object.keys(options) as OptionName[]).map(variableOf)
  for (const name of Object.keys(app.env)) expect(variables).toContain(name)
})

test('Node.js comes first and Python last', () => {
  expect(app.buildpacks.map(({ url }) => url)).toEqual(['heroku/nodejs', 'heroku/python'])
})

test('the release line puts the guard in front of the upgrade', () => {
  const { running, replaced } = readEntries(diskTree(root))
  expect(replaced).toEqual([])
  const [entry] = running
  if (entry?.shell.kind !== 'list') throw new Error('the release line is not understood')
  expect(exitStatusFlow(entry.shell.list, (command) => releaseCommandOf(command).role)).toEqual({
    hidesFailure: false,
    unguarded: false,
    ignoresGuard: false,
  })
})
