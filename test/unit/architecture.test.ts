/** Checks the source code against ARCHITECTURE.md. */
import { readFileSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
  .sort()

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(/^(import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'/gm)) {
    found.push({ file, target: match[3] ?? '', typeOnly: match[2] !== undefined })
  }
  for (const match of text.matchAll(/\b(?:import|createRequire\(import\.meta\.url\))\('([^']+)'\)/g)) {
    const before = text.slice(0, match.index).trimEnd()
    found.push({ file, target: match[1] ?? '', typeOnly: before.endsWith('typeof') })
  }
  return found
})

/** `../core/graph.ts` in `rules/x.ts` becomes `core/graph.ts`. Package names are left unchanged. */
function resolved({ file, target }: Import): string {
  return target.startsWith('.') ? posix.join(posix.dirname(file), target) : target
}

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path
}

const table: Readonly<Record<string, { rooms: readonly string[]; packages: RegExp }>> = {
  core: {
    rooms: ['core'],
    packages: /^(@noble\/hashes\/\w+\.js|@renovatebot\/pep440|get-east-asian-width)$/,
  },
  rules: { rooms: ['rules', 'core'], packages: /^$/ },
  drawing: { rooms: ['drawing', 'core'], packages: /^@dagrejs\/dagre$/ },
  report: { rooms: ['report', 'core', 'rules', 'drawing'], packages: /^$/ },
  python: { rooms: ['python', 'core'], packages: /^(py-ast|smol-toml)$/ },
  adapters: {
    rooms: ['adapters', 'core', 'python', 'errors.ts'],
    packages: /^(node:[a-z_/]+|pg|better-sqlite3|@electric-sql\/pglite)$/,
  },
  commands: {
    rooms: ['commands', 'adapters', 'core', 'drawing', 'python', 'report', 'rules', 'errors.ts'],
    packages: /^(node:(path|stream|timers\/promises)|yargs)$/,
  },
  'cli.ts': { rooms: ['commands', 'errors.ts'], packages: /^(node:fs|node:v8|pino)$/ },
  'errors.ts': { rooms: [], packages: /^$/ },
  'heroku.ts': { rooms: ['commands'], packages: /^$/ },
  'index.ts': { rooms: ['report', 'core', 'errors.ts'], packages: /^$/ },
}

test('every import is allowed by the table', () => {
  const strays = imports.filter((one) => {
    const rule = table[roomOf(one.file)]
    if (!rule) return true
    const target = resolved(one)
    return one.target.startsWith('.') ? !rule.rooms.includes(roomOf(target)) : !rule.packages.test(target)
  })
  expect(strays.map((one) => `${one.file} imports ${one.target}`)).toEqual([])
})

/** Returns the first two folders of a path, such as `core/history`; null if there is only one. */
function neighbourhoodOf(path: string): string | null {
  const parts = path.split('/')
  return parts.length > 2 ? parts.slice(0, 2).join('/') : null
}

const neighbourhoods = [...new Set(files.map(neighbourhoodOf))].filter((name) => name !== null)

/**
 * Returns the folders that code in this folder may import from, according to its README. `.` is the parent folder.
 */
function allowedBy(neighbourhood: string): readonly string[] {
  const text = readFileSync(join(root, neighbourhood, 'README.md'), 'utf8')
  const line = /^May import: (.+)\.$/m.exec(text)?.[1]
  if (line === undefined) throw new Error(`src/${neighbourhood}/README.md has no line "May import: …."`)
  return line.startsWith('nothing else') ? [] : line.split(', ').map((name) => name.replaceAll('`', ''))
}

const arrows = imports.flatMap((one) => {
  const from = neighbourhoodOf(one.file)
  const target = resolved(one)
  if (from === null || !one.target.startsWith('.') || roomOf(target) !== roomOf(one.file)) return []
  const to = neighbourhoodOf(target)
  return to === from ? [] : [{ from, to: to === null ? '.' : (to.split('/')[1] ?? ''), import: one }]
})

test.each(neighbourhoods)('%s imports exactly what its README lists', (neighbourhood) => {
  const allowed = allowedBy(neighbourhood)
  const own = arrows.filter(({ from }) => from === neighbourhood)
  const strays = own.filter(({ to }) => !allowed.includes(to))
  expect(strays.map((one) => `${one.import.file} imports ${one.import.target}`)).toEqual([])
  expect(allowed.filter((name) => !own.some(({ to }) => to === name))).toEqual([])
})

test('no neighborhood imports itself, not even indirectly', () => {
  const next = (name: string): readonly string[] =>
    allowedBy(name).flatMap((one) => (one === '.' ? [] : [`${roomOf(name)}/${one}`]))
  const inCircles = neighbourhoods.filter((start) => {
    const reached = new Set(next(start))
    for (const name of reached) for (const further of next(name)) reached.add(further)
    return reached.has(start)
  })
  expect(inCircles).toEqual([])
})

test('no folder has more than 22 files, except for the lists of rules', () => {
  const sizes = new Map<string, number>()
  for (const file of files) sizes.set(posix.dirname(file), (sizes.get(posix.dirname(file)) ?? 0) + 1)
  const full = [...sizes].filter(([folder, size]) => size > 22 && !/^rules(\/lint)?$/.test(folder))
  expect(full).toEqual([])
})

/** Returns the import cycles (Tarjan's strongly connected components). */
function circles(): readonly (readonly string[])[] {
  const targets = new Map(files.map((file) => [file, new Set<string>()]))
  for (const one of imports) if (one.target.startsWith('.')) targets.get(one.file)?.add(resolved(one))
  const found: string[][] = []
  const order = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): number => {
    const number = order.size
    order.set(file, number)
    stack.push(file)
    let low = number
    for (const next of targets.get(file) ?? []) {
      if (!targets.has(next)) continue
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low)
    }
    if (low === number) {
      const circle = stack.splice(stack.indexOf(file))
      if (circle.length > 1) found.push(circle.sort())
    }
    return low
  }
  for (const file of files) if (!order.has(file)) visit(file)
  return found.sort((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''))
}

test('no files import each other, except in a recursive grammar and interpreter', () => {
  expect(circles()).toEqual([
    ['core/dry-run/rows/expressions.ts', 'core/dry-run/rows/queries.ts', 'core/dry-run/rows/statements.ts'],
    [
      'python/interpreter/acting-functions.ts',
      'python/interpreter/run.ts',
      'python/interpreter/scope.ts',
      'python/interpreter/values.ts',
    ],
    [
      'python/interpreter/attempts.ts',
      'python/interpreter/builtins.ts',
      'python/interpreter/calls.ts',
      'python/interpreter/comprehensions.ts',
      'python/interpreter/control-flow.ts',
      'python/interpreter/definitions.ts',
      'python/interpreter/expressions.ts',
      'python/interpreter/functions.ts',
      'python/interpreter/instances.ts',
      'python/interpreter/managers.ts',
      'python/interpreter/modules.ts',
      'python/interpreter/statements.ts',
      'python/interpreter/targets.ts',
    ],
    [
      'python/operations/sql/rows/expressions.ts',
      'python/operations/sql/rows/primaries.ts',
      'python/operations/sql/rows/queries.ts',
      'python/operations/sql/rows/statements.ts',
    ],
    ['python/syntax/grammar-calls.ts', 'python/syntax/grammar-expressions.ts'],
  ])
})

test.each([
  ['@noble/hashes/legacy.js', ['core/names/stored-names.ts']],
  ['@renovatebot/pep440', ['core/release/version-specifier.ts']],
  ['get-east-asian-width', ['core/text/text-width.ts']],
  ['pg', ['adapters/postgres/connect.ts']],
  ['better-sqlite3', ['adapters/sqlite/connect.ts']],
  ['@electric-sql/pglite', ['adapters/embedded/engine.ts']],
  ['py-ast', ['python/syntax/syntax-tree.ts']],
  ['smol-toml', ['python/config/toml.ts']],
  ['@dagrejs/dagre', ['drawing/dagre.ts']],
  ['yargs', ['commands/arguments/parse-arguments.ts']],
])('%s is imported in one file', (name, where) => {
  const importers = imports.filter((one) => one.target === name && !one.typeOnly).map(({ file }) => file)
  expect([...new Set(importers)]).toEqual(where)
})

test.each(['pg', 'better-sqlite3', '@electric-sql/pglite', 'smol-toml', 'yargs', 'pino'])(
  '%s is only loaded when needed',
  (name) => {
    const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
    const eager = new RegExp(`^import (?!type )[^'"]*from '${name}'`, 'm')
    expect(eager.test(text)).toBe(false)
  },
)

test('only cli.ts uses the process object', () => {
  const others = files.filter(
    (file) =>
      file !== 'cli.ts' &&
      /\bprocess\.(exit|exitCode|argv|env|stdout|stderr|stdin|on|once)\b/.test(code(file)),
  )
  expect(others).toEqual([])
})

test('core, rules, drawing and report use no clock, no randomness and no environment', () => {
  const impure = files.filter(
    (file) =>
      /^(core|rules|drawing|report|python)\//.test(file) &&
      /\b(Date\.now|new Date\(|Math\.random|performance\.now|process\.|console\.)/.test(code(file)),
  )
  expect(impure).toEqual([])
})

/** `node:fs` functions that can read a file's contents. */
const reading = /^(?:read|readv|open|readFile|createReadStream|openAsBlob|promises|cp|copyFile)(?:Sync)?$/

test("adapters read files through one function, so that pipes and devices can't block", () => {
  const strays = files.flatMap((file) => {
    const text = code(file)
    const named = [...text.matchAll(/^import\s+([^']*?)\s+from\s+'(?:node:)?fs(\/promises)?'/gm)]
    return named.flatMap(([, names = '', promises]) => {
      if (promises !== undefined || !names.startsWith('{')) return [`${file}: ${names}`]
      return names
        .split(/[{},\s]+/)
        .filter((name) => reading.test(name))
        .map((name) => `${file}: ${name}`)
    })
  })
  expect(strays).toEqual([
    // Only `regular-file.ts` opens files for reading.
    'adapters/edits/apply-edits.ts: openSync',
    'adapters/edits/edit-journal.ts: openSync',
    'adapters/files/regular-file.ts: createReadStream',
    'adapters/files/regular-file.ts: openSync',
    'adapters/files/regular-file.ts: readSync',
    'adapters/files/report-file.ts: openSync',
    // Reads the package.json next to the command.
    'cli.ts: readFileSync',
  ])
  const loaders = files.filter((file) =>
    /\brequire\(['"](?:node:)?fs|import\(['"](?:node:)?fs|getBuiltinModule/.test(code(file)),
  )
  expect(loaders).toEqual([])
})

/** Loads or locates a module by a computed path. */
const loading =
  /\bcreateRequire\((?!import\.meta\.url\)\()[^;\n]*|\bcreateRequire\(import\.meta\.url\)\([^;\n]*|\brequire\s*(?:\(|\.\s*\w)[^\n]*|import\.meta\.resolve|\bimport\((?!\s*'[^']+'\s*\))[^\n]*|\b(?:findPackageJSON|registerHooks|_load|_resolveFilename|dlopen)\b|from 'node:(?:vm|worker_threads)'/g

test('nothing is loaded or resolved by a path, which would bypass that function', () => {
  for (const way of [
    'createRequire(pathToFileURL(join(cwd)))',
    'createRequire(import.meta.url)(path)',
    'require.resolve(name)',
    'require(path)',
    'import.meta.resolve(name)',
    'await import(path)',
    'await import(`./${name}`)',
    'process.dlopen(module, path)',
    'findPackageJSON(name, folder)',
  ])
    expect(way.match(loading)?.length, way).toBeGreaterThan(0)
  const found = files.flatMap((file) =>
    [...code(file).matchAll(loading)].map(([text]) => `${file}: ${text.trim()}`),
  )
  expect(found).toEqual([
    "adapters/embedded/pglite-package.ts: createRequire(import.meta.url).resolve('@electric-sql/pglite')",
    "adapters/sqlite/connect.ts: createRequire(import.meta.url)('better-sqlite3') }",
    "adapters/sqlite/connect.ts: createRequire(import.meta.url)(['node', 'sqlite'].join(':'))",
  ])
})

test("a server's JSON is parsed in one function, which checks its shape", () => {
  expect(files.filter((file) => file.startsWith('adapters/') && code(file).includes('JSON.parse('))).toEqual([
    'adapters/edits/edit-journal.ts',
    // These files parse the build's own data, a package's version, or messages between the guard's processes.
    'adapters/embedded/data-archive.ts',
    'adapters/embedded/pglite-package.ts',
    'adapters/embedded/serve-embedded.ts',
    'adapters/embedded/start-embedded.ts',
    // Parses messages from the guard's helper process, which runs inside the namespace.
    'adapters/isolation/isolated-command.ts',
    'adapters/postgres/answer-shape.ts',
    'adapters/release/release-files.ts',
    'adapters/scratch/watchdog.ts',
  ])
})

test('nothing exits the process, so output is never truncated', () => {
  expect(files.filter((file) => /process\.exit\(/.test(code(file)))).toEqual([])
})

test('only restamp opens a database for writing, and rehearse its scratch databases', () => {
  const writers = files.filter((file) =>
    /kind: 'writable'|\b(?:writeVersions|writePostgres)\(/.test(code(file)),
  )
  expect(writers).toEqual([
    'adapters/open-version-writer.ts',
    'adapters/postgres/connect.ts',
    'adapters/postgres/write-versions.ts',
    'adapters/scratch/postgres.ts',
    'adapters/scratch/watchdog.ts',
    'adapters/sqlite/connect.ts',
    'adapters/sqlite/write-versions.ts',
    'commands/restamp.ts',
  ])
})

test("nothing starts the project's Python interpreter", () => {
  const starters = files.filter((file) => code(file).includes('node:child_process'))
  expect(starters.filter((file) => !file.startsWith('adapters/'))).toEqual([])
  expect(starters.filter((file) => /python/i.test(code(file)))).toEqual([])
})

test.each([
  // Files that may change a PostgreSQL database.
  [
    /\bwritePostgres\b/,
    [
      'adapters/postgres/connect.ts',
      'adapters/postgres/write-versions.ts',
      'adapters/scratch/postgres.ts',
      'adapters/scratch/watchdog.ts',
    ],
  ],
  // Files that keep a read-only session open.
  [
    /\bholdPostgres\b/,
    [
      'adapters/postgres/connect.ts',
      'adapters/postgres/release-lock.ts',
      'adapters/scratch/postgres-proxy.ts',
    ],
  ],
  // Files that forward another client's messages.
  [/\brelayPostgres\b/, ['adapters/postgres/connect.ts', 'adapters/scratch/postgres-proxy.ts']],
  // Files that may change a SQLite database.
  [/kind: 'scratch'/, ['adapters/scratch/sqlite.ts', 'adapters/sqlite/connect.ts']],
])('a database is opened for writing only where a scratch database is created: %s', (door, where) => {
  expect(files.filter((file) => door.test(code(file)))).toEqual(where)
})

test('every other PostgreSQL session is read-only, and so is every other SQLite connection', () => {
  const postgres = code('adapters/postgres/connect.ts')
  expect(postgres.match(/'BEGIN[^']*'/g)).toEqual(["'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'"])
  expect(code('adapters/postgres/safe-path.ts').match(/'BEGIN[^']*'/g)).toEqual(["'BEGIN READ ONLY'"])
  const sqlite = code('adapters/sqlite/connect.ts')
  expect(
    sqlite.match(/new Sqlite\([^;\n]*|new DatabaseSync\(/g)?.filter((text) => /source\.path/.test(text)),
  ).toEqual(["new Sqlite(source.path, source.kind === 'scratch' ? {} : options)"])
  expect(sqlite).toContain("readOnly: source.kind === 'file' || source.kind === 'immutable'")
})

/** Returns the contents of a source file, without comments. */
function code(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
}
