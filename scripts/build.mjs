#!/usr/bin/env node
/** Builds `dist`: the command, the library's types, the JSON schemas, and the bundled packages' licenses. */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { embeddedData } from './embedded-data.mjs'
import { licences } from './licences.mjs'
import { mergeEager } from './merge-eager.mjs'

rmSync('dist', { recursive: true, force: true })
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  metafile: true,
  logLevel: 'warning',
}
// pg and pino are CommonJS and need `require`.
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"
const modules = {
  ...common,
  outdir: 'dist',
  splitting: true,
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['@electric-sql/pglite', 'better-sqlite3', 'pg-native'],
  // string-width creates a segmenter when it is loaded, which would take a quarter of the startup time.
  alias: { 'string-width': './scripts/string-width.mjs', 'py-ast': './scripts/py-ast.mjs' },
  banner: { js: banner },
}
const command = await build({ ...modules, entryPoints: ['src/cli.ts'] })
const { outputs } = command.metafile
await mergeEager({ outputs, entry: 'dist/cli.js', banner, into: 'dist/chunks/main.js', options: common })
const results = [
  command,
  // Build the library separately. If it shared code with the command, the bundler would split the command
  // into more files.
  await build({ ...modules, entryPoints: ['src/index.ts'] }),
  await build({ ...common, entryPoints: ['py-ast'], format: 'cjs', outfile: 'dist/chunks/py-ast.cjs' }),
]
chmodSync('dist/cli.js', 0o755)
await writeHerokuCommands()
for (const name of ['report', 'graph']) {
  writeFileSync(
    `dist/${name}.schema.json`,
    JSON.stringify(JSON.parse(readFileSync(`src/report/${name}.schema.json`, 'utf8'))),
  )
}
const data = await embeddedData()
if (data) copyFileSync(data.path, `dist/chunks/${data.name}`)
writeFileSync('dist/LICENSES.txt', licences(results.flatMap((result) => Object.keys(result.metafile.inputs))))
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  stdio: 'inherit',
})
removeUnusedTypes('dist/types', 'index.d.ts')

/** Removes declarations that the public types don't reference. */
function removeUnusedTypes(folder, entry) {
  const used = new Set()
  const visit = (path) => {
    if (used.has(path)) return
    used.add(path)
    for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from |import\()["'](\.[^"']+)\.ts["']/g))
      visit(resolve(dirname(path), `${name}.d.ts`))
  }
  visit(resolve(folder, entry))
  for (const path of readdirSync(folder, { recursive: true }).map((name) => resolve(folder, name)))
    if (path.endsWith('.d.ts') && !used.has(path)) rmSync(path)
}

/** Saves the list of Heroku commands as JSON, so that listing them doesn't load the guard. */
async function writeHerokuCommands() {
  mkdirSync('.cache', { recursive: true })
  const outfile = `.cache/heroku-${process.pid}.mjs`
  await build({ ...modules, splitting: false, outdir: undefined, outfile, entryPoints: ['src/heroku.ts'] })
  const { herokuCommands } = await import(pathToFileURL(outfile).href)
  writeFileSync('dist/heroku.json', `${JSON.stringify(await herokuCommands())}\n`)
  rmSync(outfile)
}
