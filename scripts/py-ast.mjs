/**
 * Stands in for the package `py-ast` in the bundle: nearly every file is read from its tokens alone, so the parser,
 * half of all code, is loaded when the first file needs it.
 */
const parser = () => require('./chunks/py-ast.cjs')

export const parse = (text) => parser().parse(text)
export const isASTNode = (value) => parser().isASTNode(value)
