/** Detects Heroku release dynos. */

/** Matches `release.1234` (Cedar) and `release-12a34b56d-e78f9` (Fir). */
function isReleaseDyno(env: Readonly<Record<string, string | undefined>>): boolean {
  return /^release[.-]/.test(env['DYNO'] ?? '')
}

/** Returns a hint that `git push` succeeds even if the release fails; empty outside Heroku release dynos. */
export function releaseDynoHint(env: Readonly<Record<string, string | undefined>>): string {
  return isReleaseDyno(env) ? 'hint: "git push" exits with 0 anyway; see: heroku releases:output\n' : ''
}
