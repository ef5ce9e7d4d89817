/**
 * Replaces the package `py-ast` in the bundle, so that the parser is loaded only when it's needed. The parser makes up
 * a third of the code, but the guard can read nearly every file from its tokens alone. This file ends up in
 * `dist/cli.js` or in a chunk next to the parser.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const path = import.meta.url.includes('/chunks/') ? './py-ast.cjs' : './chunks/py-ast.cjs'
let loaded = null
// Cached, because calling `require` again costs more than most uses of the parser.
const parser = () => (loaded ??= load(path))

export const parse = (text) => parser().parse(text)
