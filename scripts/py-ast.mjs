/**
 * Stands in for the package `py-ast` in the bundle: nearly every file is read from its tokens alone, so the parser,
 * a third of all code, is loaded when the first file needs it. The path is seen from `dist/cli.js`, where this lands.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const parser = () => load('./chunks/py-ast.cjs')

export const parse = (text) => parser().parse(text)
export const isASTNode = (value) => parser().isASTNode(value)
