/** The seed for random tests, which is constant in CI. `ALEMBIC_GUARD_SEED` overrides it. */
const inContinuousIntegration = 20_260_113

export const seed = Number(
  process.env['ALEMBIC_GUARD_SEED'] ??
    (process.env['CI'] ? inContinuousIntegration : Math.floor(Math.random() * 2 ** 31)),
)
