/** Creates a home folder for the rehearsed command, with the user's tools but no credentials. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folders for Python environments, caches and version managers. None contains database settings. */
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

/** Creates a home folder and links the user's `tools` into it. */
export function makeHome(folder: string, home: string | undefined): string {
  const made = join(folder, 'home')
  mkdirSync(made, { mode: 0o700 })
  // libpq warns if these files are missing or readable by others.
  for (const name of ['.pgpass', '.pg_service.conf']) writeFileSync(join(made, name), '', { mode: 0o600 })
  if (home === undefined || home === '') return made
  for (const tool of tools) {
    if (!existsSync(join(home, tool))) continue
    mkdirSync(dirname(join(made, tool)), { recursive: true })
    symlinkSync(join(home, tool), join(made, tool))
  }
  return made
}
