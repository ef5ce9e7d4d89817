/** Verdict of a check. `undetermined` doesn't count as a pass. */
export type Verdict = 'pass' | 'blocked' | 'undetermined'
