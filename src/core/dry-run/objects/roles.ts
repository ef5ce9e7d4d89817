/** Tracks which roles exist. */
import type { Operation, Unrelated } from '../../history/operation.ts'
import type { SimulatedSchema } from '../simulated-schema.ts'

/** Whether the statement does nothing, because its condition on a role definitely isn't met. */
export function isIdle({ roles }: SimulatedSchema, { onlyIf }: Unrelated): boolean {
  return onlyIf !== undefined && roles.get(onlyIf.role) === !onlyIf.present
}

/** Records that the operation may create or drop roles. Must be called before the operation is simulated. */
export function noteRoles(world: SimulatedSchema, step: Operation): void {
  const mayCreate =
    step.kind === 'unrelated'
      ? /^(?:privilege|role|user|group)$/.test(step.what) && !isIdle(world, step)
      : step.kind === 'opaque'
        ? step.touches === null && !step.alters
        : step.kind === 'data' && step.mayCall === true
  if (mayCreate) world.roles.clear()
}
