/** Uses random projects to compare how the guard and Alembic find a project and list its files. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigRefused } from '../../src/adapters/project/config-refused.ts'
import { diskTree } from '../../src/adapters/files/disk-tree.ts'
import { listMigrationFiles } from '../../src/adapters/project/migration-files.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { joinPath } from '../../src/adapters/files/tree-path.ts'
import { randomProject, type Project } from '../support/random-project.ts'

const cases = Number(process.env['PROJECT_CASES'] ?? 400)

const judge = String.raw`
import importlib, json, os, sys, types, warnings
import alembic
if len(sys.argv) == 1:
    print(alembic.__version__)
    sys.exit()
from alembic.config import CommandLine, Config
from alembic.script import base
real_load = base.util.load_python_file
loaded = []
def load(folder, name):
    path = os.path.join(str(folder), str(name))
    loaded.append(path)
    if not os.path.exists(path) or os.path.isdir(path):
        return real_load(folder, name)
    module = types.ModuleType('m')
    module.revision, module.down_revision = 'r%d' % len(loaded), None
    return module
base.util.load_python_file = load
before = list(sys.path), set(sys.modules)
def judge(root, project):
    os.chdir(root)
    os.environ.pop('ALEMBIC_CONFIG', None)
    if project['environment'] is not None:
        os.environ['ALEMBIC_CONFIG'] = project['environment']
    sys.path[:] = before[0]
    for name in set(sys.modules) - before[1]:
        if name.split('.')[0] in ('pk', 'ns', 'lp', 'v1', 'v2'):
            del sys.modules[name]
    importlib.invalidate_caches()
    loaded.clear()
    result = {'loaded': loaded, 'warnings': []}
    try:
        line = CommandLine()
        options = line.parser.parse_args([*(part for name in project['config'] for part in ('-c', name)), '-n', project['section'], 'heads'])
        if hasattr(line, '_inis_from_config'):
            toml, ini = line._inis_from_config(options)
            config = Config(file_=ini, toml_file=toml, ini_section=options.name, cmd_opts=options)
        else:
            config = Config(file_=options.config, ini_section=options.name, cmd_opts=options)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            scripts = base.ScriptDirectory.from_config(config)
            result['locations'] = [str(path) for path in scripts._version_locations]
            result['script'] = os.path.abspath(str(scripts.dir))
            result['options'] = [scripts.file_template, scripts.output_encoding]
            try:
                for script in scripts._load_revisions():
                    pass
            except Exception as error:
                result['late'] = {'type': type(error).__name__, 'message': str(error)}
        result['warnings'] = [str(warning.message) for warning in caught if 'loaded twice' in str(warning.message)]
    except Exception as error:
        result['error'] = {'type': type(error).__name__, 'message': str(error)}
    return json.dumps(result)
for line in sys.stdin:
    print(judge(*json.loads(line)), flush=True)
`

interface Judgement {
  readonly loaded: readonly string[]
  readonly warnings: readonly string[]
  readonly locations?: readonly string[]
  readonly script?: string
  readonly options?: readonly string[]
  /** The exception that Alembic raises while reading the configuration. */
  readonly error?: { readonly type: string; readonly message: string }
  /** The exception that Alembic raises while it loads the files. */
  readonly late?: { readonly type: string; readonly message: string }
}

function python(): { readonly command: string; readonly version: string } | null {
  for (const command of ['python3', '/usr/bin/python3']) {
    const answer = spawnSync(command, ['-c', judge], { encoding: 'utf8' })
    if (answer.status === 0) return { command, version: answer.stdout.trim() }
  }
  return null
}

test('a project is found, rejected and listed as Alembic does', { timeout: 600_000 }, async () => {
  const found = python()
  if (!found) {
    if (process.env['CI']) throw new Error('Alembic is missing, and without it this test proves nothing')
    console.warn('SKIPPED: no python3 with Alembic, nothing was compared')
    return
  }
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'alembic-guard-')))
  try {
    const projects = Array.from({ length: cases }, (_, seed) => {
      const root = join(base, String(seed))
      const project = randomProject(seed)
      write(root, project)
      return { root, project }
    })
    const answer = spawnSync(found.command, ['-c', judge, 'judge'], {
      input: projects.map(({ root, project }) => JSON.stringify([root, project])).join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    })
    const lines = answer.stdout.trimEnd().split('\n')
    expect(lines.length, answer.stderr).toBe(projects.length)
    const counts = { listed: 0, refused: 0, files: 0 }
    for (const [index, { root, project }] of projects.entries()) {
      const theirs = JSON.parse(lines[index] ?? '') as Judgement
      const label = `project ${index}: ${JSON.stringify(project, null, 1)}\nAlembic: ${JSON.stringify(theirs, null, 1)}`
      await compare(root, project, theirs, found.version, label)
      if (theirs.error) counts.refused += 1
      else counts.listed += 1
      counts.files += theirs.loaded.length
    }
    console.log(`Alembic ${found.version}:`, counts)
    expect(counts.listed).toBeGreaterThan(cases / 5)
    expect(counts.refused).toBeGreaterThan(cases / 10)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})

async function compare(
  root: string,
  project: Project,
  theirs: Judgement,
  version: string,
  label: string,
): Promise<void> {
  const tree = diskTree(root)
  const options = {
    config: project.config,
    name: project.section,
    alembicVersion: version,
    ...(project.environment === null ? {} : { alembicConfigEnv: project.environment }),
  }
  let location
  try {
    location = await locateProject(tree, options)
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw new Error(label, { cause: error })
    expect(theirs.error?.type, label).toBe(error.error.type)
    expect(comparable(error.error), label).toBe(comparable(theirs.error))
    return
  }
  expect(theirs.error, label).toBeUndefined()
  expect(join(location.scriptLocation, '.'), label).toBe(join(theirs.script ?? '', '.'))
  expect(
    location.versionLocations.map((path) => join(path, '.')),
    label,
  ).toEqual(theirs.locations?.map((path) => join(path, '.')))
  expect([location.fileTemplate || '%(rev)s_%(slug)s', location.outputEncoding], label).toEqual(
    theirs.options,
  )
  const listing = listMigrationFiles(tree, { version: location.alembic.version, ...location })
  if (listing.error) {
    expect(theirs.late, label).toEqual(listing.error)
    return
  }
  const shown = listing.files.map((file) => joinPath(root, file.shown))
  // Alembic stops at the first failure.
  const stopped = theirs.late !== undefined
  const reached = stopped && listing.files[theirs.loaded.length]?.kind !== 'source' ? 1 : 0
  expect(stopped ? shown.slice(0, theirs.loaded.length) : shown, label).toEqual(theirs.loaded)
  if (stopped) {
    const failing = listing.files.slice(0, theirs.loaded.length + reached).at(-1)
    const last = listing.files[theirs.loaded.length - 1]
    const file = last?.kind === 'source' ? failing : last
    expect(file?.kind, label).not.toBe('source')
    if (file?.kind === 'raises') expect(theirs.late, label).toEqual(file.error)
  } else {
    expect(
      listing.remarks.map((remark) =>
        remark.replace(/^File (\S+) /, (_, path: string) => `File ${joinPath(root, path)} `),
      ),
      label,
    ).toEqual(theirs.warnings)
    expect(
      listing.files.filter((file) => file.kind === 'raises'),
      label,
    ).toEqual([])
  }
}

/** Makes errors comparable: removes quoted lines, and reduces TOML errors to their line number. */
function comparable(error: Judgement['error']): string {
  const message = error?.message ?? ''
  if (error?.type === 'TOMLDecodeError') return /\(at line \d+/.exec(message)?.[0] ?? message
  if (error?.type === 'MissingSectionHeaderError') return message.split('\n', 2).join('\n')
  // Ignore values from [post_write_hooks] and [DEFAULT].
  if (error?.type.startsWith('Interpolation'))
    return message.replace(/(found: |Raw value: |reference ).*$/s, '$1')
  return error?.type === 'ParsingError' ? message.replace(/(\[line +\d+\]:).*/g, '$1') : message
}

function write(root: string, { files, links }: Project): void {
  for (const [path, text] of Object.entries(files)) {
    const absolute = join(root, path)
    mkdirSync(path.endsWith('/') ? absolute : dirname(absolute), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(absolute, text)
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(target, join(root, path))
  }
}
