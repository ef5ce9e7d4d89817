/**
 * Replaces the package `py-ast` in the bundle. The parser makes up a third of the code, but tokens are enough to read
 * nearly every file, so the parser is loaded only when a file needs it. This file is bundled into `dist/cli.js` or into
 * a chunk beside the parser.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const path = import.meta.url.includes('/chunks/') ? './py-ast.cjs' : './chunks/py-ast.cjs'
let loaded = null
// Cached, because calling `require` again costs more than most uses of the parser.
const parser = () => (loaded ??= load(path))

export const parse = (text) => parser().parse(text)
