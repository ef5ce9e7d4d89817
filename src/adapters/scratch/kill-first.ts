/** Protects the guard from Linux's out-of-memory killer, at the expense of a rehearsal's processes. */
import { writeFileSync } from 'node:fs'

/**
 * Makes the process, and those that it starts later, the first to be killed when memory runs out. Has no effect on
 * other systems.
 */
export function killFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // The process has exited, or there is no /proc.
  }
}
