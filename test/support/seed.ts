/**
 * The seed of random tests. It is constant in CI, so that only code changes break the build, and random
 * elsewhere. `ALEMBIC_GUARD_SEED` overrides it.
 */
const inContinuousIntegration = 20_260_113

export const seed = Number(
  process.env['ALEMBIC_GUARD_SEED'] ??
    (process.env['CI'] ? inContinuousIntegration : Math.floor(Math.random() * 2 ** 31)),
)
