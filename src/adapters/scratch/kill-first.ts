/** Makes the Linux OOM killer kill a rehearsal's processes before it kills the guard itself. */
import { writeFileSync } from 'node:fs'

/**
 * Marks a process, and any processes that it starts later, as the first to kill when memory runs out. Has no effect on
 * systems other than Linux.
 */
export function killFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // The process has exited, or there is no /proc.
  }
}
