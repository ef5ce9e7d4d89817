/**
 * Chooses the seed of random tests. In CI it's constant, so that only a code change can break the build. Elsewhere,
 * it's different each time, to find new states. `ALEMBIC_GUARD_SEED` overrides it.
 */
const inContinuousIntegration = 20_260_113

/** The seed of this test run. */
export const seed = Number(
  process.env['ALEMBIC_GUARD_SEED'] ??
    (process.env['CI'] ? inContinuousIntegration : Math.floor(Math.random() * 2 ** 31)),
)
