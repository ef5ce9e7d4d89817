/** Collects the licenses of the bundled packages. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'

/**
 * Returns the license texts of the packages in a bundle, without duplicates. `inputs` are paths from
 * esbuild's metafile.
 */
export function licences(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  )
  const shared = new Map()
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const lines =
      file && existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8').split(/\r?\n/) : []
    const isOwn = (line) => /^\W*copyright (?:\(c\)|©|\d)/i.test(line)
    const text = lines
      .filter((line) => !isOwn(line))
      .join('\n')
      .trim()
    const key = text.replaceAll(/\s+/g, ' ').replace(/^(?:# )?(?:The )?MIT License(?: \(MIT\))? /i, '')
    const group = shared.get(key) ?? { text, packages: [] }
    const own = lines.filter(isOwn).map((line) => `  ${line.trim()}`)
    group.packages.push([`${name} ${version} (${license})`, ...own].join('\n'))
    shared.set(key, group)
  }
  return [...shared.values()]
    .map(({ text, packages }) => `${packages.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(72)}\n\n`)
}
