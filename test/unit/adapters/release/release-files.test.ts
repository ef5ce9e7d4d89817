import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { readEntries } from '../../../../src/adapters/release/release-files.ts'
import { parseHerokuYml, parseProcfile } from '../../../../src/core/release/procfile.ts'
import { lowestRelease, readRequirement } from '../../../../src/core/release/requirements.ts'
import { readEnvUrl } from '../../../../src/python/env/env-url.ts'

describe('a Procfile', () => {
  test.each([
    ['release: alembic upgrade head', [['release', 'alembic upgrade head', 1, 10]]],
    [
      'web: a\r\nrelease:   b  \r\n',
      [
        ['web', 'a', 1, 6],
        ['release', 'b', 2, 12],
      ],
    ],
    ['release:b', [['release', 'b', 1, 9]]],
    ['release b', [['release', 'b', 1, 9]]],
    ['\uFEFF# release: a\n\n  release: b', [['release', 'b', 3, 12]]],
    ['release:\nweb: a', [['web', 'a', 2, 6]]],
    ['release: a:b c://d', [['release', 'a:b c://d', 1, 10]]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(
      parseProcfile(text).map(({ type, command, line, column }) => [type, command, line, column]),
    ).toEqual(expected)
  })

  test('the column is the start of the command, and no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:# \t\n_-|'), maxLength: 40 }), (text) => {
        const lines = text.split('\n')
        for (const { command, line, column } of parseProcfile(text))
          expect(lines[line - 1]?.slice(column - 1).trimEnd()).toBe(command)
      }),
    )
  })

  test('only the last release line runs', () => {
    const { running, replaced } = readEntries(
      memoryTree({ files: { Procfile: 'release: a\nweb: w\nrelease: b\nrelease: c\n' } }),
    )
    expect(running.map(({ text }) => text)).toEqual(['c'])
    expect(replaced.map(({ text, span }) => [text, span.line])).toEqual([
      ['a', 1],
      ['b', 3],
    ])
  })
})

describe('a heroku.yml', () => {
  test.each([
    ['release:\n  image: web\n  command:\n    - alembic upgrade head\n', ['alembic upgrade head'], 4],
    [
      'release:\n  command: [ "node cli.mjs -- alembic upgrade head" ]\n',
      ['node cli.mjs -- alembic upgrade head'],
      2,
    ],
    ['release:\n  command: alembic upgrade head # now\nrun:\n  web: x\n', ['alembic upgrade head'], 2],
    [
      "build:\n  docker: { web: Dockerfile }\nrelease:\n  command:\n  - 'it''s'\n  - b\nrun: {}\n",
      ["it's", 'b'],
      5,
    ],
    ['release:\n  command: |\n    a\n    b\n', ['a\nb'], 3],
    ['release:\n  command: >-\n    a\n    b\n', ['a b'], 3],
  ])('%j', (text, commands, line) => {
    expect(parseHerokuYml(text)).toMatchObject({ commands, line })
  })

  test.each([
    '',
    'run:\n  web: a\n',
    'release:\n  image: web\nrun:\n  command: a\n',
    'release:\n  command: &x a\n',
    'release: a\n',
    'release:\n  command: { a: b }\n',
  ])('%j has no readable release command', (text) => {
    expect(parseHerokuYml(text)).toBeNull()
  })
})

describe('the source of the URL in env.py', () => {
  const kindOf = (text: string) => {
    const url = readEnvUrl(new TextEncoder().encode(text), 'env.py')
    if (url.kind === 'variable') return `${url.name}${url.conditional ? '?' : ''}`
    return url.kind === 'ini' && !url.certain ? 'ini?' : url.kind
  }
  const template = (before: string, section = 'config.get_section(config.config_ini_section)') =>
    `import os\nfrom alembic import context\nconfig = context.config\n${before}\ndef run_migrations_offline():\n    url = config.get_main_option("sqlalchemy.url")\n    context.configure(url=url)\ndef run_migrations_online():\n    connectable = engine_from_config(${section}, prefix="sqlalchemy.")\n`

  test.each([
    [template(''), 'ini'],
    // Nonstandard sections, prefixes, options or calls.
    [template('').replace('config.config_ini_section', '"other"'), 'ini?'],
    [template('').replace('prefix="sqlalchemy."', 'prefix="db."'), 'ini?'],
    [template('').replace('prefix="sqlalchemy."', '**options'), 'ini?'],
    [template('').replace('engine_from_config(', 'given or engine_from_config('), 'ini?'],
    [template('config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])'), 'DATABASE_URL'],
    [template('config.set_main_option("sqlalchemy.url", os.environ["URL"].replace("%", "%%"))'), 'URL'],
    [template('url = os.getenv("URL")\nif url:\n    config.set_main_option("sqlalchemy.url", url)'), 'URL?'],
    [
      'from os import environ\ndef get_url():\n    """It."""\n    return environ.get("URL", "x")\nengine = create_engine(get_url())\n',
      'URL',
    ],
    [
      'def f():\n    section = config.get_section("a")\n    section["sqlalchemy.url"] = os.environ["URL"]\n    e = engine_from_config(section)\n',
      'URL',
    ],
    ['e = create_engine(os.environ["URL"].replace("postgres://", "postgresql://", 1))\n', 'unknown'],
    [
      'url = os.environ["URL"]\nif url.startswith("postgres:"):\n    url = fix(url)\ne = create_engine(url)\n',
      'unknown',
    ],
    ['url = os.environ["URL"]\nurl = fix(url)\ne = create_engine(url)\n', 'unknown'],
    ['e = create_engine(os.environ["A"] or os.environ["B"])\n', 'unknown'],
    ['e = create_engine(os.environ["A"])\nf = create_engine(os.environ["B"])\n', 'unknown'],
    ['e = create_engine(settings.url)\n', 'unknown'],
    ['engine = current_app.extensions["migrate"].db.engine\n', 'unknown'],
    [template('prepare(config)'), 'unknown'],
    [template('cfg = config.get_section("x")\ncfg["sqlalchemy.url"] = make()', 'cfg'), 'unknown'],
    ['e = create_engine(', 'unknown'],
  ])('case %#', (text, expected) => {
    expect(kindOf(text)).toBe(expected)
  })
})

test('requirements: names are normalized, markers dropped, version bounds read', () => {
  expect(readRequirement('SQLAlchemy[Asyncio, mypy]>=1.4,<2 ; python_version > "3.8"')).toEqual({
    name: 'sqlalchemy',
    extras: ['asyncio', 'mypy'],
    specifier: '>=1.4,<2',
  })
  expect(readRequirement('Flask_Migrate==4.0.7 --hash=sha256:aa')).toMatchObject({
    name: 'flask-migrate',
    specifier: '==4.0.7',
  })
  expect(readRequirement('-e .')).toBeNull()
  expect(lowestRelease('>=1.4,<3')).toEqual([1, 4])
  expect(lowestRelease('<2')).toBeNull()
})
