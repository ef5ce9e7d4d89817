/** Reads the names of variables in .env files. Never returns their values, which may be secrets. */
import { type FileTree, FileUnreadable, readableBytes } from './file-tree.ts'
import { joinPath } from './tree-path.ts'

/** Returns the variables in the folder's .env files. python-dotenv and similar tools may load them. */
export function namesInDotenv(tree: FileTree, folder = '.'): readonly string[] {
  const names: string[] = []
  try {
    for (const { name, kind } of tree.readDirectory(folder) ?? []) {
      if (kind !== 'file' || !/^\.(?:flask)?env(?:\.[\w.-]+)?$/.test(name)) continue
      const text = new TextDecoder().decode(readableBytes(tree, joinPath(folder, name)) ?? new Uint8Array())
      for (const match of text.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)) names.push(match[1] ?? '')
    }
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
  }
  return names
}
