/** Measures the peak memory of the guard and its embedded server. Linux only. */
import { readFileSync, readdirSync } from 'node:fs'

const everyMs = 40

/**
 * Starts measuring. Returns a function that stops measuring and returns the peaks in MB, with 0 for a process
 * that wasn't found.
 */
export function measureMemory(pid) {
  const peaks = { guard: 0, server: 0 }
  const look = () => {
    peaks.guard = Math.max(peaks.guard, peakOf(pid))
    for (const child of childrenOf(pid)) {
      if (read(child, 'cmdline').includes('\0embedded-postgresql\0'))
        peaks.server = Math.max(peaks.server, peakOf(child))
    }
  }
  const timer = setInterval(look, everyMs)
  return () => {
    clearInterval(timer)
    return peaks
  }
}

function peakOf(pid) {
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1] ?? 0) / 1024)
}

/** Linux lists a child process under the thread that started it, so read every thread's children. */
function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(pid, `task/${thread}/children`)
        .split(' ')
        .filter((child) => child !== ''),
    )
  } catch {
    return []
  }
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
