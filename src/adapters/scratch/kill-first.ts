/** When memory runs out, makes Linux kill a rehearsal's processes before it kills the guard. */
import { writeFileSync } from 'node:fs'

/** Marks a process and its future children as the first to kill when memory runs out. Works only on Linux. */
export function killFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // The process has exited, or there is no /proc.
  }
}
