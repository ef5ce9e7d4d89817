import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PythonRaise } from '../../../../src/python/source/python-error.ts'
import {
  alembicTable,
  formatPercent,
  parseToml,
  readTomlOption,
  readTomlSwitch,
} from '../../../../src/python/config/toml.ts'

const modern = { here: '/srv', booleans: true, integers: true }
const first = { here: '/srv', booleans: false, integers: false }
const table = async (text: string) => alembicTable(await parseToml(`[tool.alembic]\n${text}`))

async function failure(read: () => unknown): Promise<unknown> {
  try {
    await read()
  } catch (error) {
    if (error instanceof PythonRaise) return error.error
    throw error
  }
  return null
}

describe('[tool.alembic]', () => {
  test.for([
    ['x = "%(here)s/a%%b"', { kind: 'text', value: '/srv/a%b' }],
    ['x = ["%(here)s", "b"]', { kind: 'list', values: ['/srv', 'b'] }],
    ['x = {a = "b"}', { kind: 'table', keys: ['a'] }],
    ['x = [{name = "black"}]', { kind: 'tables', tables: [['name']] }],
    ['x = 40', { kind: 'int', value: 40n, bool: false }],
    ['y = 1', { kind: 'absent' }],
  ] as const)('%s', async ([text, option]) => {
    expect(readTomlOption(await table(text), 'x', modern)).toEqual(option)
  })

  test('types that no option accepts are rejected, naming the key since 1.16.4', async () => {
    const float = await table('x = 1.5')
    const words = (rules: typeof modern) => failure(() => readTomlOption(float, 'x', rules))
    expect(await words(first)).toEqual({ type: 'CommandError', message: 'unsupported TOML value type' })
    expect(await words(modern)).toEqual({
      type: 'CommandError',
      message: "unsupported TOML value type for key: 'x'",
    })
  })

  test('a switch is the text "true" up to 1.16.3 and a boolean since', async () => {
    const text = await table('x = "true"')
    const boolean = await table('x = true')
    expect(readTomlSwitch(text, 'x', first)).toBe(true)
    expect(readTomlSwitch(boolean, 'x', modern)).toBe(true)
    expect(readTomlSwitch(boolean, 'y', modern)).toBe(false)
    expect(await failure(() => readTomlSwitch(boolean, 'x', first))).toMatchObject({ type: 'CommandError' })
    const message = "boolean value expected for TOML parameter 'x'"
    expect(await failure(() => readTomlSwitch(text, 'x', modern))).toEqual({ type: 'CommandError', message })
  })

  test("a non-table is rejected with Python's message", async () => {
    const read = (text: string) => failure(async () => alembicTable(await parseToml(text)))
    expect(await read('[tool]\nalembic = 3')).toEqual({
      type: 'CommandError',
      message: 'Incorrect TOML format',
    })
    const message = "'str' object has no attribute 'get'"
    expect(await read('tool = "x"')).toEqual({ type: 'AttributeError', message })
    expect(await read('[a\n')).toMatchObject({ type: 'TOMLDecodeError' })
    expect(await read('\ufeffa = 1')).toMatchObject({ type: 'TOMLDecodeError' })
  })
})

// Expected values are from CPython 3.11.
test.for([
  ['a', 'a'],
  ['%(here)s', '/srv'],
  ['%(here)r', "'/srv'"],
  ['%(here)8s|%(here)-6s|%(here).2s', '    /srv|/srv  |/s'],
  ['%s', "{'here': '/srv'}"],
  ['5%', 'ValueError: incomplete format'],
  ['%(a(b))s', "KeyError: 'a(b)'"],
  ['%(here)5', 'ValueError: incomplete format'],
  ['%(here', 'ValueError: incomplete format key'],
  ['%(nope)s', "KeyError: 'nope'"],
  ['%q', "ValueError: unsupported format character 'q' (0x71) at index 1"],
  ['%d', 'TypeError: %d format: a real number is required, not dict'],
  ['%(here)x', 'TypeError: %x format: an integer is required, not str'],
  ['%(here)f', 'TypeError: must be real number, not str'],
] as const)('%j, formatted with a dictionary, is %j', async ([text, expected]) => {
  let printed
  try {
    printed = formatPercent(text, { here: '/srv' })
  } catch (error) {
    printed = (error as Error).message
  }
  expect(printed).toBe(expected)
})

test('any text is parsed as TOML or rejected with a Python error', async () => {
  const pieces = fc.constantFrom(
    'a',
    '=',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    '.',
    '\n',
    '1',
    'true',
    '%',
    '(',
    ')s',
    '\\',
    '#',
    ',',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces).map((list) => list.join('')),
      async (text) => {
        const refused = await failure(async () => {
          const options = alembicTable(await parseToml(`[tool.alembic]\n${text}`))
          for (const key of options.keys()) readTomlOption(options, key, modern)
        })
        expect(refused === null || typeof refused === 'object').toBe(true)
      },
    ),
  )
})

test('endless nesting is rejected', async () => {
  expect(await failure(() => parseToml(`a = ${'['.repeat(200_000)}`))).not.toBeNull()
})
