/** Compares the guard's results for many project layouts with those recorded from Alembic 1.19.1 and 1.8.1. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ConfigRefused } from '../../../../src/adapters/project/config-refused.ts'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'

interface Seen {
  readonly revisions: readonly { readonly file: string }[]
  readonly warnings: readonly string[]
  readonly error: { readonly type: string; readonly message: string; readonly file?: string } | null
  readonly script_location: string | null
  readonly version_locations: readonly string[] | null
}

interface Form {
  readonly case: string
  readonly cwd: string
  readonly ini: string | null
  readonly section: string
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>
  readonly links: Readonly<Record<string, string>>
  readonly alembic_1_19_1: Seen
  readonly alembic_1_8_1: Seen
}

const fixture = new URL('../../../fixtures/forms.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly Form[] }

/** Replaces `<root>` in the recorded messages. */
const root = '/srv'

test.for(cases)('$case is found and listed as in Alembic 1.19.1', async (form) => {
  const found = await find(form, '1.19.1')
  expect(found).toEqual(expected(form.alembic_1_19_1, found))
})

// Before 1.16, Alembic doesn't read pyproject.toml.
test.for(cases.filter((form) => !form.case.startsWith('t-')))(
  '$case is found and listed as in Alembic 1.8.1',
  async (form) => {
    const found = await find(form, '1.8.1')
    const wanted = expected(form.alembic_1_8_1, found)
    // Alembic 1.8.1's order depends on the file system.
    expect(sorted(found)).toEqual(sorted(wanted))
  },
)

interface Found {
  readonly error: { readonly type: string; readonly message: string } | null
  readonly scriptLocation: string | null
  readonly versionLocations: readonly string[] | null
  readonly files: readonly string[]
  readonly loadedTwice: readonly string[]
}

async function find(form: Form, alembicVersion: string): Promise<Found> {
  const folder = `${root}/_oddities/${form.case}`
  const inFolder = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).map(([path, value]) => [`${folder}/${path}`, value]))
  const files = Object.fromEntries(
    Object.entries(inFolder(form.files)).map(([path, content]) => [
      path,
      typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'),
    ]),
  )
  const cwd = form.cwd === '.' ? folder : `${folder}/${form.cwd}`
  const tree = memoryTree({ cwd, files, links: inFolder(form.links) })
  try {
    const location = await locateProject(tree, {
      config: [form.ini === null ? 'pyproject.toml' : `${folder}/${form.ini}`],
      name: form.section,
      alembicVersion,
    })
    const repository = await readRepository(tree, location)
    return {
      error: null,
      scriptLocation: repository.scriptLocation,
      versionLocations: repository.versionLocations,
      files: repository.modules.map((module) => module.path),
      loadedTwice: repository.remarks.filter((remark) => remark.includes('loaded twice')),
    }
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    return { error: error.error, scriptLocation: null, versionLocations: null, files: [], loadedTwice: [] }
  }
}

/** Converts Alembic's result. After an error, takes the remaining files from `found`. */
function expected(seen: Seen, found: Found): Found {
  const here = (text: string): string => text.replaceAll('<root>', root)
  if (seen.error && seen.version_locations === null) {
    const { type, message } = seen.error
    return {
      error: { type, message: here(message) },
      scriptLocation: null,
      versionLocations: null,
      files: [],
      loadedTwice: [],
    }
  }
  const loaded = seen.revisions.map((revision) => revision.file)
  if (seen.error?.file !== undefined) loaded.push(seen.error.file)
  // Alembic stops at the first error; the guard lists the remaining files too.
  const unreached = seen.error ? found.files.filter((file) => !loaded.includes(file)) : []
  return {
    error: null,
    scriptLocation: seen.script_location,
    versionLocations: seen.version_locations?.map(here) ?? null,
    files: [...loaded, ...unreached],
    loadedTwice: seen.warnings
      .filter((warning) => warning.includes('loaded twice'))
      .map((warning) => warning.replace(/^UserWarning: /, '').replace(/<root>\/_oddities\/[^/]+\//, '')),
  }
}

function sorted(found: Found): Found {
  return { ...found, files: found.files.toSorted() }
}
