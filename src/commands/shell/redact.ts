/** A second fence for all that leaves the guard: the parts that print never hold credentials, and if one does, it ends here. */

/** Cuts user and password out of anything that looks like a URL. */
export function withoutCredentials(text: string): string {
  // Not led by the scheme: looking for one takes quadratic time in a long word.
  return text.replace(/(?<=[a-z0-9+.-]:\/\/)[^\s/@'"]*@/gi, '...@')
}
