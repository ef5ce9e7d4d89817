/** A table's activity, from server statistics. */
export interface TableActivity {
  /** Sequential and index scans, close to the number of queries. */
  readonly scans: number
  /** Rows inserted, updated and deleted. */
  readonly rowWrites: number
  /** When the counts were last reset (ISO 8601); null if never. */
  readonly since: string | null
  /** Seconds since the last reset; null if unknown. */
  readonly seconds: number | null
}
