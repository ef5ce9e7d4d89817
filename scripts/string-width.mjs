/** Replaces `string-width` in the bundle. Help texts are ASCII, so their width is their length. */
export default function stringWidth(text) {
  // eslint-disable-next-line no-control-regex
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length
}
