/** Packs the package as users install it, once per run. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Skips optional dependencies, which include native modules, and suppresses audits and notices. */
export const npmSettings = {
  npm_config_omit: 'optional',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
} as const

/** Returns the tarball's path. The tarball is removed after the tests. */
export function packedTarball(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-packed-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  // npm scripts would rebuild the package while other tests use it.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  execFileSync('npm', args, { cwd: repository, stdio: 'ignore' })
  return join(folder, readdirSync(folder)[0] ?? '')
}

/** Installs the tarball and returns the folder that contains its commands. */
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
