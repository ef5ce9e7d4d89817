/** Finds and parses the repository's modules. */
import type { ModuleFile, ModuleSource } from '../../interpreter/run.ts'
import { decodeSource } from '../../source/decode-source.ts'
import { parsePython } from '../../syntax/syntax-tree.ts'
import type { Scope, SourceModule } from './followed-values.ts'
import { namesIn } from './module-names.ts'

/** Parses a source file; null if it isn't valid Python. */
export function sourceModule(
  bytes: Uint8Array,
  path: string,
  name: string | null,
  isPackage: boolean,
): SourceModule | null {
  const source = decodeSource(bytes)
  const parsed = source.kind === 'text' ? parsePython(source.text) : null
  if (parsed?.kind !== 'tree') return null
  const { tree } = parsed
  return { path, name, isPackage, tree, names: namesIn(tree.body, tree) }
}

/** The scope of a module's top-level statements. */
export function moduleScope(module: SourceModule): Scope {
  return { module, inner: [], given: new Map() }
}

/** The repository's modules. Each file is parsed only once. */
export class SourceModules {
  private readonly files = new Map<ModuleFile, SourceModule | null>()
  private readonly byPath = new Map<string, SourceModule>()
  private readonly source: ModuleSource

  constructor(source: ModuleSource) {
    this.source = source
  }

  /** Registers a module under its path, unless one is already registered there. */
  add(module: SourceModule): SourceModule {
    const known = this.byPath.get(module.path)
    if (known) return known
    this.byPath.set(module.path, module)
    return module
  }

  /** The module already read from this path, if any. */
  loaded(path: string): SourceModule | null {
    return this.byPath.get(path) ?? null
  }

  /**
   * Returns the imported module, or the name of an installed module; null if it can't be found or parsed. `level` is
   * the number of leading dots.
   */
  imported(level: number, module: string, from: SourceModule): SourceModule | string | null {
    const name = level === 0 ? module : absoluteName(level, module, from)
    if (name === null) return null
    const file = this.source.find(name)
    if (file === null) return this.source.isElsewhere(name) ? name : null
    return this.load(file, name)
  }

  /** A package's submodule; null if missing or invalid. */
  submodule(parent: SourceModule, name: string): SourceModule | null {
    if (parent.name === null) return null
    const path = `${parent.name}.${name}`
    const file = this.source.find(path)
    return file && this.load(file, path)
  }

  /** Returns the module at this path, with the name under which other modules import it; null if invalid. */
  at(path: string, bytes: Uint8Array): SourceModule | null {
    const known = this.byPath.get(path)
    if (known) return known
    const isPackage = path.endsWith('/__init__.py')
    const parts = path.replace(/(?:\/__init__)?\.py$/, '').split('/')
    const names = parts.map((_, index) => parts.slice(index).join('.'))
    const name = names.find((one) => this.source.find(one)?.path === path) ?? null
    const module = sourceModule(bytes, path, name, isPackage)
    return module && this.add(module)
  }

  private load(file: ModuleFile, name: string): SourceModule | null {
    const known = this.files.get(file)
    if (known !== undefined) return known
    // Namespace packages have an empty path, so use the dotted name.
    const path = file.path === '' ? name : file.path
    const made = this.byPath.get(path) ?? sourceModule(file.bytes, path, name, file.isPackage)
    if (file.path !== '') this.files.set(file, made)
    return made && this.add(made)
  }
}

function absoluteName(level: number, module: string, { name, isPackage }: SourceModule): string | null {
  if (name === null) return null
  const parts = name.split('.')
  const around = parts.slice(0, parts.length - level + (isPackage ? 1 : 0))
  return around.length === 0 ? null : [...around, ...(module === '' ? [] : [module])].join('.')
}
