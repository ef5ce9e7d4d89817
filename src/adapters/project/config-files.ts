/** Reads the ini file and pyproject.toml without interpreting options. */
import { posix } from 'node:path'
import { atLeast, type AlembicVersion } from '../../core/history/alembic-version.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import { parseIni, type Ini } from '../../python/config/configparser.ts'
import { PythonRaise, decodeUtf8 } from '../../python/source/python-error.ts'
import { alembicTable, parseToml, type TomlTable } from '../../python/config/toml.ts'
import { OptionRefused, type AlembicConfig } from './alembic-options.ts'
import type { FileTree } from '../files/file-tree.ts'
import { joinPath, purePath } from '../files/tree-path.ts'

/** The configuration files as the user named them. They might not exist. */
export interface ConfigNames {
  /** Null if Alembic uses no ini file (`ALEMBIC_CONFIG=""` before 1.16). */
  readonly ini: string | null
  /** Null if Alembic doesn't read pyproject.toml, as before 1.16 or with Flask-Migrate. */
  readonly toml: string | null
  readonly section: string
}

/**
 * Reads both files. If the TOML file contains an error, keeps the error for later instead of throwing it.
 * @throws OptionRefused if Python can't parse the ini file.
 */
export async function readConfigFiles(
  tree: FileTree,
  names: ConfigNames,
  version: AlembicVersion,
  overrides: AlembicConfig['overrides'],
): Promise<AlembicConfig> {
  return {
    version,
    section: names.section,
    iniName: names.ini,
    ini: readIni(tree, names, version),
    toml: names.toml === null ? null : await readToml(tree, names.toml),
    overrides,
  }
}

function readIni(tree: FileTree, { ini: name, section }: ConfigNames, version: AlembicVersion): Ini {
  if (name === null) return { defaults: new Map([['here', '']]), sections: new Map([[section, new Map()]]) }
  const withPathlib = atLeast(version, '1.16.0')
  const path = withPathlib ? purePath(name) : name
  const absolute = joinPath(tree.cwd, path)
  const here = withPathlib ? posix.dirname(absolute) : posix.dirname(posix.normalize(absolute))
  // ConfigParser.read silently skips paths that aren't files.
  const bytes = tree.readFile(name)
  if (!bytes) return { defaults: new Map([['here', here]]), sections: new Map() }
  try {
    return parseIni(decodeUtf8(bytes), {
      here,
      source: withPathlib ? `PosixPath(${pythonRepr(path)})` : pythonRepr(path),
    })
  } catch (error) {
    if (error instanceof PythonRaise) throw new OptionRefused({ file: name, key: null }, error)
    throw error
  }
}

async function readToml(tree: FileTree, name: string): Promise<AlembicConfig['toml']> {
  const table = await readAlembicTable(tree, name)
  if (!table) return null
  return { name, here: posix.dirname(joinPath(tree.cwd, purePath(name))), table }
}

/**
 * Returns the `[tool.alembic]` table, which may be empty; null if there is no file. Returns parse errors instead of
 * throwing them.
 */
export async function readAlembicTable(
  tree: FileTree,
  name: string,
): Promise<TomlTable | PythonRaise | null> {
  const bytes = tree.readFile(name)
  if (!bytes) return null
  try {
    return alembicTable(await parseToml(decodeUtf8(bytes)))
  } catch (error) {
    if (error instanceof PythonRaise) return error
    throw error
  }
}
