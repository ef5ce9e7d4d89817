/**
 * Replaces the package `string-width` in the bundle: help texts contain only ASCII characters, so a string's width is
 * its length.
 */
export default function stringWidth(text) {
  // eslint-disable-next-line no-control-regex
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length
}
