/** A home folder for the rehearsed command: nobody's passwords, services and tickets, but the tools that live there. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where Python environments, caches and version managers are kept. None of them knows a database. */
const tools = [
  '.local',
  '.cache',
  '.pyenv',
  '.asdf',
  '.rye',
  '.virtualenvs',
  '.nix-profile',
  '.config/pypoetry',
  '.config/uv',
  '.config/pdm',
  'Library/Caches',
  'Library/Application Support/pypoetry',
]

/** Makes it in the folder and returns its path. */
export function makeHome(folder: string, home: string | undefined): string {
  const made = join(folder, 'home')
  mkdirSync(made, { mode: 0o700 })
  // libpq complains of files that are not there, and of those that others may read.
  for (const name of ['.pgpass', '.pg_service.conf']) writeFileSync(join(made, name), '', { mode: 0o600 })
  if (home === undefined || home === '') return made
  for (const tool of tools) {
    if (!existsSync(join(home, tool))) continue
    mkdirSync(dirname(join(made, tool)), { recursive: true })
    symlinkSync(join(home, tool), join(made, tool))
  }
  return made
}
