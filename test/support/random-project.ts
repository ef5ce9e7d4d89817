/** Small random Alembic projects with many special cases. */

/** A random project. In `files`, folder names end in `/`. */
export interface Project {
  readonly files: Readonly<Record<string, string>>
  readonly links: Readonly<Record<string, string>>
  readonly config: readonly string[]
  readonly section: string
  readonly environment: string | null
}

const absent = ''

/** An option's valid values, and values that Alembic may reject. */
interface Choices {
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const iniOptions: Readonly<Record<string, Choices>> = {
  script_location: {
    good: [
      '= alembic',
      '= alembic',
      '= %(here)s/alembic',
      ': ./alembic/',
      '= alembic//versions/..',
      '= alembic',
      '= pk:mig',
      '= pk.sub:mig',
      '= ns:mig',
      '= ns.deep:mig',
      '= pk:mig:more',
      '= pk:mig/more',
      '= %(here)s/pk/mig',
    ],
    bad: [
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
      '= %(nope)s',
      '= 50%',
      '= %%',
      '= %(other)s/alembic',
      '= file.txt',
    ],
  },
  version_locations: {
    good: [
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
      '= %(here)s/v1 : %(here)s/v2 :',
      '= v1 v1',
      '= pk:mig/more',
      '= %(here)s/v1:%(here)s/v2',
      '= nowhere',
      '= v1/../v2',
      '= alembic/versions',
      '= v1/ ./v2',
      '= v1 v1/sub',
      '= v1 alembic/versions v2',
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
  'sub/i.py',
  'sub/a.py',
  'sub/.x/y.py',
  'sub/__pycache__/j.py',
  '__pycache__/k.cpython-311.pyc',
  '__pycache__/a.cpython-311.pyc',
  '__pycache__/z.py',
  'dir.py/',
  'dir.py/in.py',
  '😀.py',
  '￮.py',
  'é.py',
  'Z.py',
  'a b.py',
  'a-b.py',
  'README',
  'A.py',
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

/** Returns a random project. The same seed gives the same project. */
export function randomProject(seed: number): Project {
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
  // Keep files that stop Alembic rare, so that the other cases occur too.
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
  // A mistake hides everything after it, so most generated projects contain none.
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

/** Returns a seeded random number generator (Mulberry32) for numbers from 0 to 1. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
