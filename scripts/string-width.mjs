/** Replaces `string-width` in the bundle. The help text is ASCII, so its width equals its length. */
export default function stringWidth(text) {
  // eslint-disable-next-line no-control-regex
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length
}
