/** Recognizes functions from well-known extensions, because new functions may collide with them. */
import type { NewFunction } from '../../history/operation.ts'
import type { SimulatedSchema } from '../simulated-schema.ts'

/** Matches extension functions without parameters. */
const withoutParameters = /^(?:uuid_\w+|gen_random_uuid|fips_mode|show_limit)$/

/** Matches all functions of these extensions, and possibly others. */
const anyOfThem =
  /^(?:uuid_\w+|gen_\w+|fips_mode|digest|hmac|crypt|(?:en|de)crypt\w*|pgp_\w+|(?:de)?armor|unaccent\w*|levenshtein\w*|\w*metaphone\w*|\w*soundex|difference|daitch_\w+|normal_rand|crosstab\w*|connectby\w*|g?(?:in|ist)_\w+|\w*citext\w*|textic\w+|regexp_\w+|replace|split_part|strpos|translate|min|max|avg|sum|\w*hstore\w*|[as](?:keys|vals)|skeys|slice\w*|defined|delete|exists?\w*|fetchval|is(?:defined|exists)|each|populate_record|tconvert|hs_\w+|show_\w+|set_limit|\w*similarity\w*|\w*trgm\w*|\w*vec(?:tor)?\w*|l[12]_\w+|cosine_\w+|inner_\w+|\w*distance|binary_quantize|vector\w*|halfvec\w*|sparsevec\w*|\w*ltree\w*|subpath|index|nlevel|lca\w*|lt\w*_\w+|\w*ltq\w*|\w*lquery\w*|\w*ltxtquery\w*|_\w+|plpgsql_\w+|array_to_\w+)$/

/** Whether an installed extension may already have this function. */
export function mayBeOfExtension({ name, parameters }: NewFunction): boolean {
  return (parameters.length === 0 ? withoutParameters : anyOfThem).test(name.name)
}

/** Whether an extension may contain a function that pending migrations create. */
export function mayMeetExtension({ newFunctions, doubtfulFunctions }: SimulatedSchema): boolean {
  const names = [...[...newFunctions.values()].map(({ name }) => name.name), ...doubtfulFunctions]
  return names.some((name) => anyOfThem.test(name))
}
