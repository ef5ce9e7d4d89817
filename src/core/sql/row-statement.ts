/** Syntax tree of SQL that reads or writes rows. Contains only names and types. */
/** Name of a table or type. `schema` is null if the name is unqualified. */
export interface SqlName {
  readonly schema: string | null
  readonly name: string
}

/** A type as spelled in PostgreSQL's catalog. `name` is null if unknown. */
export interface SqlType {
  readonly name: string | null
  /** The name of a type that isn't built in; null for built-in types. */
  readonly own: SqlName | null
}

export type SqlExpression =
  /** `name`, `table.name` or `schema.table.name`. */
  | { readonly kind: 'column'; readonly qualifier: SqlName | null; readonly name: string }
  /** A quoted constant. `text` is null if known only at run time. */
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  /** A value that the driver passes separately. */
  | { readonly kind: 'parameter' }
  | { readonly kind: 'default' }
  | { readonly kind: 'cast'; readonly of: SqlExpression; readonly to: SqlType }
  | FunctionCall
  /** A unary operator, or a binary one such as `+`, `and` or `like`. */
  | { readonly kind: 'operator'; readonly operator: string; readonly operands: readonly SqlExpression[] }
  /** `IS NULL`, `IS NOT TRUE` and similar. `boolean` is false for NULL. */
  | { readonly kind: 'is'; readonly of: SqlExpression; readonly boolean: boolean; readonly negated: boolean }
  | {
      readonly kind: 'in'
      readonly of: SqlExpression
      readonly values: readonly SqlExpression[] | RowQuery
    }
  | {
      readonly kind: 'case'
      /** The value after CASE, if any. */
      readonly of: SqlExpression | null
      readonly branches: readonly { readonly when: SqlExpression; readonly result: SqlExpression }[]
      readonly otherwise: SqlExpression | null
    }
  | { readonly kind: 'query'; readonly query: RowQuery }
  | { readonly kind: 'exists'; readonly query: RowQuery }
  | { readonly kind: 'array'; readonly of: readonly SqlExpression[] | RowQuery }
  /** `operand = ANY (array)`, or the same with ALL. */
  | {
      readonly kind: 'quantified'
      readonly operator: string
      readonly of: SqlExpression
      readonly array: SqlExpression
    }
  | { readonly kind: 'row'; readonly of: readonly SqlExpression[] }

export interface FunctionCall {
  readonly kind: 'call'
  readonly name: string
  /** Arguments, or `star` for `count(*)`. */
  readonly args: readonly SqlExpression[] | 'star'
  /** Expressions in FILTER and ORDER BY. */
  readonly more: readonly SqlExpression[]
  /** Expressions in OVER; undefined if there's no OVER clause. */
  readonly over?: readonly SqlExpression[]
  /** True for `f(DISTINCT …)`. */
  readonly distinct?: true
}

/** An item in a FROM clause: a table, subquery, function or join. */
export type RowSource =
  | {
      readonly kind: 'table'
      readonly name: SqlName
      readonly alias: string | null
      readonly columns: readonly string[]
    }
  | {
      readonly kind: 'query'
      readonly query: RowQuery
      readonly alias: string | null
      readonly columns: readonly string[]
      readonly lateral: boolean
    }
  | {
      readonly kind: 'call'
      readonly call: FunctionCall
      readonly alias: string | null
      readonly columns: readonly string[]
      readonly ordinality: boolean
    }
  | {
      readonly kind: 'join'
      readonly left: RowSource
      readonly right: RowSource
      readonly on: SqlExpression | null
      readonly using: readonly string[]
      /** True for FULL JOIN. */
      readonly full?: true
    }

/** An item in a select list. `star` is `*` or `table.*`. */
export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier: SqlName | null }
  | { readonly kind: 'value'; readonly value: SqlExpression; readonly alias: string | null }

export interface NamedQuery {
  readonly name: string
  readonly columns: readonly string[]
  readonly body: RowStatement
}

export type QueryBody =
  | {
      readonly kind: 'select'
      readonly distinct: boolean
      /** Expressions in `DISTINCT ON (…)`. */
      readonly distinctOn: readonly SqlExpression[]
      readonly items: readonly SelectItem[]
      readonly from: readonly RowSource[]
      readonly where: SqlExpression | null
      readonly groupBy: readonly SqlExpression[]
      readonly having: SqlExpression | null
    }
  | { readonly kind: 'values'; readonly rows: readonly (readonly SqlExpression[])[] }
  /** UNION, INTERSECT or EXCEPT. */
  | { readonly kind: 'combined'; readonly left: RowQuery; readonly right: RowQuery }

export interface RowQuery {
  readonly kind: 'select'
  readonly with: readonly NamedQuery[]
  readonly recursive: boolean
  readonly body: QueryBody
  readonly orderBy: readonly SqlExpression[]
  readonly limits: readonly SqlExpression[]
  /** True for a query with FOR UPDATE or the like. */
  readonly locks?: true
}

export interface Assignment {
  readonly columns: readonly string[]
  /** One value for each assigned column, or a subquery. */
  readonly values: readonly SqlExpression[] | RowQuery
}

interface Writing {
  readonly with: readonly NamedQuery[]
  readonly recursive: boolean
  readonly table: SqlName
  readonly alias: string | null
  readonly returning: readonly SelectItem[]
}

export type RowStatement =
  | RowQuery
  | (Writing & {
      readonly kind: 'insert'
      /** Listed columns, if any. */
      readonly columns: readonly string[] | null
      /** Null for DEFAULT VALUES. */
      readonly source: RowQuery | null
      /** `ON CONFLICT`; null if there is none. */
      readonly conflict: Conflict | null
    })
  | (Writing & {
      readonly kind: 'update'
      readonly set: readonly Assignment[]
      readonly from: readonly RowSource[]
      readonly where: SqlExpression | null
    })
  | (Writing & {
      readonly kind: 'delete'
      readonly from: readonly RowSource[]
      readonly where: SqlExpression | null
    })

export interface Conflict {
  /** The columns that must be unique, if given. */
  readonly columns: readonly string[] | null
  /** Constraint in `ON CONSTRAINT name`, if given. */
  readonly constraint: string | null
  readonly set: readonly Assignment[]
  readonly where: SqlExpression | null
}
