#!/usr/bin/env node
/**
 * Builds `dist`: the command as ES modules that load only what a call needs, the library's types, the report's
 * schema and the licences of what is bundled.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { licences } from './licences.mjs'

rmSync('dist', { recursive: true, force: true })
const result = await build({
  entryPoints: { cli: 'src/cli.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['better-sqlite3', 'pg-native'],
  // Measuring text needs no segmenter here; building one costs a quarter of the start-up time.
  alias: { 'string-width': './scripts/string-width.mjs' },
  // pg and pino are CommonJS and ask for Node's own modules by `require`.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})
chmodSync('dist/cli.js', 0o755)
copyFileSync('src/report/report.schema.json', 'dist/report.schema.json')
writeFileSync('dist/LICENSES.txt', licences(Object.keys(result.metafile.inputs)))
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  stdio: 'inherit',
})
