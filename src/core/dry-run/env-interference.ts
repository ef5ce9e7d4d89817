/** Whether what migrations find can be known by looking at the database: not where env.py acts first. */
import type { Repository } from '../history/repository.ts'

/** Why trying would prove nothing; null: it may. */
export function reasonNotToTry({ env }: Repository): string | null {
  return env.interference
    ? `env.py does something of its own before migrations run: ${env.interference}`
    : null
}
