/** Uses random files to compare our reimplementation of configparser with Python's. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { hasOption, parseIni, readOption, readSection } from '../../src/python/config/configparser.ts'
import { PythonRaise } from '../../src/python/source/python-error.ts'
import { generator } from '../support/random-project.ts'

const judge = String.raw`
import configparser, io, json, sys
def attempt(read):
    try:
        return read()
    except configparser.Error as error:
        return {'type': type(error).__name__, 'message': str(error)}
def judge(text):
    parser = configparser.ConfigParser({'here': '/srv/app'})
    # newline=None: the translation that open() does.
    failure = attempt(lambda: parser.read_file(io.TextIOWrapper(io.BytesIO(text.encode('utf-8', 'surrogatepass')), 'utf-8', 'surrogatepass'), 'alembic.ini'))
    if failure:
        return failure
    return [
        [
            section,
            [[option, attempt(lambda: parser.get(section, option))] for option in parser[section]],
            attempt(lambda: [list(item) for item in parser.items(section)]),
            [parser.has_option(section, option) for option in ('here', 'A', 'nope')],
        ]
        for section in parser.sections() + ['DEFAULT']
    ]
for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))))
`

test('parses ini files like Python, or fails with the same message', () => {
  const found = spawnSync('python3', ['--version'])
  if (found.error || found.status !== 0) {
    if (process.env['CI']) throw new Error('python3 is missing, and without it this test proves nothing')
    console.warn('SKIPPED: python3 is missing, nothing was compared with configparser')
    return
  }
  const texts = [...known, ...Array.from({ length: 12_000 }, (_, seed) => randomIni(seed))]
  const answer = spawnSync('python3', ['-c', judge], {
    input: texts.map((text) => JSON.stringify(text)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  expect(answer.stderr).toBe('')
  const expected = answer.stdout.trimEnd().split('\n')
  expect(expected.length).toBe(texts.length)
  const kinds = new Map<string, number>()
  for (const [index, text] of texts.entries()) {
    const theirs: unknown = JSON.parse(expected[index] ?? 'null')
    const ours = ourJudgement(text)
    expect(ours, `for ${JSON.stringify(text)}`).toEqual(theirs)
    for (const [type] of JSON.stringify(ours).matchAll(/"type":"\w+/g))
      kinds.set(type, (kinds.get(type) ?? 0) + 1)
  }
  // Every kind of error must occur at least once.
  expect([...kinds.keys()].length).toBe(7)
})

function ourJudgement(text: string): unknown {
  return attempt(() => {
    const ini = parseIni(text, { here: '/srv/app', source: "'alembic.ini'" })
    return [...ini.sections.keys(), 'DEFAULT'].map((section) => {
      const own = ini.sections.get(section) ?? new Map()
      const options =
        section === 'DEFAULT'
          ? [...ini.defaults.keys()]
          : [...new Set([...own.keys(), ...ini.defaults.keys()])]
      return [
        section,
        options.map((option) => [option, attempt(() => readOption(ini, section, option))]),
        attempt(() => {
          // Alembic never reads [DEFAULT], and neither does readSection.
          const items = section === 'DEFAULT' ? null : readSection(ini, section)
          return items ? [...items] : options.map((option) => [option, readOption(ini, section, option)])
        }),
        ['here', 'A', 'nope'].map((option) => hasOption(ini, section, option)),
      ]
    })
  })
}

function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof PythonRaise) return error.error
    throw error
  }
}

const known = [
  '',
  '\ufeff[alembic]\na=1\n',
  '[alembic]\nversion_path_separator = os  # Use os.pathsep.\n',
  '[alembic]\r\na = 1\r\n  2\r\n\r\n  3\r\nb=4',
  '[a]\n= x\n= y\n',
  '[a]\nx\n  y = 1\n',
  '[a]\nx = %(x)s',
  '[DEFAULT]\nhere = elsewhere\n[a]\nb=%(HERE)s\n',
  '[a]b]\nİ=1\nx=\u0085\u001cy\u2028\n',
]

const pieces = [
  '[alembic]',
  '[DEFAULT]',
  '[b]',
  '[a]b] x',
  '[]',
  '[',
  'a',
  'A',
  'b c',
  'script_location',
  'here',
  '=',
  '=',
  ':',
  ' = ',
  ' : ',
  '#',
  ';',
  ' # x',
  '%',
  '%%',
  '%(a)s',
  '%(A)s',
  '%(b c)s',
  '%(here)s',
  '%(nope)s',
  '%()s',
  '%(a)',
  '%(a',
  '%s',
  ' ',
  '  ',
  '\t',
  '\f',
  '\u00a0',
  '\u0085',
  '\u001c',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  "'",
  '"',
  '\\',
  'é',
  'İ',
  'x/y',
  '/abs:rel',
]
const lineEnds = ['\n', '\n', '\n', '\n\n', '\r\n', '\r', '\n  ', '\n ', '\n[alembic]\n', '\nb = ', '\na = ']

/** Usually generates a valid first line, so that later lines are parsed too. */
function randomIni(seed: number): string {
  const random = generator(seed)
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
  let text = random() < 0.9 ? `${pick(['[alembic]', '[DEFAULT]', '[b]', ' [b] '])}\n` : ''
  const lines = Math.floor(random() * 8)
  for (let line = 0; line < lines; line += 1) {
    if (random() < 0.7)
      text += `${pick(['a', 'A', 'b c', 'here', `k${line}`])}${pick(['=', ' = ', ':', ' : '])}`
    for (let piece = Math.floor(random() * 5); piece > 0; piece -= 1) text += pick(pieces)
    text += pick(lineEnds)
  }
  return text
}
