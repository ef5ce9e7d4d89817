/**
 * Merges the code that an entry point loads at startup into one module. The bundler creates about fifty small
 * files, which take longer to load than to run.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { build } from 'esbuild'

const named = /\b(import|export)\{([^{}]*)\}from"([^"]+)";?/g
const bare = /\bimport"([^"]+)";?/g

/**
 * Merges everything that `entry` imports at startup. The entry itself stays separate, because it may use
 * top-level await.
 */
export async function mergeEager({ outputs, entry, banner, into, options }) {
  const eager = eagerOf(outputs, entry)
  const folder = dirname(resolve(into))
  const home = new Map(eager.map((path, index) => [resolve(path), `m${index}_`]))
  const everything = eager
    .filter((path) => outputs[path].exports.length > 0)
    .map((path) => {
      const names = outputs[path].exports.map((name) => `${name} as ${home.get(resolve(path))}${name}`)
      return `export{${names.join(',')}}from${JSON.stringify(`./${basename(path)}`)}`
    })
  const merged = await build({
    ...options,
    stdin: { contents: everything.join('\n'), resolveDir: folder },
    format: 'esm',
    banner: { js: banner },
    // Keep all modules, even those declared free of side effects.
    ignoreAnnotations: true,
    write: false,
    plugins: [
      {
        name: 'chunks',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /./ }, ({ path, kind }) =>
            kind === 'dynamic-import' ? { path, external: true } : undefined,
          )
          onLoad({ filter: /\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replace(banner, ''),
          }))
        },
      },
    ],
  })
  const wanted = new Set(
    Object.values(outputs).flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => resolve(path)),
    ),
  )
  for (const path of Object.keys(outputs)) {
    const prefix = home.get(resolve(path))
    if (prefix === undefined) redirect(path)
    else if (wanted.has(resolve(path))) {
      const names = outputs[path].exports.map((name) => `${prefix}${name} as ${name}`)
      writeFileSync(path, `export{${names.join(',')}}from"./${basename(into)}"\n`)
    } else rmSync(path)
  }
  writeFileSync(into, merged.outputFiles[0].text)

  /** Rewrites a module's imports to use the merged module instead of the modules merged into it. */
  function redirect(path) {
    const from = dirname(resolve(path))
    const target = from === folder ? `./${basename(into)}` : `./${basename(folder)}/${basename(into)}`
    const text = readFileSync(path, 'utf8')
      .replace(bare, (whole, source) => (home.has(resolve(from, source)) ? '' : whole))
      .replace(named, (whole, verb, names, source) => {
        const prefix = home.get(resolve(from, source))
        if (prefix === undefined) return whole
        const renamed = names.split(',').map((name) => {
          const [outer, inner = outer] = name.split(' as ')
          return `${prefix}${outer} as ${inner}`
        })
        return `${verb}{${renamed.join(',')}}from"${target}";`
      })
    for (const part of home.keys()) {
      if (wanted.has(part) || !text.includes(`/${basename(part)}"`)) continue
      throw new Error(`${path} still imports ${part}`)
    }
    writeFileSync(path, text)
  }
}

/** Returns all direct and indirect static imports, in evaluation order. */
function eagerOf(outputs, entry) {
  const found = new Set()
  const visit = (path) => {
    for (const { path: next, kind } of outputs[path].imports) {
      if (kind !== 'import-statement' || !outputs[next] || found.has(next)) continue
      visit(next)
      found.add(next)
    }
  }
  visit(entry)
  return [...found]
}
