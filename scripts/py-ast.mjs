/**
 * Stands in for the package `py-ast` in the bundle: nearly every file is read from its tokens alone, so the parser,
 * a third of all code, is loaded when the first file needs it. This lands in `dist/cli.js` or in a chunk beside the parser.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const path = import.meta.url.includes('/chunks/') ? './py-ast.cjs' : './chunks/py-ast.cjs'
let loaded = null
// Kept: to ask `require` again costs more than most of what is asked of the parser.
const parser = () => (loaded ??= load(path))

export const parse = (text) => parser().parse(text)
export const isASTNode = (value) => parser().isASTNode(value)
