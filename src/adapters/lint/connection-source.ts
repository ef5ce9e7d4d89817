/** Determines where env.py gets its database URL, and which other projects share the version table. */
import type { ConnectionFacts } from '../../core/lint/lint-facts.ts'
import type { EnvUrl } from '../../core/release/release-facts.ts'
import type { EnvFacts } from '../../core/history/env-effects.ts'
import type { Repository } from '../../core/history/repository.ts'
import { readEnv } from '../../python/env/read-env.ts'
import { readEnvUrl } from '../../python/env/env-url.ts'
import { codeMayMention } from './search-code.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { readIniConnection } from '../release/release-files.ts'
import { searchProjects } from '../project/search-projects.ts'

/** Determines where the database URL comes from. Skips unreadable files. */
export function readConnection(tree: FileTree, { config, section, env }: Repository): ConnectionFacts {
  const ini = config === null || config.endsWith('.toml') ? null : readIniConnection(tree, config, section)
  const envUrl =
    env.path === null ? ({ kind: 'unknown' } as const) : readEnvUrl(readableBytes(tree, env.path), env.path)
  const iniUrl = ini?.iniUrl ?? 'other'
  // Programs that call Alembic's API usually set the URL first.
  const given =
    envUrl.kind === 'ini' && iniUrl !== 'other' && codeMayMention(tree, 'sqlalchemy.url', [env.path ?? ''])
  return {
    envUrl,
    iniUrl: given ? 'other' : iniUrl,
    iniScheme: ini?.scheme ?? null,
    sharing: sharing(tree, env, envUrl),
  }
}

function sharing(tree: FileTree, env: EnvFacts, own: EnvUrl): readonly string[] {
  const computed = (facts: EnvFacts): boolean =>
    facts.computed.some(({ option }) => /^version_table|^\*|^env/.test(option))
  if (own.kind !== 'variable' || env.path === null || computed(env)) return []
  return searchProjects(tree).scriptLocations.flatMap((folder) => {
    const path = folder === '' || folder === '.' ? 'env.py' : `${folder}/env.py`
    if (tree.realPath(path) === tree.realPath(env.path ?? '')) return []
    const bytes = readableBytes(tree, path)
    const other = readEnv(bytes, path)
    const url = readEnvUrl(bytes, path)
    const same =
      url.kind === 'variable' &&
      url.name === own.name &&
      !computed(other) &&
      other.versionTable === env.versionTable &&
      other.versionTableSchema === env.versionTableSchema
    return same ? [path] : []
  })
}
