/**
 * Verdict of a check. `undetermined` means that the check couldn't reach a conclusion, which doesn't count as a pass.
 */
export type Verdict = 'pass' | 'blocked' | 'undetermined'
