#!/usr/bin/env node
/**
 * Builds `dist`: the command as ES modules (what every `check` needs in one, the rest loaded only by a call that
 * needs it), the library's types, the report's schema and the licences of what is bundled.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { embeddedData } from './embedded-data.mjs'
import { licences } from './licences.mjs'
import { mergeEager } from './merge-eager.mjs'

rmSync('dist', { recursive: true, force: true })
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
}
// pg and pino are CommonJS and ask for Node's own modules by `require`.
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"
const modules = {
  ...common,
  outdir: 'dist',
  splitting: true,
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['better-sqlite3', 'pg-native'],
  // Measuring text needs no segmenter here; building one costs a quarter of the start-up time.
  alias: { 'string-width': './scripts/string-width.mjs', 'py-ast': './scripts/py-ast.mjs' },
  banner: { js: banner },
}
const command = await build({ ...modules, entryPoints: ['src/cli.ts'] })
const { outputs } = command.metafile
await mergeEager({ outputs, entry: 'dist/cli.js', banner, into: 'dist/chunks/main.js', options: common })
const results = [
  command,
  // On its own: sharing code with the command would cut that into more files to load.
  await build({ ...modules, entryPoints: ['src/index.ts'] }),
  await build({ ...common, entryPoints: ['py-ast'], format: 'cjs', outfile: 'dist/chunks/py-ast.cjs' }),
]
chmodSync('dist/cli.js', 0o755)
copyFileSync('src/report/report.schema.json', 'dist/report.schema.json')
const data = await embeddedData()
if (data) copyFileSync(data.path, `dist/chunks/${data.name}`)
writeFileSync('dist/LICENSES.txt', licences(results.flatMap((result) => Object.keys(result.metafile.inputs))))
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  stdio: 'inherit',
})
