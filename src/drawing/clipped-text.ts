import * as columns from '../core/text/text-width.ts'
import { printable } from '../core/text/display.ts'

/** Returns the approximate width of a string in pixels. `each` is the width of a Latin letter. */
export function pixelWidth(text: string, each: number): number {
  return columns.textWidth(text) * each
}

/** Truncates a string to the width of about `most` Latin letters. */
export function textInPixels(text: string, most: number): string {
  return columns.clippedText(printable(text), most, '…')
}
