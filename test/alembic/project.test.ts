/** Real Alembic is the judge of how a project is found and its files are listed, on random small projects on disk. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigRefused } from '../../src/adapters/config-refused.ts'
import { diskTree } from '../../src/adapters/disk-tree.ts'
import { listMigrationFiles } from '../../src/adapters/migration-files.ts'
import { locateProject } from '../../src/adapters/project.ts'
import { joinPath } from '../../src/adapters/tree-path.ts'

/** What one random project is made of. Folders end in `/`. */
interface Project {
  readonly files: Readonly<Record<string, string>>
  readonly links: Readonly<Record<string, string>>
  readonly config: readonly string[]
  readonly section: string
  readonly environment: string | null
}

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
  /** Raised by the configuration. */
  readonly error?: { readonly type: string; readonly message: string }
  /** Raised while the files are loaded. */
  readonly late?: { readonly type: string; readonly message: string }
}

function python(): { readonly command: string; readonly version: string } | null {
  for (const command of ['python3', '/usr/bin/python3']) {
    const answer = spawnSync(command, ['-c', judge], { encoding: 'utf8' })
    if (answer.status === 0) return { command, version: answer.stdout.trim() }
  }
  return null
}

test('a project is found, refused and listed as real Alembic does it', { timeout: 600_000 }, async () => {
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
  // What follows the first failure is never reached there.
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

/** The TOML parser has words of its own, and lines of the file are never quoted. */
function comparable(error: Judgement['error']): string {
  const message = error?.message ?? ''
  if (error?.type === 'TOMLDecodeError') return /\(at line \d+/.exec(message)?.[0] ?? message
  if (error?.type === 'MissingSectionHeaderError') return message.split('\n', 2).join('\n')
  // Values in [post_write_hooks] and [DEFAULT] are nobody's business.
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

const absent = ''

/** Values of an option that Alembic takes, and values that it may stumble over. */
interface Choices {
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const iniOptions: Readonly<Record<string, Choices>> = {
  script_location: {
    good: [
      ...[
        '= alembic',
        '= alembic',
        '= %(here)s/alembic',
        ': ./alembic/',
        '= alembic//versions/..',
        '= alembic',
      ],
      ...[
        '= pk:mig',
        '= pk.sub:mig',
        '= ns:mig',
        '= ns.deep:mig',
        '= pk:mig:more',
        '= pk:mig/more',
        '= %(here)s/pk/mig',
      ],
    ],
    bad: [
      ...[
        absent,
        '=',
        '= lp:mig',
        '= nope:mig',
        '= pk.nope:mig',
        '= pk:',
        '= :x',
        '= .pk:x',
        '= missing',
        '= alembic  # it',
      ],
      ...['= %(nope)s', '= 50%', '= %%', '= %(other)s/alembic', '= file.txt'],
    ],
  },
  version_locations: {
    good: [
      ...[
        absent,
        absent,
        absent,
        '= ',
        '= v1 v2',
        '= v1,v2',
        '= v1, v2',
        '= v1;v2',
        '= v1\n  v2',
        '=\n  v1\n  v2',
      ],
      ...[
        '= %(here)s/v1 : %(here)s/v2 :',
        '= v1 v1',
        '= pk:mig/more',
        '= %(here)s/v1:%(here)s/v2',
        '= nowhere',
        '= v1/../v2',
      ],
      ...['= alembic/versions', '= v1/ ./v2', '= v1 v1/sub', '= v1 alembic/versions v2'],
    ],
    bad: ['= file.txt', '= v1 nope:x', '= v1:v2', '= v1 : v2 :', '= %(nope)s', '= file.txt/x'],
  },
  path_separator: {
    good: [absent, absent, '= os', '= os', '= space', '= newline', '= :', '= ;'],
    bad: ['= os  # c', '= ', '= OS'],
  },
  version_path_separator: {
    good: [absent, absent, '= os', '= space', '= newline', '= ;'],
    bad: ['= os  # c', '= x'],
  },
  recursive_version_locations: { good: [absent, '= true', '= true', '= True', '= false'], bad: ['= %'] },
  sourceless: { good: [absent, absent, absent, '= true', '= True'], bad: ['= %'] },
  truncate_slug_length: { good: [absent, absent, '= 40', '= 4_0'], bad: ['= ', '= x', '= 4.0'] },
  prepend_sys_path: { good: [absent, absent, '= .', '= lib', '= lib:.', '= lib .'], bad: ['= %'] },
  file_template: { good: [absent, absent, '= %%(rev)s'], bad: ['= %(rev)s'] },
  output_encoding: { good: [absent, absent, '= latin-1'], bad: [] },
  other: { good: [absent, '= .', '= %(here)s'], bad: ['= %(other)s', '= 5%'] },
}

const tomlOptions: Readonly<Record<string, Choices>> = {
  script_location: {
    good: ['"alembic"', '"alembic"', '"%(here)s/alembic"', '"pk:mig"'],
    bad: [absent, '""', '"50%"', '"%(nope)s"', '7', '["alembic"]', '"%d"', '1.5'],
  },
  version_locations: {
    good: [
      absent,
      absent,
      '["v1", "v2"]',
      '["%(here)s/v1"]',
      '["v2", "./v1/"]',
      '[]',
      '"v1"',
      '{a = "v1"}',
      '""',
    ],
    bad: ['["v1:x"]', '[1]', '5', 'false', '[{a = "b"}]', '[{a = 1}]', '1.5'],
  },
  path_separator: { good: [absent, absent, '"space"'], bad: ['5'] },
  recursive_version_locations: { good: [absent, 'true', '"true"', 'false'], bad: ['1', '"nope"', '"%"'] },
  sourceless: { good: [absent, absent, 'true', '"true"'], bad: ['1'] },
  truncate_slug_length: {
    good: [absent, absent, '"40"', '40'],
    bad: ['"x"', '1.5', 'true', '[1]', '{a = "b"}'],
  },
  prepend_sys_path: { good: [absent, '["."]', '["lib", "."]'], bad: ['"."', '3', '["5%"]'] },
  file_template: { good: [absent, absent, '"%%(rev)s"'], bad: ['"%(rev)s"', '"5%"', '"%q"', '"%(here"'] },
  post_write_hooks: {
    good: [absent, absent, '[{name = "black"}]'],
    bad: ['[{nome = "black"}]', '[{name = 1}]', '"x"'],
  },
}

const migrations = [
  ...[
    'a.py',
    'b.py',
    '.c.py',
    '._d.py',
    '.#e.py',
    '__init__.py',
    '__init__x.py',
    'f.PY',
    'g.pyi',
    'h.pyc',
    'a.pyc',
    'k.pyo',
  ],
  ...[
    'sub/i.py',
    'sub/a.py',
    'sub/.x/y.py',
    'sub/__pycache__/j.py',
    '__pycache__/k.cpython-311.pyc',
    '__pycache__/a.cpython-311.pyc',
  ],
  ...[
    '__pycache__/z.py',
    'dir.py/',
    'dir.py/in.py',
    '\u{1f600}.py',
    '\uffee.py',
    'é.py',
    'Z.py',
    'a b.py',
    'a-b.py',
    'README',
    'A.py',
  ],
]
const migrationLinks: Readonly<Record<string, string>> = {
  'l.py': '../../real/r.py',
  'l2.py': '../../real/r.py',
  'm.py': '../../real/r.txt',
  'n.txt': '../../real/s.py',
  'o.py': 'gone.py',
  'p.py': 'gone.txt',
  'p.txt': '../gone/x.py',
  'q.py': 'q.py',
  'w.txt': 'w.txt',
  linked: 'sub',
  'c1.py': 'c2.py',
  'c2.py': '../../real/r.py',
}

function randomProject(seed: number): Project {
  const random = generator(seed)
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(random() * list.length)]
    if (one === undefined) throw new Error('nothing to pick from')
    return one
  }
  const files: Record<string, string> = {
    'file.txt': '',
    'real/r.py': '',
    'real/r.txt': '',
    'real/s.py': '',
    'pk/__init__.py': '',
    'pk/sub/__init__.py': '',
    'pk/sub/mig/': '',
    'pk/mig/more/a.py': '',
    'ns/mig/': '',
    'ns/deep/mig/versions/b.py': '',
    'lib/lp/__init__.py': '',
    'lib/lp/mig/': '',
    'alembic/env.py': '',
  }
  const links: Record<string, string> = {}
  // A file that stops everything is rare, so that the others get their turn.
  const some = random() < 0.4 ? 0.7 : 0.2
  for (const folder of ['alembic/versions', 'v1/x', 'v2/x', 'pk/mig/versions']) {
    const place = folder.replace(/\/x$/, '')
    if (random() < 0.1) continue
    files[`${place}/`] = ''
    for (const name of migrations) if (random() < some) files[`${place}/${name}`] = ''
    for (const [name, target] of Object.entries(migrationLinks)) {
      const risky = /^[opqw]/.test(name)
      if (random() < (risky ? 0.02 : some / 2) && files[`${place}/${name}`] === undefined) {
        links[`${place}/${name}`] = place.includes('/') ? target : target.replace('../../', '../')
      }
    }
  }
  // In most projects nothing is wrong: a mistake hides everything that comes after it.
  const careless = random() < 0.35
  const draw = ({ good, bad }: Choices): string =>
    pick(careless && bad.length > 0 && random() < 0.2 ? bad : good)
  if (!careless || random() < 0.8) files['alembic.ini'] = randomIni(draw, pick, careless)
  if (random() < 0.4) files['pyproject.toml'] = randomToml(draw, pick, careless)
  if (careless || random() < 0.2) files['conf/other.ini'] = randomIni(draw, pick, careless)
  return {
    files,
    links,
    config: pick([
      ...Array.from({ length: 8 }, () => ['alembic.ini']),
      ['./conf/../alembic.ini'],
      ...(careless
        ? [['conf/other.ini'], ['conf/other.ini', 'pyproject.toml'], ['pyproject.toml'], ['nowhere.ini']]
        : []),
      ...(careless
        ? [
            ['conf/other.ini', 'alembic.ini'],
            ['pyproject.toml', './pyproject.toml'],
          ]
        : []),
    ]),
    section: pick(careless ? ['alembic', 'alembic', 'core', 'DEFAULT'] : ['alembic']),
    environment: careless ? pick([null, '', 'conf/other.ini', 'pyproject.toml']) : null,
  }
}

type Pick = <T>(list: readonly T[]) => T
type Draw = (choices: Choices) => string

function randomIni(draw: Draw, pick: Pick, careless: boolean): string {
  const heads = ['[alembic]\n', '[core]\na = b\n[alembic]\n', '[DEFAULT]\nsourceless = true\n[alembic]\n']
  let text = pick(careless ? [...heads, ...heads, '[core]\n', ''] : heads)
  for (const [key, choices] of Object.entries(iniOptions)) {
    const value = draw(choices)
    if (value !== absent) text += `${key} ${value}\n`
  }
  const tails = ['', '', '[post_write_hooks]\nhooks = x\n', '[core]\nscript_location = alembic\n']
  const mistakes = ['[post_write_hooks]\nhooks = 5%\n', 'junk\n', 'script_location = x\n', '[alembic]\n']
  return text + pick(careless ? [...tails, ...mistakes] : tails)
}

function randomToml(draw: Draw, pick: Pick, careless: boolean): string {
  const heads = ['[tool.alembic]\n', '[project]\nname = "x"\n']
  const mistakes = ['[tool]\nalembic = 3\n', 'tool = 3\n', '[broken\n']
  let text = pick(careless ? ['[tool.alembic]\n', '[tool.alembic]\n', ...heads, ...mistakes] : heads)
  if (!text.startsWith('[tool.alembic]')) return text
  for (const [key, choices] of Object.entries(tomlOptions)) {
    const value = draw(choices)
    if (value !== absent) text += `${key} = ${value}\n`
  }
  return text
}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
