/** Heroku's release dyno: how to tell it, and what people who read its log should know. Decides nothing. */

/** `release.1234` on Cedar, `release-12a34b56d-e78f9` on Fir. */
function isReleaseDyno(env: Readonly<Record<string, string | undefined>>): boolean {
  return /^release[.-]/.test(env['DYNO'] ?? '')
}

/** A failed release does not fail the push that made it. Empty anywhere else. */
export function releaseDynoHint(env: Readonly<Record<string, string | undefined>>): string {
  return isReleaseDyno(env) ? 'hint: "git push" still exits 0; see: heroku releases:output\n' : ''
}
