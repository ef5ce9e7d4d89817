#!/usr/bin/env node
/**
 * Puts the whole command into one file that needs nothing but Node: `buildpack/alembic-guard.mjs`, with the
 * licences of its parts beside it.
 * With `--tarball` also packs the buildpack as Heroku takes it: `alembic-guard-buildpack.tgz`.
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
  // Native parts: Node's own SQLite stands in for the one, the other is optional to pg.
  external: ['@electric-sql/pglite', 'better-sqlite3', 'pg-native'],
  // Measuring text needs no segmenter here; building one costs a quarter of the start-up time.
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
