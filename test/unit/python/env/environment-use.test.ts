/**
 * Tests for the environment variables that Python files read, the variables' roles, and other sources of a
 * connection.
 */
import { expect, test } from 'vitest'
import { readEnvironmentUse } from '../../../../src/python/env/environment-use.ts'

function use(...lines: readonly string[]) {
  const { reads, sources, imports } = readEnvironmentUse(new TextEncoder().encode(lines.join('\n')))
  return {
    reads: Object.fromEntries(reads.map(({ name, role }) => [name, role])),
    sources: sources.map(({ what, line }) => `${line}: ${what}`),
    imports,
  }
}

test.each([
  ['os.environ["A_B"]', { A_B: null }],
  ['os.environ.get("lower")', { lower: null }],
  ['os.getenv("A", "x")', { A: null }],
  ['getenv("A")', { A: null }],
  ['env.str("DB_HOST")', { DB_HOST: null }],
  ['env("DB_HOST", default="x")', { DB_HOST: null }],
  ['config("DB_HOST", cast=str)', { DB_HOST: null }],
  ['create_engine(os.environ["SHOP"])', { SHOP: 'url' }],
  ['u = os.environ["SHOP"]\ncreate_engine(u.replace("%", "%%"))', { SHOP: 'url' }],
  ['c.set_main_option("sqlalchemy.url", str(os.environ["SHOP"]))', { SHOP: 'url' }],
  [
    'URL.create("postgresql", username=os.environ["U"], password=os.getenv("P"), host=os.getenv("H"), port=int(os.getenv("N")), database=os.getenv("D"))',
    { U: 'user', P: 'password', H: 'host', N: 'port', D: 'database' },
  ],
  [
    'f"postgresql://{os.environ["U"]}:{os.environ["P"]}@{os.environ["H"]}:{os.environ["N"]}/{os.environ["D"]}"',
    { U: 'user', P: 'password', H: 'host', N: 'port', D: 'database' },
  ],
  ['h = os.environ["H"]\nu = "postgresql://x@" + h + "/y"\ncreate_engine(u)', { H: 'host' }],
  ['"postgresql://%s@%s/x" % (os.environ["U"], os.environ["H"])', { U: 'user', H: 'host' }],
  ['"postgresql://{u}@{}/x".format(os.environ["H"], u=os.environ["U"])', { U: 'user', H: 'host' }],
  ['psycopg2.connect(**{"host": os.environ["H"], "dbname": os.environ["D"]})', { H: 'host', D: 'database' }],
  [
    'class Shop(BaseSettings):\n    db_host: str\n    port: int = Field(5432, alias="DB_PORT")',
    { DB_HOST: null, PORT: null, DB_PORT: null },
  ],
  [
    'class Shop(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="SHOP_")\n    db_host: str',
    { SHOP_DB_HOST: null, DB_HOST: null },
  ],
])('%s', (text, reads) => {
  expect(use(text).reads).toMatchObject(reads)
})

test('a nested settings field', () => {
  const { reads } = use('class Db(BaseModel):', '    host: str', 'class Shop(BaseSettings):', '    db: Db')
  expect(reads).toMatchObject({ DB__HOST: 'host' })
})

test.each([
  ['x = "postgresql://app@localhost/x"', '1: contains a database URL'],
  ['x = "postgresql://" + "app@localhost/x"', '1: contains a database URL'],
  ['f"postgresql://{os.environ["U"]}@localhost/x"', '1: contains a database host name'],
  ['f"postgresql://{os.environ["U"]}@{os.environ["H"]}:5432/x"', '1: contains a database port'],
  ['psycopg2.connect(host="localhost", user=os.environ["U"])', '1: contains a database host name'],
  ['os.environ[name]', '1: reads an environment variable with a computed name'],
  ['os.getenv("A" + x)', '1: reads an environment variable with a computed name'],
  ['open("/run/secrets/url").read()', '1: reads a file or a secret'],
  ['dotenv_values(".env")', '1: reads a .env file directly, bypassing the environment'],
  ['load_dotenv(override=True)', '1: lets a .env file override the environment'],
  ['import boto3', '1: imports boto3'],
  ['def f(:', "1: isn't valid Python"],
])('a source that no variable controls: %s', (text, source) => {
  expect(use(text).sources).toContain(source)
})

test.each([
  'os.getenv("DATABASE_URL", "postgresql://app@localhost/x")',
  'f"postgresql://{os.environ["U"]}@{os.environ["H"]}:{os.environ["N"]}/x"',
  '"postgresql://%s:%s@%s:%s/x" % (a, b, c, d)',
  'load_dotenv()',
  '# postgresql://app@localhost/x',
])('no other source: %s', (text) => {
  expect(use(text).sources).toEqual([])
})

test('imported or mentioned modules', () => {
  const text = ['from . import a', 'from .b import c', 'import d.e', 'app.config.from_object("f.G")']
  expect(use(...text).imports).toEqual(expect.arrayContaining(['.', '.a', '.b', '.b.c', 'd.e', 'f.G']))
})

test('names that are bound many times and refer to each other', () => {
  const bindings = Array.from({ length: 40 }, (_, index) => `data = merge(data, value, ${index})`)
  const text = [
    ...bindings,
    'value = load(data)',
    'url = f"postgresql://{data}:{value}@{os.environ["DB_HOST"]}/app"',
  ]
  expect(use('import os', ...text).reads).toEqual({ DB_HOST: 'host' })
})
