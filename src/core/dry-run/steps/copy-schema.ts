/** Copies the simulated schema, so that the dry run can follow several paths. */
import type { SimulatedSchema } from '../simulated-schema.ts'

/** Returns an independent copy. Shares only data that never changes. */
export function copySchema(world: SimulatedSchema): SimulatedSchema {
  const { dialect, answers, listed, fetched, fetchedSchemas, everyName, takenConstraints, ...changing } =
    world
  const unchanging = { dialect, answers, listed, fetched, fetchedSchemas, everyName, takenConstraints }
  return { ...structuredClone(changing), ...unchanging }
}
