/** The upgrade command of a project as its own people type it. */
import { posix } from 'node:path'
import { type FileTree, readableBytes } from '../../adapters/files/file-tree.ts'
import type { ProjectLocation } from '../../adapters/project/locate-project.ts'

/** Flask-Migrate's command where env.py is Flask-Migrate's, else Alembic's, each with the options it needs. */
export function upgradeWords(tree: FileTree, location: ProjectLocation, target: string): readonly string[] {
  const { config, section, scriptLocation } = location
  const env = new TextDecoder().decode(
    readableBytes(tree, posix.join(scriptLocation, 'env.py')) ?? new Uint8Array(),
  )
  if (location.flaskMigrate || /\bcurrent_app\b/.test(env)) {
    const folder = posix.relative(tree.cwd, scriptLocation)
    const named = folder === 'migrations' ? [] : ['-d', folder]
    return ['flask', 'db', 'upgrade', ...named, ...(target === 'head' ? [] : [target])]
  }
  const plain = config === null || config === 'alembic.ini' || config === 'pyproject.toml'
  return [
    'alembic',
    ...(plain ? [] : ['-c', config]),
    ...(section === 'alembic' ? [] : ['-n', section]),
    'upgrade',
    target,
  ]
}
