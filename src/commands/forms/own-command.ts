/** Formats Alembic commands for this project, with or without Flask-Migrate. */
import { posix } from 'node:path'
import { type FileTree, readableBytes } from '../../adapters/files/file-tree.ts'
import { joinPath } from '../../adapters/files/tree-path.ts'
import { Kind } from '../../python/tokens/token-kinds.ts'
import { scanTokens } from '../../python/tokens/tokenize.ts'

/** The parts of a project that determine how to write its Alembic commands. */
export interface ProjectPlace {
  readonly config: string | null
  readonly section: string
  /** Folder containing the migration scripts, absolute or relative to the working directory. */
  readonly scriptLocation: string
  /** Whether the configuration can be used only through Flask-Migrate. */
  readonly flaskMigrate?: boolean
}

/** An Alembic command line, split at the subcommand. */
export interface AlembicWords {
  /** Words before the subcommand, such as `flask db`. */
  readonly before: readonly string[]
  /** Words after the subcommand, such as Flask-Migrate's `-d folder`. */
  readonly behind: readonly string[]
}

/** Returns the Alembic command with its required options. Uses Flask-Migrate if env.py does. */
export function alembicWords(tree: FileTree, place: ProjectPlace): AlembicWords {
  const { config, section } = place
  if (usesFlaskMigrate(tree, place)) {
    const folder = posix.relative(tree.cwd, joinPath(tree.cwd, place.scriptLocation))
    return { before: ['flask', 'db'], behind: folder === 'migrations' ? [] : ['-d', folder] }
  }
  const plain = config === null || config === 'alembic.ini' || config === 'pyproject.toml'
  const options = [...(plain ? [] : ['-c', config]), ...(section === 'alembic' ? [] : ['-n', section])]
  return { before: ['alembic', ...options], behind: [] }
}

/** Returns the command that upgrades the project's database. */
export function upgradeWords(tree: FileTree, place: ProjectPlace, target: string): readonly string[] {
  const { before, behind } = alembicWords(tree, place)
  // Flask-Migrate's default target is `head`.
  const said = before[0] === 'flask' && target === 'head' ? [] : [target]
  return [...before, 'upgrade', ...behind, ...said]
}

/** Flask-Migrate's env.py gets its settings from `current_app`, so plain Alembic can't run it. */
function usesFlaskMigrate(tree: FileTree, { scriptLocation, flaskMigrate }: ProjectPlace): boolean {
  if (flaskMigrate) return true
  const bytes = readableBytes(tree, joinPath(tree.cwd, posix.join(scriptLocation, 'env.py')))
  if (!bytes) return false
  const { text, kinds, starts, ends, count } = scanTokens(new TextDecoder().decode(bytes))
  return Array.from({ length: count }).some(
    (_, at) => kinds[at] === Kind.name && text.slice(starts[at], ends[at]) === 'current_app',
  )
}
