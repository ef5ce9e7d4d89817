/**
 * Replaces `py-ast` in the bundle, so that the parser is loaded only when needed. The parser is a third of
 * the code, and nearly every file can be read without it.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const path = import.meta.url.includes('/chunks/') ? './py-ast.cjs' : './chunks/py-ast.cjs'
let loaded = null
// Cached, because calling `require` again takes longer than most uses of the parser.
const parser = () => (loaded ??= load(path))

export const parse = (text) => parser().parse(text)
