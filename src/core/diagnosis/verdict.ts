/** Verdict of a check. `undetermined` means that the guard couldn't check, which isn't a pass. */
export type Verdict = 'pass' | 'blocked' | 'undetermined'
