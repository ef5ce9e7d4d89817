/** Stands in for the package `string-width` in the bundle: help texts hold nothing but plain characters. */
export default function stringWidth(text) {
  // eslint-disable-next-line no-control-regex
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length
}
