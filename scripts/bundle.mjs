#!/usr/bin/env node
/**
 * Bundles the command into `buildpack/alembic-guard.mjs`, which needs only Node. `--tarball` also packs the
 * Heroku buildpack.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { licences } from './licences.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const outfile = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? 'buildpack/alembic-guard.mjs'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const result = await build({
  entryPoints: ['src/cli.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { BUNDLED_VERSION: JSON.stringify(version) },
  // Native code and WebAssembly can't be bundled. Node's own SQLite replaces better-sqlite3.
  external: ['@electric-sql/pglite', 'better-sqlite3', 'pg-native'],
  // string-width creates a segmenter when it is loaded, which would take a quarter of the startup time.
  alias: { 'string-width': './scripts/string-width.mjs' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})
chmodSync(outfile, 0o755)
writeFileSync(outfile.replace(/\.mjs$/, '.LICENSES.txt'), licences(Object.keys(result.metafile.inputs)))

if (process.argv.includes('--tarball')) {
  execFileSync('tar', ['-czf', 'alembic-guard-buildpack.tgz', '-C', 'buildpack', '.'], { stdio: 'inherit' })
}
