#!/usr/bin/env node
/**
 * Writes the HTML graph's script and style to `src/drawing/page-assets.ts`, with their hashes for the
 * Content-Security-Policy. With --check, writes nothing and fails if that file is stale.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

const folder = fileURLToPath(new URL('../src/drawing/page/', import.meta.url))
const target = fileURLToPath(new URL('../src/drawing/page-assets.ts', import.meta.url))

const { outputFiles } = await build({
  entryPoints: [`${folder}page.ts`],
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome110', 'firefox110', 'safari16'],
  charset: 'ascii',
  write: false,
})
const script = outputFiles[0].text.trim()
const { outputFiles: themes } = await build({
  entryPoints: [fileURLToPath(new URL('../src/drawing/svg-style.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  write: false,
})
const { svgStyle, themeStyle } = await import(
  `data:text/javascript;base64,${Buffer.from(themes[0].text).toString('base64')}`
)
const sheet = themeStyle(':root') + svgStyle + readFileSync(`${folder}page.css`, 'utf8')
const style = (await transform(sheet, { loader: 'css', minify: true })).code.trim()
// An end tag inside the text would close the element.
if (/<\/|<!--/.test(script + style))
  throw new Error('the script or style contains an end tag, which would truncate the page')

const text = `// Generated from src/drawing/page by "npm run docs"; change the files there.

/** The page's script. */
export const pageScript = ${JSON.stringify(script)}

/** Hash of the script, for the page's Content-Security-Policy. */
export const pageScriptHash = ${JSON.stringify(hashOf(script))}

/** The page's styles, including those of the embedded pictures. */
export const pageStyle = ${JSON.stringify(style)}

/** Hash of the styles, for the page's Content-Security-Policy. */
export const pageStyleHash = ${JSON.stringify(hashOf(style))}
`
const before = readFileSync(target, { encoding: 'utf8', flag: 'a+' })
if (before !== text) {
  if (process.argv.includes('--check')) {
    process.stderr.write('stale: src/drawing/page-assets.ts; run "npm run docs"\n')
    process.exitCode = 1
  } else {
    writeFileSync(target, text)
    process.stdout.write('wrote src/drawing/page-assets.ts\n')
  }
}

function hashOf(content) {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}
