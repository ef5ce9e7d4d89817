/** Parses names in SQL constants. */
import type { ObjectName } from '../history/live-catalog.ts'

const qualifiedName = /^(?:(?:"([^"]+)"|([a-z_]\w*))\.)?(?:"([^"]+)"|([a-z_]\w*))$/i

/** Parses a relation's name in a constant, such as `public.halls_id_seq`; null if it isn't a plain name. */
export function relationIn(text: string): ObjectName | null {
  const parts = qualifiedName.exec(text)
  if (!parts) return null
  const [, quotedSchema, schema, quoted, plain] = parts
  return {
    schema: quotedSchema ?? schema?.toLowerCase() ?? null,
    name: quoted ?? plain?.toLowerCase() ?? '',
  }
}
