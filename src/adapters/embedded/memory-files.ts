/** Keeps PGlite's data directory in memory, because creating tables on a real file system is slow. */
import type { PGlite, PGliteOptions, postgresMod } from '@electric-sql/pglite'
import type { PackedFolder } from './data-archive.ts'

type Filesystem = NonNullable<PGliteOptions['fs']>

/** Path of the data directory inside PGlite. */
const dataDirectory = '/pglite/data'

/** Files of template databases (oid 1 and 4). Nothing connects to these databases, so their files never change. */
const templates = /^base\/[14]\//

/** Returns an in-memory file system that contains an unpacked data directory. */
export function memoryFiles({ folders, files }: PackedFolder): Filesystem {
  let pglite: PGlite | null = null
  return {
    init: (pg: PGlite, options: Partial<postgresMod.PostgresMod>) => {
      pglite = pg
      return Promise.resolve({ emscriptenOpts: options })
    },
    initialSyncFs: () => {
      const fs = pglite?.Module.FS
      for (const path of folders) fs?.mkdirTree(`${dataDirectory}/${path}`, 0o700)
      for (const { path, content } of files) {
        const own = templates.test(path) ? content : content.slice()
        fs?.writeFile(`${dataDirectory}/${path}`, own, { flags: 'w', canOwn: true })
      }
      return Promise.resolve()
    },
    syncToFs: () => Promise.resolve(),
    dumpTar: () => Promise.reject(new TypeError('the files of an embedded server are never saved')),
    closeFs: () => Promise.resolve(),
  }
}
