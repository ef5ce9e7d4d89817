/** A table's activity, according to server statistics. */
export interface TableActivity {
  /** Number of sequential and index scans, which is close to the number of queries. */
  readonly scans: number
  /** Number of rows inserted, updated or deleted. */
  readonly rowWrites: number
  /** When the counts were last reset (ISO 8601); null if never. */
  readonly since: string | null
  /** Seconds since the last reset; null if unknown. */
  readonly seconds: number | null
}
