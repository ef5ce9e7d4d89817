/** Tests migrations with an undefined name. The guard must block them with Alembic's error. */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import { builtinNames } from '../../src/python/interpreter/names/builtin-names.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { writeProject } from '../support/incidents.ts'
import { findJudges } from '../support/judges.ts'

const { folder, python, driver } = await findJudges('undefined-names')

/** A migration. `top` contains the lines before `upgrade()`; `body` contains the lines inside it. */
interface Source {
  readonly top?: readonly string[]
  readonly body?: readonly string[]
  /** Lines after `upgrade()`. */
  readonly after?: readonly string[]
}

interface Case {
  readonly name: string
  readonly fails: Source
  readonly error: RegExp
  readonly passes: Source
}

const table = (type: string): string => `op.create_table('docs', sa.Column('a', ${type}))`
const imports = ['from alembic import op', 'import sqlalchemy as sa']
const json = 'from sqlalchemy.dialects import sqlite'

/** Migrations whose `upgrade()` fails. */
const inUpgrade: readonly Case[] = [
  {
    name: 'a type of a package that is not imported',
    fails: { top: imports, body: [table('sqlmodel.sql.sqltypes.AutoString()')] },
    error: /name 'sqlmodel' is not defined/,
    passes: { top: [...imports, 'import sqlalchemy as sqlmodel'], body: [table('sqlmodel.String()')] },
  },
  {
    name: 'a dialect that is not imported',
    fails: { top: imports, body: [table('sqlite.JSON()')] },
    error: /name 'sqlite' is not defined/,
    passes: { top: [...imports, json], body: [table('sqlite.JSON()')] },
  },
  {
    name: 'a name that another import merely contains',
    fails: { top: [...imports, 'import sqlalchemy.dialects.sqlite'], body: [table('sqlite.JSON()')] },
    error: /name 'sqlite' is not defined/,
    passes: {
      top: [...imports, 'import sqlalchemy.dialects.sqlite as sqlite'],
      body: [table('sqlite.JSON()')],
    },
  },
  {
    name: 'op that is not imported',
    fails: { top: ['import sqlalchemy as sa'], body: [table('sa.Text()')] },
    error: /name 'op' is not defined/,
    passes: { top: imports, body: [table('sa.Text()')] },
  },
  {
    name: 'a misspelt helper',
    fails: { top: [...imports, 'def add(): pass'], body: ['ad()'] },
    error: /name 'ad' is not defined/,
    passes: { top: [...imports, 'def add(): pass'], body: ['add()'] },
  },
  {
    name: 'a helper that is defined after its use at module level',
    fails: { top: imports, body: ['for each in late: op.execute(each)', 'late = []'] },
    error: /'late'/,
    passes: { top: imports, body: ['late = []', 'for each in late: op.execute(each)'] },
  },
  {
    name: 'a name that is imported for type checkers alone',
    fails: {
      top: [...imports, 'from typing import TYPE_CHECKING', 'if TYPE_CHECKING:', `    ${json}`],
      body: [table('sqlite.JSON()')],
    },
    error: /name 'sqlite' is not defined/,
    passes: {
      top: [...imports, 'from typing import TYPE_CHECKING', 'if not TYPE_CHECKING:', `    ${json}`],
      body: [table('sqlite.JSON()')],
    },
  },
  {
    name: 'a deleted name',
    fails: { top: [...imports, json, 'del sqlite'], body: [table('sqlite.JSON()')] },
    error: /name 'sqlite' is not defined/,
    passes: { top: [...imports, json, 'spare = 1', 'del spare'], body: [table('sqlite.JSON()')] },
  },
  {
    name: 'a local name that is used before its assignment',
    fails: {
      top: [...imports, "kind = 'a'"],
      body: ['op.execute("CREATE TABLE " + kind + " (id int)")', "kind = 'b'"],
    },
    error: /local variable 'kind'/,
    passes: {
      top: [...imports, "kind = 'a'"],
      body: ['global kind', 'op.execute("CREATE TABLE " + kind + " (id int)")', "kind = 'b'"],
    },
  },
  {
    name: 'a function that assigns to op',
    fails: { top: imports, body: ['bind = op.get_bind()', 'op = bind'] },
    error: /local variable 'op'/,
    passes: { top: imports, body: ['bind = op.get_bind()', 'other = op'] },
  },
  {
    name: 'a local name of another function',
    fails: { top: [...imports, 'def first():', "    made = 'a'", 'def second(): return made'], body: ['first()', 'second()'] }, // prettier-ignore
    error: /name 'made' is not defined/,
    passes: { top: [...imports, 'def first():', '    global made', "    made = 'a'", 'def second(): return made'], body: ['first()', 'second()'] }, // prettier-ignore
  },
  {
    name: 'the variable of a loop without items',
    fails: { top: imports, body: ['for each in []: pass', 'repr(each)'] },
    error: /'each'/,
    passes: { top: imports, body: ["for each in ['a']: pass", 'repr(each)'] },
  },
  {
    name: 'the variable of a comprehension',
    fails: { top: imports, body: ["names = [each for each in ['a']]", 'op.execute(each)'] },
    error: /name 'each' is not defined/,
    passes: { top: imports, body: ["names = [(each := one) for one in ['a']]", 'repr(each)'] },
  },
  {
    name: 'an attribute of a class without its name',
    fails: { top: [...imports, 'class Names:', "    docs = 'docs'"], body: ['op.drop_table(docs)'] },
    error: /name 'docs' is not defined/,
    passes: { top: [...imports, 'class Names:', "    docs = 'docs'"], body: ['repr(Names.docs)'] },
  },
  {
    name: 'a name in an f-string',
    fails: { top: imports, body: ["op.execute(f'CREATE TABLE {prefix}docs (id int)')"] },
    error: /name 'prefix' is not defined/,
    passes: { top: [...imports, "prefix = 'x_'"], body: ["op.execute(f'CREATE TABLE {prefix}docs (id int)')"] }, // prettier-ignore
  },
  {
    name: 'lower-case constants',
    fails: { top: imports, body: ["op.add_column('docs', sa.Column('a', sa.Text(), nullable=true))"] },
    error: /name 'true' is not defined/,
    passes: { top: imports, body: [table('sa.Text(), nullable=True')] },
  },
  {
    name: 'a name after an operation',
    fails: { top: imports, body: [table('sa.Text()'), "op.execute(text('DELETE FROM docs'))"] },
    error: /name 'text' is not defined/,
    passes: { top: imports, body: [table('sa.Text()'), "op.execute(sa.text('DELETE FROM docs'))"] },
  },
  {
    name: 'a default value that the function uses',
    fails: { top: imports, body: ['def inner(bind=bind): return bind', 'inner()'] },
    error: /name 'bind' is not defined/,
    passes: { top: imports, body: ['bind = op.get_bind()', 'def inner(bind=bind): return bind', 'inner()'] },
  },
  {
    name: 'a name in a with statement',
    fails: { top: imports, body: ["with opp.batch_alter_table('docs') as batch: pass"] },
    error: /name 'opp' is not defined/,
    passes: { top: imports, body: [table('sa.Text()'), "with op.batch_alter_table('docs') as batch: pass"] },
  },
  {
    name: 'a name in a condition',
    fails: { top: imports, body: ["if bind.dialect.name == 'sqlite': pass"] },
    error: /name 'bind' is not defined/,
    passes: { top: imports, body: ["if op.get_bind().dialect.name == 'sqlite': pass"] },
  },
  {
    name: 'a name in a try that raises again',
    fails: { top: imports, body: ['try:', '    missing()', 'except Exception:', '    raise'] },
    error: /name 'missing' is not defined/,
    passes: { top: imports, body: ['try:', '    missing()', 'except NameError:', '    pass'] },
  },
  {
    name: 'a name in a loop over known items',
    fails: { top: imports, body: ["for one in ['a', 'b']:", '    opp.drop_table(one)'] },
    error: /name 'opp' is not defined/,
    passes: { top: imports, body: ['for one in []:', '    opp.drop_table(one)'] },
  },
  {
    name: 'an augmented assignment to nothing',
    fails: { top: imports, body: ['count += 1'] },
    error: /'count'/,
    passes: { top: imports, body: ['count = 0', 'count += 1'] },
  },
  {
    name: 'a decorator of a function in upgrade()',
    fails: { top: imports, body: ['@once', 'def inner(): pass'] },
    error: /name 'once' is not defined/,
    passes: { top: [...imports, 'def once(f): return f'], body: ['@once', 'def inner(): pass'] },
  },
]

/** Files that can't be loaded, so every command fails. */
const atModuleLevel: readonly Case[] = [
  {
    name: 'a call of a name that is not imported',
    fails: { top: [...imports, 'meta = MetaData()'] },
    error: /name 'MetaData' is not defined/,
    passes: { top: [...imports, 'from sqlalchemy import MetaData', 'meta = MetaData()'] },
  },
  {
    name: 'a function that is defined below its use',
    fails: { top: [...imports, 'names = make()', 'def make(): return []'] },
    error: /name 'make' is not defined/,
    passes: { top: [...imports, 'def make(): return []', 'names = make()'] },
  },
  {
    name: 'a base class without its import',
    fails: { top: [...imports, 'class Kind(Enum):', "    a = 'a'"] },
    error: /name 'Enum' is not defined/,
    passes: { top: [...imports, 'from enum import Enum', 'class Kind(Enum):', "    a = 'a'"] },
  },
  {
    name: 'a default value',
    fails: { top: [...imports, 'def make(kind=KIND): pass'] },
    error: /name 'KIND' is not defined/,
    passes: { top: [...imports, 'KIND = 1', 'def make(kind=KIND): pass'] },
  },
  {
    name: 'a decorator',
    fails: { top: [...imports, '@lru_cache', 'def make(): pass'] },
    error: /name 'lru_cache' is not defined/,
    passes: { top: [...imports, 'from functools import lru_cache', '@lru_cache', 'def make(): pass'] },
  },
  {
    name: 'a list of names',
    fails: { top: [...imports, 'kinds = [sa.String(), postgresql.JSONB()]'] },
    error: /name 'postgresql' is not defined/,
    passes: { top: [...imports, 'from sqlalchemy.dialects import postgresql', "kinds = [sa.String(), postgresql.JSONB()]"] }, // prettier-ignore
  },
  {
    name: 'a name in a condition',
    fails: { top: [...imports, 'if sys.version_info > (3,): pass'] },
    error: /name 'sys' is not defined/,
    passes: { top: [...imports, 'import sys', 'if sys.version_info > (3,): pass'] },
  },
  {
    name: 'the parent that another name holds',
    fails: { top: [...imports, 'branch_labels = LABELS'] },
    error: /name 'LABELS' is not defined/,
    passes: { top: [...imports, 'LABELS = None', 'branch_labels = LABELS'] },
  },
]

/** Correct migrations with names that may look undefined. */
const sound: readonly (readonly [string, Source])[] = [
  ['a star import', { top: [...imports, 'from sqlalchemy import *'], body: [table('Text()')] }],
  [
    'a star import of an unread package',
    { top: [...imports, 'from os.path import *'], body: ["repr(join('a'))"] },
  ],
  ['globals()', { top: [...imports, "globals()['kind'] = 1"], body: ['repr(kind)'] }],
  ['globals().update()', { top: [...imports, 'globals().update(kind=1)'], body: ['repr(kind)'] }],
  ['vars()', { top: [...imports, "vars()['kind'] = 1"], body: ['repr(kind)'] }],
  ['locals() at module level', { top: [...imports, 'locals().update(kind=1)'], body: ['repr(kind)'] }],
  ['exec', { top: [...imports, "exec('kind = 1')"], body: ['repr(kind)'] }],
  ['a conditional binding', { top: [...imports, 'import os', 'if os.name: kind = 1'], body: ['repr(kind)'] }],
  [
    'an import with a fallback',
    {
      top: [...imports, 'try:', '    from nowhere import kind', 'except ImportError:', '    kind = 1'],
      body: ['repr(kind)'],
    },
  ],
  [
    'a loop over unknown items',
    { top: [...imports, 'import os', 'for kind in os.environ: pass'], body: ['repr(kind)'] },
  ],
  [
    'a while loop',
    { top: imports, body: ['turns = 0', 'while turns < 3: turns, kind = turns + 1, 2', 'repr(kind)'] },
  ],
  [
    'a global of a method',
    {
      top: [...imports, 'class Maker:', '    def make(self):', '        global kind', '        kind = 1'],
      body: ['Maker().make()', 'repr(kind)'],
    },
  ],
  [
    'a nonlocal name',
    {
      top: imports,
      body: [
        'def outer():',
        '    def inner():',
        '        nonlocal kind',
        '        kind = 1',
        '    kind = 0',
        '    inner()',
        '    return kind',
        'repr(outer())',
      ],
    },
  ],
  ['names of the module', { top: imports, body: ['repr([__file__, __name__, __builtins__, __spec__])'] }],
  ['builtins', { top: imports, body: ['repr([property, staticmethod, breakpoint, memoryview, ProcessLookupError, copyright])'] }], // prettier-ignore
  ['a name after a return', { top: imports, body: ['return', 'repr(kind)'] }],
  ['a name after and', { top: imports, body: ['repr(False and kind)'] }],
  ['a chained comparison', { top: imports, body: ['repr(2 < 1 < kind)'] }],
  ['a conditional expression', { top: imports, body: ['repr(1 if True else kind)'] }],
  ['suppress', { top: [...imports, 'import contextlib'], body: ['with contextlib.suppress(NameError): kind()'] }], // prettier-ignore
  ['a function that nothing calls', { top: [...imports, 'def never(): return kind'], body: ['pass'] }],
  ['a lambda that nothing calls', { top: imports, body: ['never = lambda: kind'] }],
  [
    'a match statement',
    { top: imports, body: ["match ['a', 1]:", '    case [first, *rest]: pass', 'repr([first, rest])'] },
  ],
  ['a walrus', { top: imports, body: ['if (kind := 1) and op: pass', 'repr(kind)'] }],
  [
    'a class body',
    { top: [...imports, 'class Kinds:', '    one = 1', '    two = one + 1'], body: ['repr(Kinds.two)'] },
  ],
  [
    'a name that a later function binds in the module',
    { top: [...imports, 'def use(): return kind'], body: ['use()'], after: ['kind = 1'] },
  ],
]

const root = join(folder, 'project')
const url = `sqlite:///${join(folder, 'app.db')}`

async function ask({ top = [], body = ['pass'], after = [] }: Source) {
  writeProject(root, [{ id: 'base1', parents: [], body: ['pass'] }], false)
  const text = [
    ...top,
    "revision = 'next2'",
    "down_revision = 'base1'",
    'def upgrade():',
    ...body.map((line) => `    ${line}`),
    ...after,
    '',
  ].join('\n')
  const before = await driver.ask({ root, url, reset: true, upgrade: ['base1'] })
  expect(before.error).toBeNull()
  writeFileSync(join(root, 'versions', 'next2_x.py'), text)
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  rmSync(join(root, 'versions', '__pycache__'), { recursive: true, force: true })
  const { error } = await driver.ask({ root, url, upgrade: ['heads'] })
  return { report, error }
}

describe.skipIf(python === null)('a name that Python cannot find', () => {
  const named = (cases: readonly Case[]) => cases.map((one) => [one.name, one] as const)

  test.each(named(inUpgrade))('in upgrade(): %s', async (_, { fails, error, passes }) => {
    const refused = await ask(fails)
    expect(refused.error).toMatch(error)
    expect(refused.report).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG100' }] })
    expect(JSON.stringify(refused.report.findings)).toMatch(error)
    expect(refused.report.findings[0]).toMatchObject({
      location: { path: 'versions/next2_x.py' },
      remedies: [{ title: expect.stringMatching(/^(?:Import or define|Assign) /) }],
    })
    const passed = await ask(passes)
    expect(passed.error).toBeNull()
    expect(passed.report).toMatchObject({ verdict: 'pass', findings: [] })
  })

  test.each(named(atModuleLevel))('at module level: %s', async (_, { fails, error, passes }) => {
    const refused = await ask(fails)
    expect(refused.error).toMatch(error)
    expect(refused.report).toMatchObject({ verdict: 'blocked', findings: [{ code: 'AG101' }] })
    expect(JSON.stringify(refused.report.findings)).toMatch(error)
    const passed = await ask(passes)
    expect(passed.error).toBeNull()
    expect(passed.report).toMatchObject({ verdict: 'pass', findings: [] })
  })

  test.each(sound)('no false alarm: %s', async (_, source) => {
    const { report, error } = await ask(source)
    expect(error).toBeNull()
    expect(report.verdict).not.toBe('blocked')
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

test.skipIf(python === null)('the builtins are those of CPython', () => {
  const names = 'import builtins; print(*[each for each in dir(builtins) if not each.startswith("_")])'
  const { stdout } = spawnSync(python ?? '', ['-c', names], { encoding: 'utf8' })
  const constants = new Set(['None', 'True', 'False'])
  expect(stdout.trim().split(' ').filter((name) => !constants.has(name) && !builtinNames.has(name))).toEqual([]) // prettier-ignore
})
