/** The package as its users get it: packed once per run, without building again what the tests run on. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** What npm needs to know: native parts are left out, and nothing is asked of anybody. */
export const npmSettings = {
  npm_config_omit: 'optional',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
} as const

/** The tarball, in a folder that is removed after the tests of the file. */
export function packedTarball(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-packed-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  // Scripts would build, and for a moment take away what other tests run.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', args, { cwd: repository, stdio: 'ignore' })
  return join(folder, readdirSync(folder)[0] ?? '')
}

/** Installs the tarball into a folder of its own, as `npm install` does; returns its folder of commands. */
export function installedCommands(tarball: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-installed-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  execFileSync('npm', ['install', '--silent', '--prefix', folder, tarball], {
    cwd: folder,
    env: { ...process.env, ...npmSettings },
    stdio: 'ignore',
  })
  return join(folder, 'node_modules', '.bin')
}
