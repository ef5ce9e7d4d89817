/** How much room a text takes in a drawing, and how it is cut to fit. Knows no format. */
import * as columns from '../core/text/text-width.ts'
import { printable } from '../core/text/display.ts'

/** About how wide a text is, at `each` pixels for a Latin letter. */
export function pixelWidth(text: string, each: number): number {
  return columns.textWidth(text) * each
}

/** Cuts a text to about so many Latin letters. */
export function textInPixels(text: string, most: number): string {
  return columns.clippedText(printable(text), most, '…')
}
